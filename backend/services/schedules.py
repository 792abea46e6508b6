"""Schedules as people see them: made, previewed, changed, paused, run by hand, and what became of their fire times."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, etag_of
from backend.core.ids import ReportId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.calendars import CalendarBaseUnknown, CalendarNotFound, WorkCalendar
from backend.domain.publications import PublicationKind
from backend.domain.schedules.definition import ScheduleDefinition
from backend.domain.schedules.fires import FireState
from backend.domain.schedules.local_time import local_of, zone_of
from backend.domain.schedules.occurrences import PreviewedFire, check_fires, preview
from backend.domain.schedules.parameters import FireFacts, check_parameters, fill_in
from backend.persistence.models.run import Run
from backend.persistence.models.schedule import Schedule, ScheduleFire
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.schedules import ListedFire, ScheduleRepository
from backend.services.publishing import PublishedThings
from backend.services.reports import ReportArchived, ReportNotFound
from backend.services.runs import RunFire, RunRequest, RunService
from backend.services.schedule_calendars import calendar_named
from backend.services.scope import TenantScope
from backend.services.wakeups import Wakeups


class ScheduleNotFound(OpenRegError):
    """There is no such schedule."""

    code: ClassVar[str] = "schedule_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ScheduleNameTaken(OpenRegError):
    """There is a schedule of this name already."""

    code: ClassVar[str] = "schedule_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ScheduleDependsOnItself(OpenRegError):
    """A schedule waits for the report that it runs."""

    code: ClassVar[str] = "schedule_depends_on_itself"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule with the name of its report."""

    schedule: Schedule
    report_name: str


