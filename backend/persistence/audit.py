"""The audit trail: an entry is written in the transaction of the change it tells of, chained to the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.canonical_json import canonical_json
from backend.core.clock import Clock
from backend.core.ids import TenantId, new_id
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.audit_chain import EMPTY_CHAIN, ChainHead, entry_hash
from backend.persistence.models.audit import AuditChain, AuditEntry
from backend.persistence.session import LastRank, act_last

_PENDING = "openreg.audit"
_LABEL_LENGTH = 500


@dataclass(frozen=True, slots=True)
class ActorRecord:
    """Who acts, as it is written down."""

    kind: str
    id: UUID | None
    label: str
    address: str | None
    request_id: str | None


class AuditTrail:
    """Bound to one tenant, one transaction and one who acts.

    Entries are collected and appended when everything else of the transaction is done: the chain's head is locked
    then and not before, so that changes of one tenant wait for each other only for the length of a commit.
    """

    def __init__(self, session: AsyncSession, tenant: TenantId, actor: ActorRecord, now: Clock) -> None:
        self._session = session
        self._tenant = tenant
        self._actor = actor
        self._now = now

    async def record(
        self,
        action: AuditAction,
        subject: AuditSubject,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
        note: str | None = None,
    ) -> None:
        """Write down what is done in this transaction. ``before`` and ``after`` hold no secrets."""
        pending: list[dict[str, object]] | None = self._session.info.get(_PENDING)
        if pending is None:
            pending = self._session.info[_PENDING] = []
            act_last(self._session, LastRank.AUDIT, partial(_append, self._session, self._tenant, pending))
        pending.append(draft(self._actor, self._now(), action, subject, Told(before, after, note)))


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry says besides who did what."""

    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    note: str | None = None


def draft(
    actor: ActorRecord, at: datetime, action: AuditAction, subject: AuditSubject, told: Told
) -> dict[str, object]:
    """An entry before it has its place in the chain."""
    return {
        "id": new_id(),
        "at": at,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_label": _storable(actor.label),
        "address": actor.address,
        "request_id": actor.request_id,
        "action": action.value,
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "subject_label": _storable(subject.label)[:_LABEL_LENGTH],
        "before": None if told.before is None else canonical_json(told.before),
        "after": None if told.after is None else canonical_json(told.after),
        "note": None if told.note is None else _storable(told.note),
    }


async def _append(session: AsyncSession, tenant: TenantId, pending: list[dict[str, object]]) -> None:
    """Number, chain and store the entries of the transaction, under the lock of the tenant's chain."""
    rows, head = chained(pending, tenant, await _lock_head(session, tenant))
    await session.execute(insert(AuditEntry), rows)
    grown = update(AuditChain).where(AuditChain.tenant_id == tenant)
    await session.execute(grown.values(last_number=head.number, last_hash=head.hash))


def chained(
    drafted: Sequence[Mapping[str, object]], tenant: TenantId, head: ChainHead
) -> tuple[list[dict[str, object]], ChainHead]:
    """Entries numbered and linked to the head of a chain that the caller has locked, and the head after them."""
    rows: list[dict[str, object]] = []
    number, last = head.number, head.hash
    for one in drafted:
        number += 1
        row = {**one, "tenant_id": tenant, "number": number, "previous_hash": last}
        row["hash"] = last = entry_hash(row)
        rows.append(row)
    return rows, ChainHead(number, last)


async def _lock_head(session: AsyncSession, tenant: TenantId) -> ChainHead:
    query = select(AuditChain.last_number, AuditChain.last_hash).where(AuditChain.tenant_id == tenant)
    row = (await session.execute(query.with_for_update())).one_or_none()
    if row is None:
        first = upsert(AuditChain).values(tenant_id=tenant, last_number=EMPTY_CHAIN.number, last_hash=EMPTY_CHAIN.hash)
        await session.execute(first.on_conflict_do_nothing())
        row = (await session.execute(query.with_for_update())).one()
    return ChainHead(row.last_number, row.last_hash)


def _storable(text: str) -> str:
    """PostgreSQL stores no U+0000 in text."""
    return text.replace("\x00", "\ufffd")
