"""The register of errors and omissions: entries are opened, changed, linked and moved; each step stays with its why."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition
from backend.core.ids import new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction
from backend.domain.error_register import (
    MAX_LINKS,
    EntryDatesContradictory,
    EntryIncomplete,
    EntryKind,
    EntryState,
    EntryStep,
    FoundBy,
    LinkKind,
    RootCause,
    check_dates,
)
from backend.domain.event_catalogue.governance import RegisterEntryNews, RegisterLinks
from backend.domain.permissions import Permission
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.entity import Json
from backend.persistence.models.error_register import RegisterEntry, RegisterLink
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.back_reporting import BackReportingRepository
from backend.persistence.repositories.error_register import ActionCount, EntryFilter, ErrorRegisterRepository
from backend.persistence.repositories.linked_things import LinkedThing, LinkedThingRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.services.error_register_history import Step, lock_entry, record_step
from backend.services.reports import ReportNotFound
from backend.services.scope import TenantScope
from backend.services.wakeups import Wakeups

MAX_EXPORTED: Final = 100_000
_EXPORT_PAGE: Final = 200
#: What partners hear of an entry's way.
_TOLD: Final = {
    EntryState.NOTIFIED: WebhookEventType.ERROR_REGISTER_NOTIFIED,
    EntryState.CLOSED: WebhookEventType.ERROR_REGISTER_CLOSED,
}


class LinkedThingNotFound(OpenRegError):
    """There is nothing of this kind and identifier."""

    code: ClassVar[str] = "linked_thing_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class EntryHasEnoughLinks(OpenRegError):
    """An entry has no more links than people can read."""

    code: ClassVar[str] = "entry_has_enough_links"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class AffectedDay:
    """A reporting date of a report that is affected; ``records`` is None while nobody has counted."""

    report_id: UUID
    reporting_date: date
    records: int | None = None


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What an entry says; all of it can be changed."""

    title: str
    kind: EntryKind
    found_by: FoundBy
    occurred_from: date
    discovered_on: date
    description: str = ""
    root_cause: RootCause | None = None
    root_cause_text: str = ""
    report_ids: Sequence[UUID] = ()
    occurred_to: date | None = None
    corrected_on: date | None = None
    affected_days: Sequence[AffectedDay] = ()
    affected_fields: Sequence[str] = ()
    authority: str = ""
    authority_reference: str = ""


@dataclass(frozen=True, slots=True)
class LinkTo:
    """A thing to be linked."""

    kind: LinkKind
    id: UUID


