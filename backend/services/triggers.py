"""Triggers as people see them: made, tried, changed, paused, called, and what came of each occasion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, etag_of
from backend.core.ids import ConnectorId, ReportId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.calendars import CalendarBaseUnknown, CalendarNotFound
from backend.domain.schedules.parameters import check_parameters
from backend.domain.triggers import (
    PLACEHOLDERS_OF,
    ExistingFiles,
    FileArrival,
    RunEvent,
    SourceWatermark,
    TriggerDefinition,
    TriggerKind,
    check_no_cycle,
)
from backend.persistence.models.trigger import Trigger, TriggerFiring
from backend.persistence.repositories.connectors import ConnectorRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.triggers import (
    ListedFiring,
    TriggerFileRepository,
    TriggerFiringRepository,
    TriggerRepository,
)
from backend.services.delivery import DestinationNotFound
from backend.services.reports import ReportArchived, ReportNotFound
from backend.services.runs import RunService
from backend.services.schedule_calendars import calendar_named
from backend.services.scope import TenantScope
from backend.services.source_access import ConnectorNotFound
from backend.services.transfer.factory import readable_kinds
from backend.services.transfer.faults import TransferKindUnknown
from backend.services.trigger_firing import (
    Occasion,
    TriggerDebounced,
    TriggerPaused,
    debounced_until,
    firing_of,
    run_request,
    skip_code,
    started,
)
from backend.services.wakeups import Wakeups


class TriggerNotFound(OpenRegError):
    """There is no such trigger."""

    code: ClassVar[str] = "trigger_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class TriggerNameTaken(OpenRegError):
    """There is a trigger of this name already."""

    code: ClassVar[str] = "trigger_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class TriggerNotCalled(OpenRegError):
    """The trigger waits for something else than a call."""

    code: ClassVar[str] = "trigger_not_called"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class TriggerView:
    """A trigger with the name of its report, and of what it watches: a destination, a connector, another report."""

    trigger: Trigger
    report_name: str
    watched_name: str | None


@dataclass(frozen=True, slots=True)
class Called:
    """A call of a trigger. The same ``subject`` starts one run, however often it is told."""

    parameters: Mapping[str, object]
    reporting_date: date | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class TriggerService:
    """The triggers of a tenant."""

    scope: TenantScope
    wakeups: Wakeups

    async def page(self, request: PageRequest, report_id: UUID | None) -> Page[TriggerView]:
        """Triggers, newest first."""
        async with self.scope.reading() as session:
            triggers = TriggerRepository(session, self.scope.tenant)
            found = await triggers.page(request, report_id)
            names = await triggers.names({one for trigger in found.items for one in _named(trigger)})
        return Page([_view(one, names) for one in found.items], found.next_cursor)

    async def get(self, trigger_id: UUID) -> TriggerView:
        """Raises TriggerNotFound."""
        async with self.scope.reading() as session:
            return await self._view(session, await self._get(session, trigger_id))

    async def create(self, report_id: ReportId, name: str, definition: TriggerDefinition) -> TriggerView:
        """A trigger that waits from now on.

        Raises ReportNotFound, ReportArchived, DestinationNotFound, TransferKindUnknown, ConnectorNotFound,
        CalendarNotFound, PlaceholderUnknown, TriggerCycle, TriggerNameTaken.
        """
        at = self.scope.now()
        async with self.scope.transaction() as session:
            await self._check(session, report_id, definition, None)
            trigger = Trigger(
                id=new_id(),
                tenant_id=self.scope.tenant,
                report_id=report_id,
                name=name,
                is_paused=False,
                generation=0,
                failed_looks=0,
                created_by=self.scope.user_id,
                updated_by=self.scope.user_id,
                created_at=at,
                updated_at=at,
            )
            self._define(trigger, definition)
            self._begin(trigger, definition)
            triggers = TriggerRepository(session, self.scope.tenant)
            triggers.add(trigger)
            await triggers.flush_unique(TriggerNameTaken(fix="Choose another name."))
            await self._record(session, AuditAction.TRIGGER_CREATED, trigger)
            return await self._view(session, trigger)

    async def change(
        self, trigger_id: UUID, name: str | None, definition: TriggerDefinition | None, seen: Precondition
    ) -> TriggerView:
        """Another name or definition; runs are started in the name of who changed it.

        When it waits for something else, it begins anew: what it has seen is forgotten.

        Raises what ``create`` raises, TriggerNotFound and PreconditionFailed.
        """
        async with self.scope.transaction() as session:
            trigger = await self._get(session, trigger_id, for_update=True)
            seen.check(trigger_etag(trigger))
            before = _shown(trigger)
            if name is not None:
                trigger.name = name
            if definition is not None:
                await self._check(session, ReportId(trigger.report_id), definition, trigger.id)
                is_other = trigger.read_definition().on != definition.on
                self._define(trigger, definition)
                if is_other:
                    self._begin(trigger, definition)
                    await TriggerFileRepository(session, self.scope.tenant).forget(trigger.id)
            trigger.updated_at, trigger.updated_by = self.scope.now(), self.scope.user_id
            await TriggerRepository(session, self.scope.tenant).flush_unique(
                TriggerNameTaken(fix="Choose another name.")
            )
            await self._record(session, AuditAction.TRIGGER_CHANGED, trigger, before)
            return await self._view(session, trigger)

    async def pause(self, trigger_id: UUID) -> TriggerView:
        """Look no more and start nothing until it is resumed. Raises TriggerNotFound."""
        async with self.scope.transaction() as session:
            trigger = await self._get(session, trigger_id, for_update=True)
            if not trigger.is_paused:
                trigger.is_paused, trigger.next_look_at, trigger.updated_at = True, None, self.scope.now()
                await self._record(session, AuditAction.TRIGGER_PAUSED, trigger)
            return await self._view(session, trigger)

    async def resume(self, trigger_id: UUID) -> TriggerView:
        """Wait again from now on; what came meanwhile is written down and starts nothing. Raises TriggerNotFound."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            trigger = await self._get(session, trigger_id, for_update=True)
            if trigger.is_paused:
                trigger.is_paused, trigger.active_since, trigger.updated_at = False, at, at
                trigger.generation += 1
                if trigger.read_definition().interval is not None:
                    trigger.next_look_at = at
                    # Paused before the first look: nobody knows what was there, and nothing of it is new.
                    trigger.baseline = trigger.baseline or "paused"
                await self._record(session, AuditAction.TRIGGER_RESUMED, trigger)
            return await self._view(session, trigger)

    async def remove(self, trigger_id: UUID) -> None:
        """Take it away with its history; its runs stay. Raises TriggerNotFound."""
        async with self.scope.transaction() as session:
            trigger = await self._get(session, trigger_id, for_update=True)
            await self.scope.audit(session).record(
                AuditAction.TRIGGER_REMOVED, trigger_subject(trigger), before=_shown(trigger)
            )
            await TriggerRepository(session, self.scope.tenant).delete(trigger)

    async def firings(self, trigger_id: UUID, request: PageRequest) -> Page[ListedFiring]:
        """What came of occasions, the last first. Raises TriggerNotFound."""
        async with self.scope.reading() as session:
            await self._get(session, trigger_id)
            return await TriggerFiringRepository(session, self.scope.tenant).page(trigger_id, request)

    async def call(self, trigger_id: UUID, called: Called) -> TriggerFiring:
        """Start a run in the name of who calls; what is refused is written down too.

        Raises TriggerNotFound, TriggerNotCalled, TriggerPaused, TriggerDebounced, PlaceholderUnknown, CalendarNotFound
        and what ``RunService.request`` raises.
        """
        try:
            return await self._call(trigger_id, called)
        except (TriggerNotFound, TriggerNotCalled):
            raise
        except OpenRegError as error:
            await self._refuse(trigger_id, called, error)
            raise

    async def _call(self, trigger_id: UUID, called: Called) -> TriggerFiring:
        at = self.scope.now()
        runs = RunService(self.scope, self.wakeups)
        async with self.scope.transaction() as session:
            trigger = await self._get(session, trigger_id, for_update=True)
            if trigger.kind != TriggerKind.API:
                raise TriggerNotCalled(fix="Start the report itself, or create a trigger that waits for a call.")
            occasion = _occasion(called, called.subject or str(new_id()))
            known = await TriggerFiringRepository(session, self.scope.tenant).find_of(trigger.id, occasion.key)
            if known is not None:
                return known
            if trigger.is_paused:
                raise TriggerPaused(fix="Resume it, then call again.")
            until = debounced_until(trigger)
            if until is not None and at < until:
                raise TriggerDebounced(fix=f"Call again after {until:%Y-%m-%d %H:%M:%S} UTC.")
            run = await runs.request_in(session, await run_request(session, trigger, occasion, at))
            firing = firing_of(trigger, occasion, at, run=run)
            session.add(firing)
            started(trigger, at)
            await session.flush()
        runs.wake(run)
        return firing

    async def _refuse(self, trigger_id: UUID, called: Called, error: OpenRegError) -> None:
        """A refused call may be made again, so that it does not take the place of its subject."""
        async with self.scope.transaction() as session:
            trigger = await TriggerRepository(session, self.scope.tenant).find(trigger_id)
            if trigger is not None:
                reason = f"{error.message} {error.fix or ''}".strip()
                occasion = _occasion(called, f"refused/{new_id()}")
                session.add(firing_of(trigger, occasion, self.scope.now(), skip=(skip_code(error), reason)))

    async def _check(
        self, session: AsyncSession, report_id: ReportId, definition: TriggerDefinition, trigger_id: UUID | None
    ) -> None:
        check_parameters(definition.parameters, PLACEHOLDERS_OF[definition.kind])
        await self._check_report(session, report_id)
        triggers, on = TriggerRepository(session, self.scope.tenant), definition.on
        if isinstance(on, FileArrival):
            destination = await triggers.find_destination(on.destination_id)
            if destination is None:
                raise DestinationNotFound(fix="Choose another destination.")
            if destination.kind not in readable_kinds():
                raise TransferKindUnknown(
                    f"Nothing can be read at a destination of kind {destination.kind}.",
                    fix=f"Choose one of the kinds {', '.join(sorted(readable_kinds()))}.",
                )
        elif isinstance(on, SourceWatermark):
            connectors = ConnectorRepository(session, self.scope.tenant)
            if await connectors.find(ConnectorId(on.connector_id)) is None:
                raise ConnectorNotFound(fix="Choose another connector.")
        elif isinstance(on, RunEvent):
            await triggers.lock_chain()
            starts = await triggers.starts(trigger_id)
            reports = {on.report_id, report_id, *starts, *(one for some in starts.values() for one in some)}
            names = await triggers.names(reports)
            if on.report_id not in names:
                raise ReportNotFound("There is no such report to wait for.", fix="Choose another report.")
            check_no_cycle(starts, on.report_id, report_id, names)
        try:
            await calendar_named(session, self.scope.tenant, definition.calendar)
        except CalendarBaseUnknown as error:
            raise CalendarNotFound(
                f"There is no calendar {definition.calendar}.", fix="Choose one of the list."
            ) from error

    async def _check_report(self, session: AsyncSession, report_id: ReportId) -> None:
        report = await ReportRepository(session, self.scope.tenant).find(report_id)
        if report is None:
            raise ReportNotFound
        if report.archived_at is not None:
            raise ReportArchived(fix="Restore the report first.")

    def _define(self, trigger: Trigger, definition: TriggerDefinition) -> None:
        on = definition.on
        trigger.definition, trigger.kind = definition.model_dump(mode="json"), definition.kind
        trigger.destination_id = on.destination_id if isinstance(on, FileArrival) else None
        trigger.connector_id = on.connector_id if isinstance(on, SourceWatermark) else None
        trigger.source_report_id = on.report_id if isinstance(on, RunEvent) else None

    def _begin(self, trigger: Trigger, definition: TriggerDefinition) -> None:
        """Wait from now on, for what is not there yet."""
        at, on = self.scope.now(), definition.on
        starts_existing = isinstance(on, FileArrival) and on.existing is ExistingFiles.START
        is_looked_at = definition.interval is not None
        trigger.generation += 1
        trigger.since = trigger.active_since = at
        trigger.baseline = "before" if is_looked_at and not starts_existing else None
        trigger.next_look_at = at if is_looked_at and not trigger.is_paused else None
        trigger.watermark, trigger.last_error, trigger.failed_looks, trigger.last_look_at = None, None, 0, None

    async def _record(
        self, session: AsyncSession, action: AuditAction, trigger: Trigger, before: Mapping[str, object] | None = None
    ) -> None:
        await self.scope.audit(session).record(action, trigger_subject(trigger), before=before, after=_shown(trigger))

    async def _view(self, session: AsyncSession, trigger: Trigger) -> TriggerView:
        names = await TriggerRepository(session, self.scope.tenant).names(_named(trigger))
        return _view(trigger, names)

    async def _get(self, session: AsyncSession, trigger_id: UUID, *, for_update: bool = False) -> Trigger:
        found = await TriggerRepository(session, self.scope.tenant).find(trigger_id, for_update=for_update)
        if found is None:
            raise TriggerNotFound
        return found


