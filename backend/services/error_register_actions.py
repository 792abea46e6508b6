"""What is done about an error or omission: actions with an owner and a due time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import new_id
from backend.domain.audit import AuditAction
from backend.domain.error_register import ENDED, MAX_ACTIONS, EntryIncomplete, EntryState, EntryStep
from backend.persistence.models.error_register import RegisterAction, RegisterEntry
from backend.persistence.repositories.error_register import ErrorRegisterRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.services.error_register_history import Step, lock_entry, record_step
from backend.services.scope import TenantScope


class ActionNotFound(OpenRegError):
    """The entry has no such action."""

    code: ClassVar[str] = "action_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ActionOwnerUnknown(OpenRegError):
    """An action is given to somebody who works in this organisation."""

    code: ClassVar[str] = "action_owner_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class ActionDone(OpenRegError):
    """The action is done already."""

    code: ClassVar[str] = "action_done"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class EntryClosed(OpenRegError):
    """The entry is closed."""

    code: ClassVar[str] = "entry_closed"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class ActionTerms:
    """What is to be done, by whom, until when."""

    text: str
    owner_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ErrorRegisterActions:
    """Actions of the entries of a tenant."""

    scope: TenantScope

    async def add(self, entry_id: UUID, terms: ActionTerms) -> RegisterAction:
        """Something more to do. Raises EntryNotFound, EntryClosed, ActionOwnerUnknown, EntryIncomplete."""
        async with self.scope.transaction() as session:
            entry = await self._open_entry(session, entry_id)
            register = ErrorRegisterRepository(session, self.scope.tenant)
            if len(await register.actions(entry_id)) >= MAX_ACTIONS:
                raise EntryIncomplete(f"An entry has at most {MAX_ACTIONS} actions.", fix="Open a second entry.")
            await self._check_owner(session, terms.owner_id)
            action = RegisterAction(
                id=new_id(),
                tenant_id=self.scope.tenant,
                entry_id=entry_id,
                text=terms.text,
                owner_id=terms.owner_id,
                due_at=terms.due_at,
                created_by=self.scope.user_id,
                created_at=self.scope.now(),
            )
            register.add(action)
            await register.flush()
            await self._record(session, entry, EntryStep.ACTION_ADDED, _shown(action))
        return action

    async def change(self, entry_id: UUID, action_id: UUID, terms: ActionTerms) -> RegisterAction:
        """Other terms; with a later due time it may become overdue, and be told of, once more.

        Raises EntryNotFound, EntryClosed, ActionNotFound, ActionDone, ActionOwnerUnknown.
        """
        async with self.scope.transaction() as session:
            entry, action = await self._find(session, entry_id, action_id)
            await self._check_owner(session, terms.owner_id)
            before = _shown(action)
            if terms.due_at > self.scope.now():
                action.told_at = None
            action.text, action.owner_id, action.due_at = terms.text, terms.owner_id, terms.due_at
            await self._record(session, entry, EntryStep.ACTION_CHANGED, {**_shown(action), "before": before})
        return action

    async def finish(self, entry_id: UUID, action_id: UUID, note: str) -> RegisterAction:
        """It is done. Raises EntryNotFound, EntryClosed, ActionNotFound, ActionDone."""
        async with self.scope.transaction() as session:
            entry, action = await self._find(session, entry_id, action_id)
            action.done_at, action.done_by, action.done_note = self.scope.now(), self.scope.user_id, note
            await self._record(session, entry, EntryStep.ACTION_DONE, _shown(action), note)
        return action

    async def _open_entry(self, session: AsyncSession, entry_id: UUID) -> RegisterEntry:
        entry = await lock_entry(session, self.scope, entry_id)
        if EntryState(entry.state) in ENDED:
            raise EntryClosed(fix="Reopen it first.")
        return entry

    async def _find(
        self, session: AsyncSession, entry_id: UUID, action_id: UUID
    ) -> tuple[RegisterEntry, RegisterAction]:
        entry = await self._open_entry(session, entry_id)
        action = await ErrorRegisterRepository(session, self.scope.tenant).find_action(entry_id, action_id)
        if action is None:
            raise ActionNotFound
        if action.done_at is not None:
            raise ActionDone(fix="Add another one for what is left to do.")
        return entry, action

    async def _check_owner(self, session: AsyncSession, owner_id: UUID) -> None:
        if await MemberRepository(session, self.scope.tenant).find_member(owner_id) is None:
            raise ActionOwnerUnknown

    async def _record(
        self, session: AsyncSession, entry: RegisterEntry, step: EntryStep, said: dict[str, object], note: str = ""
    ) -> None:
        await record_step(session, self.scope, entry, Step(step, note, said), AuditAction.ERROR_REGISTER_ACTION_SET)


def _shown(action: RegisterAction) -> dict[str, object]:
    return {
        "action_id": str(action.id),
        "text": action.text,
        "owner_id": str(action.owner_id),
        "due_at": action.due_at.isoformat(),
    }