@dataclass(frozen=True, slots=True)
class Move:
    """The next state of an entry and why; the other parts say how the authority was told."""

    to: EntryState
    note: str = ""
    authority: str | None = None
    authority_reference: str | None = None
    notified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry with the names of its reports and how many of its actions wait."""

    entry: RegisterEntry
    reports: Mapping[UUID, str]
    actions: ActionCount


@dataclass(frozen=True, slots=True)
class ErrorRegisterService:
    """The register of a tenant."""

    scope: TenantScope
    wakeups: Wakeups

    async def open(self, facts: EntryFacts, links: Sequence[LinkTo] = ()) -> RegisterEntry:
        """A new entry. Without reports or days of its own it takes those of what it is linked to.

        Raises EntryDatesContradictory, ReportNotFound, LinkedThingNotFound.
        """
        at = self.scope.now()
        async with self.scope.transaction() as session:
            register = ErrorRegisterRepository(session, self.scope.tenant)
            things = [await self._thing(session, one) for one in dict.fromkeys(links)]
            facts = _with_things(facts, things)
            today = await self._check(session, facts)
            entry = RegisterEntry(
                id=new_id(),
                tenant_id=self.scope.tenant,
                reference=await register.next_reference(today.year),
                state=EntryState.OPEN,
                revision=1,
                created_by=self.scope.user_id,
                created_at=at,
                updated_at=at,
            )
            _apply(entry, facts)
            register.add(entry)
            await register.flush()
            await record_step(
                session, self.scope, entry, Step(EntryStep.OPENED, details=_shown(facts)),
                AuditAction.ERROR_REGISTER_OPENED,
            )  # fmt: skip
            for thing in things:
                await self._link(session, entry, thing)
            await self._tell(session, entry, WebhookEventType.ERROR_REGISTER_OPENED)
        self.wakeups.webhooks(self.scope.tenant)
        return entry

    async def change(self, entry_id: UUID, facts: EntryFacts, seen: Precondition) -> RegisterEntry:
        """Say it anew. Raises EntryNotFound, PreconditionFailed, EntryDatesContradictory, ReportNotFound."""
        async with self.scope.transaction() as session:
            entry = await lock_entry(session, self.scope, entry_id, seen)
            await self._check(session, facts)
            before, after = _shown(facts_of(entry)), _shown(facts)
            changed = {
                name: {"before": before[name], "after": after[name]} for name in after if before[name] != after[name]
            }
            if changed:
                _apply(entry, facts)
                step = Step(EntryStep.CHANGED, details=changed)
                await record_step(session, self.scope, entry, step, AuditAction.ERROR_REGISTER_CHANGED)
        return entry

    async def fill(self, entry_id: UUID, seen: Precondition) -> RegisterEntry:
        """Take reports, days and counts of records from what the entry is linked to; days it has are counted anew.

        Raises EntryNotFound, PreconditionFailed.
        """
        async with self.scope.transaction() as session:
            entry = await lock_entry(session, self.scope, entry_id, seen)
            register = ErrorRegisterRepository(session, self.scope.tenant)
            things: list[LinkedThing] = []
            for kind in LinkKind:
                ids = [one.target_id for one in await register.links(entry_id) if one.kind == kind]
                things.extend(await LinkedThingRepository(session, self.scope.tenant).named(kind, ids) if ids else ())
            before = facts_of(entry)
            after = _filled(before, things)
            if after != before:
                _apply(entry, after)
                step = Step(EntryStep.FILLED, details={"days": len(after.affected_days), "things": len(things)})
                await record_step(session, self.scope, entry, step, AuditAction.ERROR_REGISTER_CHANGED)
        return entry

    async def move(self, entry_id: UUID, move: Move, seen: Precondition) -> RegisterEntry:
        """To another state. Raises EntryNotFound, PreconditionFailed, EntryTransitionRefused, EntryIncomplete."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            entry = await lock_entry(session, self.scope, entry_id, seen)
            before = entry.move_to(move.to)
            details: dict[str, object] = {}
            if move.to is EntryState.NOTIFIED:
                details = _notify(entry, move, at)
            else:
                await self._check_complete(session, entry, move)
            entry.closed_at = at if move.to is EntryState.CLOSED else None
            step = Step(EntryStep.MOVED, move.note, details, before)
            await record_step(session, self.scope, entry, step, AuditAction.ERROR_REGISTER_MOVED)
            if move.to in _TOLD:
                await self._tell(session, entry, _TOLD[move.to])
        self.wakeups.webhooks(self.scope.tenant)
        return entry

    async def link(self, entry_id: UUID, to: LinkTo) -> RegisterEntry:
        """Say what the entry is about; once more changes nothing. Raises EntryNotFound, LinkedThingNotFound."""
        async with self.scope.transaction() as session:
            entry = await lock_entry(session, self.scope, entry_id)
            register = ErrorRegisterRepository(session, self.scope.tenant)
            thing = await self._thing(session, to)
            if await register.find_link(entry_id, to.kind, to.id) is None:
                if len(await register.links(entry_id)) >= MAX_LINKS:
                    raise EntryHasEnoughLinks(fix="Open a second entry, or link what stands above these things.")
                await self._link(session, entry, thing)
        return entry

    async def unlink(self, entry_id: UUID, to: LinkTo) -> RegisterEntry:
        """The entry is not about this any more. Raises EntryNotFound, LinkedThingNotFound."""
        async with self.scope.transaction() as session:
            entry = await lock_entry(session, self.scope, entry_id)
            register = ErrorRegisterRepository(session, self.scope.tenant)
            link = await register.find_link(entry_id, to.kind, to.id)
            if link is None:
                raise LinkedThingNotFound
            await register.delete(link)
            details = {"kind": str(to.kind), "id": str(to.id), "label": link.label}
            step = Step(EntryStep.UNLINKED, details=details)
            await record_step(session, self.scope, entry, step, AuditAction.ERROR_REGISTER_LINKED)
        return entry

    async def page(self, wanted: EntryFilter, request: PageRequest) -> Page[ListedEntry]:
        """Entries, newest first."""
        async with self.scope.reading() as session:
            register = ErrorRegisterRepository(session, self.scope.tenant)
            found = await register.page(wanted, request)
            counts = await register.action_counts([one.id for one in found.items], wanted.now)
            ids = {report for one in found.items for report in one.report_ids}
            names = await register.report_names(ids)
        return Page(
            [ListedEntry(one, names, counts.get(one.id, ActionCount())) for one in found.items], found.next_cursor
        )

    async def every(self, wanted: EntryFilter) -> AsyncIterator[ListedEntry]:
        """Every entry, newest first, in short transactions; at most ``MAX_EXPORTED``."""
        request = PageRequest(_EXPORT_PAGE)
        for _ in range(MAX_EXPORTED // _EXPORT_PAGE):
            page = await self.page(wanted, request)
            for one in page.items:
                yield one
            if page.next_cursor is None:
                return
            request = replace(request, cursor=page.next_cursor)

    async def counts(self, wanted: EntryFilter) -> Mapping[EntryState, int]:
        """Entries per state."""
        async with self.scope.reading() as session:
            return await ErrorRegisterRepository(session, self.scope.tenant).counts(wanted)

    async def people(self) -> Sequence[tuple[UUID, str]]:
        """Who can be given an action, by name."""
        async with self.scope.reading() as session:
            members = MemberRepository(session, self.scope.tenant)
            return await members.named_holders(Permission.ERROR_REGISTER_WRITE)

    async def _check(self, session: AsyncSession, facts: EntryFacts) -> date:
        tenant = await MemberRepository(session, self.scope.tenant).get_tenant()
        today = self.scope.now().astimezone(ZoneInfo(tenant.time_zone)).date()
        check_dates(facts.occurred_from, facts.occurred_to, facts.discovered_on, facts.corrected_on, today)
        named = {*facts.report_ids, *(one.report_id for one in facts.affected_days)}
        missing = named - (await ErrorRegisterRepository(session, self.scope.tenant).report_names(named)).keys()
        if missing:
            raise ReportNotFound(extra={"report_id": str(min(missing))})
        return today

    async def _check_complete(self, session: AsyncSession, entry: RegisterEntry, move: Move) -> None:
        register = ErrorRegisterRepository(session, self.scope.tenant)
        if move.to is EntryState.ASSESSED:
            _require(entry.root_cause is not None, "The root cause is missing.", "Choose a cause from the catalogue.")
            _require(bool(entry.report_ids), "No report is named.", "Say which reports are affected.")
        if move.to in {EntryState.CLOSED, EntryState.REOPENED}:
            _require(bool(move.note.strip()), "The reason is missing.", "Say why, for whoever reads it later.")
        if move.to is EntryState.CLOSED:
            waiting = sum(one.done_at is None for one in await register.actions(entry.id))
            _require(not waiting, f"{waiting} actions are not done.", "Do them, or say of each why it is not needed.")
            goes_on = await BackReportingRepository(session, self.scope.tenant).is_under_way(entry.id)
            _require(not goes_on, "Days are still being reported again.", "Wait until that has ended, or cancel it.")

    async def _thing(self, session: AsyncSession, to: LinkTo) -> LinkedThing:
        thing = await LinkedThingRepository(session, self.scope.tenant).find(to.kind, to.id)
        if thing is None:
            raise LinkedThingNotFound(extra={"kind": str(to.kind), "id": str(to.id)})
        return thing

    async def _link(self, session: AsyncSession, entry: RegisterEntry, thing: LinkedThing) -> None:
        ErrorRegisterRepository(session, self.scope.tenant).add(
            RegisterLink(
                entry_id=entry.id,
                tenant_id=self.scope.tenant,
                kind=thing.kind,
                target_id=thing.id,
                label=thing.label[:300],
                created_by=self.scope.user_id,
                created_at=self.scope.now(),
            )
        )
        details = {"kind": str(thing.kind), "id": str(thing.id), "label": thing.label}
        step = Step(EntryStep.LINKED, details=details)
        await record_step(session, self.scope, entry, step, AuditAction.ERROR_REGISTER_LINKED)

    async def _tell(self, session: AsyncSession, entry: RegisterEntry, kind: WebhookEventType) -> None:
        await Outbox(session, self.scope.tenant).add(kind, entry.id, entry_news(entry), self.scope.now())


def facts_of(entry: RegisterEntry) -> EntryFacts:
    """What an entry says now."""
    return EntryFacts(
        title=entry.title,
        kind=EntryKind(entry.kind),
        found_by=FoundBy(entry.found_by),
        occurred_from=entry.occurred_from,
        discovered_on=entry.discovered_on,
        description=entry.description,
        root_cause=None if entry.root_cause is None else RootCause(entry.root_cause),
        root_cause_text=entry.root_cause_text,
        report_ids=tuple(entry.report_ids),
        occurred_to=entry.occurred_to,
        corrected_on=entry.corrected_on,
        affected_days=affected_days_of(entry),
        affected_fields=tuple(entry.affected_fields),
        authority=entry.authority,
        authority_reference=entry.authority_reference,
    )


def affected_days_of(entry: RegisterEntry) -> tuple[AffectedDay, ...]:
    """The affected days of an entry, as it keeps them."""
    return tuple(
        AffectedDay(
            UUID(str(one["report_id"])),
            date.fromisoformat(str(one["reporting_date"])),
            one["records"] if isinstance(one["records"], int) else None,
        )
        for one in entry.affected_days
    )


def entry_news(entry: RegisterEntry) -> RegisterEntryNews:
    """What events say of an entry; nothing that people wrote into it."""
    return RegisterEntryNews(
        entry_id=entry.id,
        reference=entry.reference,
        kind=EntryKind(entry.kind),
        state=EntryState(entry.state),
        root_cause=None if entry.root_cause is None else RootCause(entry.root_cause),
        report_ids=entry.report_ids,
        notified_at=entry.notified_at,
        links=RegisterLinks(entry=f"/api/v1/error-register/{entry.id}"),
    )


def _apply(entry: RegisterEntry, facts: EntryFacts) -> None:
    entry.title, entry.description = facts.title, facts.description
    entry.kind, entry.found_by = facts.kind, facts.found_by
    entry.root_cause, entry.root_cause_text = facts.root_cause, facts.root_cause_text
    days = sorted(facts.affected_days, key=lambda one: (one.reporting_date, one.report_id))
    entry.report_ids = list(dict.fromkeys([*facts.report_ids, *(one.report_id for one in days)]))
    entry.occurred_from, entry.occurred_to = facts.occurred_from, facts.occurred_to
    entry.discovered_on, entry.corrected_on = facts.discovered_on, facts.corrected_on
    entry.affected_days = [_as_json(one) for one in days]
    entry.affected_fields = list(dict.fromkeys(facts.affected_fields))
    entry.authority, entry.authority_reference = facts.authority, facts.authority_reference


def _as_json(day: AffectedDay) -> Json:
    return {
        "report_id": str(day.report_id),
        "reporting_date": day.reporting_date.isoformat(),
        "records": day.records,
    }


def _shown(facts: EntryFacts) -> dict[str, object]:
    return {
        "title": facts.title,
        "description": facts.description,
        "kind": str(facts.kind),
        "found_by": str(facts.found_by),
        "root_cause": None if facts.root_cause is None else str(facts.root_cause),
        "root_cause_text": facts.root_cause_text,
        "report_ids": [str(one) for one in facts.report_ids],
        "occurred_from": facts.occurred_from.isoformat(),
        "occurred_to": None if facts.occurred_to is None else facts.occurred_to.isoformat(),
        "discovered_on": facts.discovered_on.isoformat(),
        "corrected_on": None if facts.corrected_on is None else facts.corrected_on.isoformat(),
        "affected_days": [_as_json(one) for one in facts.affected_days],
        "affected_fields": list(facts.affected_fields),
        "authority": facts.authority,
        "authority_reference": facts.authority_reference,
    }


def _with_things(facts: EntryFacts, things: Sequence[LinkedThing]) -> EntryFacts:
    """A new entry that says nothing of days takes them from what it is about."""
    return facts if facts.affected_days else _filled(facts, things)


def _filled(facts: EntryFacts, things: Sequence[LinkedThing]) -> EntryFacts:
    """Records of a day: its exceptions one by one, unless a file or run of that day says more."""
    single: dict[tuple[UUID, date], int] = {}
    whole: dict[tuple[UUID, date], int] = {}
    for one in things:
        if one.report_id is None or one.reporting_date is None:
            continue
        day, records = (one.report_id, one.reporting_date), one.records or 0
        if one.kind is LinkKind.EXCEPTION:
            single[day] = single.get(day, 0) + records
        else:
            whole[day] = max(whole.get(day, 0), records)
    counted = {day: max(single.get(day, 0), whole.get(day, 0)) for day in {*single, *whole}}
    others = [one for one in facts.affected_days if (one.report_id, one.reporting_date) not in counted]
    days = [*others, *(AffectedDay(report, day, records) for (report, day), records in counted.items())]
    days.sort(key=lambda one: (one.reporting_date, one.report_id))
    reports = tuple(dict.fromkeys([*facts.report_ids, *(one.report_id for one in days)]))
    return replace(facts, affected_days=tuple(days), report_ids=reports)


def _notify(entry: RegisterEntry, move: Move, at: datetime) -> dict[str, object]:
    if move.authority is not None:
        entry.authority = move.authority.strip()
    if move.authority_reference is not None:
        entry.authority_reference = move.authority_reference.strip()
    _require(bool(entry.authority), "The authority is missing.", "Say which authority was told.")
    told = move.notified_at or at
    if told > at:
        raise EntryDatesContradictory("The authority was told at a time that is still to come.", fix="Check the time.")
    entry.notified_at = told
    return {
        "authority": entry.authority,
        "authority_reference": entry.authority_reference,
        "notified_at": told.isoformat(),
    }


def _require(is_there: bool, missing: str, fix: str) -> None:
    if not is_there:
        raise EntryIncomplete(missing, fix=fix)