def trigger_etag(trigger: Trigger) -> str:
    """Which state somebody has seen; that it has looked or fired meanwhile changes nothing of it."""
    return etag_of(trigger.id, trigger.updated_at.isoformat())


def _occasion(called: Called, key: str) -> Occasion:
    return Occasion(key, called.subject or "A call", {}, called.reporting_date, called.parameters)


def _watched(trigger: Trigger) -> UUID | None:
    return trigger.destination_id or trigger.connector_id or trigger.source_report_id


def _named(trigger: Trigger) -> list[UUID]:
    watched = _watched(trigger)
    return [trigger.report_id] if watched is None else [trigger.report_id, watched]


def _view(trigger: Trigger, names: Mapping[UUID, str]) -> TriggerView:
    watched = _watched(trigger)
    return TriggerView(trigger, names.get(trigger.report_id, ""), None if watched is None else names.get(watched))


def trigger_subject(trigger: Trigger) -> AuditSubject:
    """A trigger as the audit trail names it."""
    return AuditSubject("trigger", trigger.id, trigger.name)


def _shown(trigger: Trigger) -> dict[str, object]:
    return {
        "report_id": trigger.report_id,
        "name": trigger.name,
        "definition": trigger.definition,
        "is_paused": trigger.is_paused,
    }
