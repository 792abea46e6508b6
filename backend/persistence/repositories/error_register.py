"""The register of errors and omissions: entries by what is looked for, their history, links and actions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, cast, exists, func, literal, not_, or_, select

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.error_register import ENDED, EntryKind, EntryState, FoundBy, LinkKind, RootCause, reference_of
from backend.persistence.models.error_register import RegisterAction, RegisterEntry, RegisterEvent, RegisterLink
from backend.persistence.models.report import Report
from backend.persistence.models.schedule import Backfill
from backend.persistence.repositories.tenant_scope import TenantRepository, as_part, contains

#: Entries in one state are counted up to here.
MAX_COUNT: Final = 1_000


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries are wanted. ``text`` is a part of the reference or title, ``now`` says what is overdue by now."""

    now: datetime
    text: str | None = None
    states: Collection[EntryState] = ()
    kind: EntryKind | None = None
    root_cause: RootCause | None = None
    found_by: FoundBy | None = None
    report_id: UUID | None = None
    discovered_from: date | None = None
    discovered_to: date | None = None
    link_kind: LinkKind | None = None
    link_id: UUID | None = None
    is_overdue: bool | None = None


@dataclass(frozen=True, slots=True)
class ActionCount:
    """Actions of an entry that are not done, and those of them that are overdue."""

    open: int = 0
    overdue: int = 0


