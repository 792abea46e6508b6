"""The history of an entry of the register: who did what, when and why; and the same in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, etag_of
from backend.core.ids import TenantId, new_id
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.error_register import EntryState, EntryStep
from backend.persistence.models.error_register import RegisterEntry, RegisterEvent
from backend.persistence.repositories.error_register import ErrorRegisterRepository
from backend.services.scope import ActorKind, TenantScope

OPENREG = "OpenReg"


class EntryNotFound(OpenRegError):
    """There is no such entry in the register of errors and omissions."""

    code: ClassVar[str] = "entry_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class Step:
    """What was done to an entry, and why; ``before`` is its state before. OpenReg did it unless somebody is named."""

    step: EntryStep
    note: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    before: EntryState | None = None
    actor: str = OPENREG
    actor_id: UUID | None = None


async def lock_entry(
    session: AsyncSession, scope: TenantScope, entry_id: UUID, seen: Precondition | None = None
) -> RegisterEntry:
    """The entry under its row lock, as it was seen. Raises EntryNotFound, PreconditionFailed."""
    entry = await ErrorRegisterRepository(session, scope.tenant).find(entry_id, for_update=True)
    if entry is None:
        raise EntryNotFound
    if seen is not None:
        seen.check(entry_etag(entry))
    return entry


async def record_step(
    session: AsyncSession, scope: TenantScope, entry: RegisterEntry, step: Step, action: AuditAction
) -> None:
    """Append a step of who acts to the history of an entry whose lock is held, and to the audit trail."""
    one = scope.actor
    who = None if one.kind is ActorKind.SYSTEM else scope.user_id
    await append_step(session, scope.tenant, entry, replace(step, actor=one.label, actor_id=who), scope.now())
    await scope.audit(session).record(
        action,
        entry_subject(entry),
        before=None if step.before is None else {"state": str(step.before)},
        after={"step": str(step.step), "state": str(entry.state), **step.details},
        note=step.note or None,
    )


async def append_step(session: AsyncSession, tenant: TenantId, entry: RegisterEntry, step: Step, at: datetime) -> None:
    """Append a step to the history of an entry whose lock is held."""
    register = ErrorRegisterRepository(session, tenant)
    number = await register.next_event(entry.id)
    register.add(
        RegisterEvent(
            id=new_id(),
            tenant_id=tenant,
            entry_id=entry.id,
            number=number,
            step=step.step,
            from_state=step.before,
            to_state=entry.state,
            note=step.note,
            details=dict(step.details),
            actor_id=step.actor_id,
            actor=step.actor,
            at=at,
        )
    )
    entry.updated_at = at
    if number > 1:
        entry.revision += 1
    await register.flush()


def entry_etag(entry: RegisterEntry) -> str:
    """Which state somebody has seen."""
    return etag_of(entry.id, entry.revision)


def entry_subject(entry: RegisterEntry) -> AuditSubject:
    """What the audit trail calls it."""
    return AuditSubject("error_register_entry", entry.id, entry.reference)