@dataclass(frozen=True, slots=True)
class ScheduleService:
    """The schedules of a tenant."""

    scope: TenantScope
    wakeups: Wakeups

    async def page(self, request: PageRequest, report_id: UUID | None) -> Page[ScheduleView]:
        """Schedules, newest first."""
        async with self.scope.reading() as session:
            schedules = ScheduleRepository(session, self.scope.tenant)
            found = await schedules.page(request, report_id)
            names = await schedules.report_names({one.report_id for one in found.items})
        return Page([ScheduleView(one, names.get(one.report_id, "")) for one in found.items], found.next_cursor)

    async def get(self, schedule_id: UUID) -> ScheduleView:
        """Raises ScheduleNotFound."""
        async with self.scope.reading() as session:
            return await self._view(session, await _get(ScheduleRepository(session, self.scope.tenant), schedule_id))

    async def create(self, report_id: ReportId, name: str, definition: ScheduleDefinition) -> ScheduleView:
        """A schedule that fires from now on.

        Raises ReportNotFound, ReportArchived, CalendarNotFound, CalendarWithoutDays, ScheduleNeverFires,
        PlaceholderUnknown, ScheduleNameTaken, ScheduleDependsOnItself.
        """
        at = self.scope.now()
        async with self.scope.transaction() as session:
            await self._check_reports(session, report_id, definition)
            next_fire_at = await self._next_fire(session, definition, at)
            schedule = Schedule(
                id=new_id(),
                tenant_id=self.scope.tenant,
                report_id=report_id,
                name=name,
                definition=definition.model_dump(mode="json"),
                calendar=definition.calendar,
                is_paused=False,
                evaluated_until=at,
                due_at=next_fire_at,
                next_fire_at=next_fire_at,
                created_by=self.scope.user_id,
                updated_by=self.scope.user_id,
                created_at=at,
                updated_at=at,
            )
            schedules = ScheduleRepository(session, self.scope.tenant)
            schedules.add(schedule)
            await schedules.flush_unique(ScheduleNameTaken(fix="Choose another name."))
            await self.scope.audit(session).record(
                AuditAction.SCHEDULE_CREATED, _subject(schedule), after=_shown(schedule)
            )
            return await self._view(session, schedule)

    async def change(
        self, schedule_id: UUID, name: str | None, definition: ScheduleDefinition | None, seen: Precondition
    ) -> ScheduleView:
        """Another name or definition, which holds from now on; runs are started in the name of who changed it.

        Raises what ``create`` raises, ScheduleNotFound and PreconditionFailed.
        """
        at = self.scope.now()
        async with self.scope.transaction() as session:
            schedules = ScheduleRepository(session, self.scope.tenant)
            schedule = await _get(schedules, schedule_id, for_update=True)
            seen.check(schedule_etag(schedule))
            before = _shown(schedule)
            if name is not None:
                schedule.name = name
            if definition is not None:
                await self._check_reports(session, ReportId(schedule.report_id), definition)
                next_fire_at = await self._next_fire(session, definition, at)
                schedule.definition = definition.model_dump(mode="json")
                schedule.calendar = definition.calendar
                self._move_on(schedule, next_fire_at, at)
            schedule.updated_at, schedule.updated_by = at, self.scope.user_id
            await schedules.flush_unique(ScheduleNameTaken(fix="Choose another name."))
            await self.scope.audit(session).record(
                AuditAction.SCHEDULE_CHANGED, _subject(schedule), before=before, after=_shown(schedule)
            )
            await PublishedThings(session, self.scope.tenant).changed(PublicationKind.SCHEDULE, schedule.id, at)
            return await self._view(session, schedule)

    async def pause(self, schedule_id: UUID) -> ScheduleView:
        """Fire no more until it is resumed. Raises ScheduleNotFound."""
        async with self.scope.transaction() as session:
            schedule = await _get(ScheduleRepository(session, self.scope.tenant), schedule_id, for_update=True)
            if not schedule.is_paused:
                schedule.is_paused = True
                schedule.due_at = schedule.next_fire_at = None
                schedule.updated_at = self.scope.now()
                await self.scope.audit(session).record(
                    AuditAction.SCHEDULE_PAUSED, _subject(schedule), after=_shown(schedule)
                )
            return await self._view(session, schedule)

    async def resume(self, schedule_id: UUID) -> ScheduleView:
        """Fire again from now on; what would have fired meanwhile is not made up for.

        Raises ScheduleNotFound, CalendarNotFound, CalendarWithoutDays, ScheduleNeverFires.
        """
        at = self.scope.now()
        async with self.scope.transaction() as session:
            schedule = await _get(ScheduleRepository(session, self.scope.tenant), schedule_id, for_update=True)
            if schedule.is_paused:
                next_fire_at = await self._next_fire(session, schedule.read_definition(), at)
                schedule.is_paused = False
                self._move_on(schedule, next_fire_at, at)
                schedule.updated_at = at
                await self.scope.audit(session).record(
                    AuditAction.SCHEDULE_RESUMED, _subject(schedule), after=_shown(schedule)
                )
            return await self._view(session, schedule)

    async def remove(self, schedule_id: UUID) -> None:
        """Take it away with its history; its runs stay. Raises ScheduleNotFound."""
        async with self.scope.transaction() as session:
            schedules = ScheduleRepository(session, self.scope.tenant)
            schedule = await _get(schedules, schedule_id, for_update=True)
            await self.scope.audit(session).record(
                AuditAction.SCHEDULE_REMOVED, _subject(schedule), before=_shown(schedule)
            )
            await PublishedThings(session, self.scope.tenant).removed(
                PublicationKind.SCHEDULE, schedule.id, self.scope.now()
            )
            await schedules.delete(schedule)

    async def preview(self, definition: ScheduleDefinition, wanted: int) -> Sequence[PreviewedFire]:
        """The next fires as a definition would make them, with the reasons of skips in between.

        Raises CalendarNotFound, CalendarWithoutDays, ScheduleNeverFires, PlaceholderUnknown.
        """
        at = self.scope.now()
        check_parameters(definition.parameters)
        async with self.scope.reading() as session:
            calendar = await self._calendar(session, definition)
        check_fires(definition, calendar, at)
        return preview(definition, calendar, at, wanted)

    async def month(self, schedule_id: UUID, first: date) -> tuple[Sequence[ScheduleFire], Sequence[PreviewedFire]]:
        """A month in the schedule's zone: what became of fire times, and what is to come. Raises ScheduleNotFound."""
        at = self.scope.now()
        async with self.scope.reading() as session:
            schedules = ScheduleRepository(session, self.scope.tenant)
            schedule = await _get(schedules, schedule_id)
            definition = schedule.read_definition()
            zone = zone_of(definition.zone)
            since = datetime(first.year, first.month, 1, tzinfo=zone)
            until = (since + timedelta(days=32)).replace(day=1)
            past = await schedules.fires_between(schedule_id, since, until)
            calendar = await self._calendar(session, definition)
        if schedule.is_paused or until <= at:
            return past, ()
        ahead = preview(definition, calendar, max(at, since - timedelta(seconds=1)), _MONTH_FIRES)
        return past, [one for one in ahead if one.fire.at < until]

    async def run_now(self, schedule_id: UUID) -> Run:
        """Start a run as if it fired now, whatever it waits for.

        Raises ScheduleNotFound, CalendarNotFound and what ``RunService.request`` raises.
        """
        at = self.scope.now()
        async with self.scope.reading() as session:
            schedule = await _get(ScheduleRepository(session, self.scope.tenant), schedule_id)
            definition = schedule.read_definition()
            calendar = await self._calendar(session, definition)
        local = local_of(at, zone_of(definition.zone))
        day = definition.reporting_date_of(local.date(), calendar)
        runs = RunService(self.scope, self.wakeups)
        wanted = RunRequest(
            ReportId(schedule.report_id),
            day,
            fill_in(definition.parameters, FireFacts(day, local, schedule.name)),
            fired=RunFire(schedule.id, at),
        )
        async with self.scope.transaction() as session:
            run = await runs.request_in(session, wanted)
            fire = ScheduleFire(
                id=new_id(),
                tenant_id=self.scope.tenant,
                schedule_id=schedule.id,
                fire_at=at,
                reporting_date=day,
                state=FireState.STARTED,
                reason_code="by_hand",
                reason="Started by hand.",
                run_id=run.id,
                decided_at=at,
            )
            ScheduleRepository(session, self.scope.tenant).add(fire)
        runs.wake(run)
        return run

    async def fires(self, schedule_id: UUID, request: PageRequest) -> Page[ListedFire]:
        """What became of fire times, the last first. Raises ScheduleNotFound."""
        async with self.scope.reading() as session:
            schedules = ScheduleRepository(session, self.scope.tenant)
            await _get(schedules, schedule_id)
            return await schedules.fires(schedule_id, request)

    async def _view(self, session: AsyncSession, schedule: Schedule) -> ScheduleView:
        names = await ScheduleRepository(session, self.scope.tenant).report_names([schedule.report_id])
        return ScheduleView(schedule, names.get(schedule.report_id, ""))

    async def _check_reports(self, session: AsyncSession, report_id: ReportId, definition: ScheduleDefinition) -> None:
        reports = ReportRepository(session, self.scope.tenant)
        report = await reports.find(report_id)
        if report is None:
            raise ReportNotFound
        if report.archived_at is not None:
            raise ReportArchived(fix="Restore the report first.")
        wanted: Collection[UUID] = {one.report_id for one in definition.dependencies}
        if report_id in wanted:
            raise ScheduleDependsOnItself(fix="Take the report out of what it waits for.")
        known: Mapping[UUID, str] = await ScheduleRepository(session, self.scope.tenant).report_names(wanted)
        if missing := sorted(map(str, wanted - known.keys())):
            raise ReportNotFound(f"There is no report {missing[0]} to wait for.", fix="Choose another report.")

    async def _next_fire(self, session: AsyncSession, definition: ScheduleDefinition, at: datetime) -> datetime:
        check_parameters(definition.parameters)
        return check_fires(definition, await self._calendar(session, definition), at).at

    async def _calendar(self, session: AsyncSession, definition: ScheduleDefinition) -> WorkCalendar:
        try:
            return await calendar_named(session, self.scope.tenant, definition.calendar)
        except CalendarBaseUnknown as error:
            raise CalendarNotFound(
                f"There is no calendar {definition.calendar}.", fix="Choose one of the list."
            ) from error

    def _move_on(self, schedule: Schedule, next_fire_at: datetime, at: datetime) -> None:
        schedule.evaluated_until = max(schedule.evaluated_until, at)
        schedule.next_fire_at = schedule.due_at = None if schedule.is_paused else next_fire_at


#: Fires of a month that are shown: every twenty minutes.
_MONTH_FIRES = 2232


def schedule_etag(schedule: Schedule) -> str:
    """Which state somebody has seen; that it has fired meanwhile changes nothing of it."""
    return etag_of(schedule.id, schedule.updated_at.isoformat())


async def _get(schedules: ScheduleRepository, schedule_id: UUID, *, for_update: bool = False) -> Schedule:
    found = await schedules.find(schedule_id, for_update=for_update)
    if found is None:
        raise ScheduleNotFound
    return found


def _subject(schedule: Schedule) -> AuditSubject:
    return AuditSubject("schedule", schedule.id, schedule.name)


def _shown(schedule: Schedule) -> dict[str, object]:
    return {
        "report_id": schedule.report_id,
        "name": schedule.name,
        "definition": schedule.definition,
        "is_paused": schedule.is_paused,
    }