class ErrorRegisterRepository(TenantRepository):
    """The register of one tenant in one transaction."""

    async def page(self, wanted: EntryFilter, request: PageRequest) -> Page[RegisterEntry]:
        """Entries, newest first."""
        query = self._select(RegisterEntry).where(*self._conditions(wanted))
        return page_of(await self._newest_first(query, RegisterEntry.id, request), request, lambda one: one.id)

    async def counts(self, wanted: EntryFilter) -> Mapping[EntryState, int]:
        """Entries per state among those wanted, each counted up to ``MAX_COUNT + 1``."""
        found = {}
        for state in EntryState:
            conditions = (*self._conditions(wanted), RegisterEntry.state == state)
            some = select(literal(1)).select_from(RegisterEntry).where(*conditions).limit(MAX_COUNT + 1)
            found[state] = int(await self._session.scalar(select(func.count()).select_from(some.subquery())) or 0)
        return found

    async def find(self, entry_id: UUID, *, for_update: bool = False) -> RegisterEntry | None:
        """One entry."""
        return await self._find(RegisterEntry, entry_id, for_update=for_update)

    async def next_reference(self, year: int) -> str:
        """The reference of a new entry; until the transaction is over nobody else gets one."""
        key = f"error_register/{self.tenant}"
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
        prefix = reference_of(year, 0)[:-4]
        number = func.substring(RegisterEntry.reference, len(prefix) + 1)
        query = select(func.max(cast(number, Integer))).where(
            RegisterEntry.tenant_id == self.tenant, RegisterEntry.reference.startswith(prefix)
        )
        return reference_of(year, int(await self._session.scalar(query) or 0) + 1)

    async def report_names(self, report_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Names of those of these reports that are there."""
        if not report_ids:
            return {}
        query = select(Report.id, Report.name).where(Report.tenant_id == self.tenant, Report.id.in_(report_ids))
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def events(self, entry_id: UUID) -> Sequence[RegisterEvent]:
        """What happened to an entry, in order."""
        query = self._select(RegisterEvent).where(RegisterEvent.entry_id == entry_id)
        return await self._all(query.order_by(RegisterEvent.number))

    async def next_event(self, entry_id: UUID) -> int:
        """The number of the next event of an entry whose lock is held."""
        query = select(func.max(RegisterEvent.number)).where(
            RegisterEvent.tenant_id == self.tenant, RegisterEvent.entry_id == entry_id
        )
        return int(await self._session.scalar(query) or 0) + 1

    async def links(self, entry_id: UUID) -> Sequence[RegisterLink]:
        """What an entry is about, in the order in which it was linked."""
        query = self._select(RegisterLink).where(RegisterLink.entry_id == entry_id)
        return await self._all(query.order_by(RegisterLink.created_at, RegisterLink.kind, RegisterLink.target_id))

    async def find_link(self, entry_id: UUID, kind: LinkKind, target_id: UUID) -> RegisterLink | None:
        """One link."""
        query = self._select(RegisterLink).where(
            RegisterLink.entry_id == entry_id, RegisterLink.kind == kind, RegisterLink.target_id == target_id
        )
        found: RegisterLink | None = await self._session.scalar(query)
        return found

    async def actions(self, entry_id: UUID) -> Sequence[RegisterAction]:
        """What is done about an entry, the first due first."""
        query = self._select(RegisterAction).where(RegisterAction.entry_id == entry_id)
        return await self._all(query.order_by(RegisterAction.due_at, RegisterAction.id))

    async def find_action(self, entry_id: UUID, action_id: UUID) -> RegisterAction | None:
        """One action of an entry."""
        query = self._select(RegisterAction).where(RegisterAction.entry_id == entry_id, RegisterAction.id == action_id)
        found: RegisterAction | None = await self._session.scalar(query)
        return found

    async def action_counts(self, entry_ids: Collection[UUID], now: datetime) -> Mapping[UUID, ActionCount]:
        """Open and overdue actions of entries."""
        query = (
            select(RegisterAction.entry_id, func.count(), func.count().filter(RegisterAction.due_at <= now))
            .where(
                RegisterAction.tenant_id == self.tenant,
                RegisterAction.entry_id.in_(entry_ids),
                RegisterAction.done_at.is_(None),
            )
            .group_by(RegisterAction.entry_id)
        )
        rows = (await self._session.execute(query)).all()
        return {entry: ActionCount(some, overdue) for entry, some, overdue in rows}

    async def claim_overdue(self, now: datetime, limit: int) -> Sequence[RegisterAction]:
        """Actions that are overdue and of which nobody was told, under row locks; others' are left to them."""
        query = self._select(RegisterAction).where(
            RegisterAction.done_at.is_(None), RegisterAction.told_at.is_(None), RegisterAction.due_at <= now
        )
        return await self._all(query.order_by(RegisterAction.due_at).limit(limit).with_for_update(skip_locked=True))

    async def unsettled(self) -> Sequence[UUID]:
        """Entries that are reported again, and of which it was not said yet that all is accepted."""
        is_reported_again = exists().where(Backfill.tenant_id == self.tenant, Backfill.entry_id == RegisterEntry.id)
        query = select(RegisterEntry.id).where(
            RegisterEntry.tenant_id == self.tenant,
            RegisterEntry.state.not_in(ENDED),
            RegisterEntry.back_reported_at.is_(None),
            is_reported_again,
        )
        return list(await self._session.scalars(query.order_by(RegisterEntry.id)))

    def _conditions(self, wanted: EntryFilter) -> list[ColumnElement[bool]]:
        part, first, last = literal(as_part(wanted.text or "")), wanted.discovered_from, wanted.discovered_to
        overdue = exists().where(
            RegisterAction.tenant_id == self.tenant,
            RegisterAction.entry_id == RegisterEntry.id,
            RegisterAction.done_at.is_(None),
            RegisterAction.due_at <= wanted.now,
        )
        linked = exists().where(
            RegisterLink.tenant_id == self.tenant,
            RegisterLink.entry_id == RegisterEntry.id,
            RegisterLink.kind == wanted.link_kind,
            RegisterLink.target_id == wanted.link_id,
        )
        chosen: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
            (wanted.text, lambda: or_(contains(RegisterEntry.reference, part), contains(RegisterEntry.title, part))),
            (wanted.states or None, lambda: RegisterEntry.state.in_(wanted.states)),
            (wanted.kind, lambda: RegisterEntry.kind == wanted.kind),
            (wanted.root_cause, lambda: RegisterEntry.root_cause == wanted.root_cause),
            (wanted.found_by, lambda: RegisterEntry.found_by == wanted.found_by),
            (wanted.report_id, lambda: RegisterEntry.report_ids.contains([wanted.report_id])),
            (first, lambda: RegisterEntry.discovered_on >= first),
            (last, lambda: RegisterEntry.discovered_on <= last),
            (wanted.link_id, lambda: linked),
            (wanted.is_overdue, lambda: overdue if wanted.is_overdue else not_(overdue)),
        ]
        mine = RegisterEntry.tenant_id == self.tenant
        return [mine, *(condition() for value, condition in chosen if value is not None)]
