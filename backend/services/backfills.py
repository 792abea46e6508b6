"""Backfills: runs for every reporting date of a range, a few at a time, in the name of who asked for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportId, TenantId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.runs import RunTrigger
from backend.domain.schedules.backfills import BackfillDayState, BackfillState, BackfillWay, backfill_days
from backend.domain.schedules.parameters import FireFacts, fill_in
from backend.persistence.models.run import Run
from backend.persistence.models.schedule import Backfill, BackfillDay
from backend.persistence.repositories.back_reporting import BackReportingRepository
from backend.persistence.repositories.schedules import BackfillRepository, DayCount, ScheduleRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.exception_resubmission import resubmit_in
from backend.services.exceptions import Chosen
from backend.services.runs import RunAlreadyUnderWay, RunRequest, RunService
from backend.services.schedule_calendars import calendar_named
from backend.services.schedules import ScheduleNotFound
from backend.services.scope import Actor, ActorKind, TenantScope
from backend.services.supplemental_runs import SupplementalRuns
from backend.services.wakeups import Wakeups


class BackfillNotFound(OpenRegError):
    """There is no such backfill."""

    code: ClassVar[str] = "backfill_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class BackfillEnded(OpenRegError):
    """The backfill has ended."""

    code: ClassVar[str] = "backfill_ended"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class NothingAmended(OpenRegError):
    """No record of the day waits to be corrected."""

    code: ClassVar[str] = "nothing_amended"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class BackfillAsked:
    """Which dates, how many runs at once, and whether days off are left out."""

    first_date: date
    last_date: date
    concurrency: int
    working_days_only: bool


@dataclass(frozen=True, slots=True)
class BackfillView:
    """A backfill and how far it is."""

    backfill: Backfill
    counts: Sequence[DayCount]


@dataclass(frozen=True, slots=True)
class BackfillService:
    """Backfills of a tenant, for its people."""

    scope: TenantScope

    async def start(self, schedule_id: UUID, asked: BackfillAsked) -> BackfillView:
        """Run past dates with the parameters of a schedule. Raises ScheduleNotFound, BackfillRangeInvalid."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            schedule = await ScheduleRepository(session, self.scope.tenant).find(schedule_id)
            if schedule is None:
                raise ScheduleNotFound
            calendar = await calendar_named(session, self.scope.tenant, schedule.calendar)
            days = backfill_days(asked.first_date, asked.last_date, calendar if asked.working_days_only else None)
            backfill = Backfill(
                id=new_id(),
                tenant_id=self.scope.tenant,
                report_id=schedule.report_id,
                schedule_id=schedule.id,
                first_date=asked.first_date,
                last_date=asked.last_date,
                concurrency=asked.concurrency,
                parameters=schedule.read_definition().model_dump(mode="json")["parameters"],
                state=BackfillState.RUNNING,
                created_by=self.scope.user_id,
                created_at=at,
            )
            backfills = BackfillRepository(session, self.scope.tenant)
            backfills.add(backfill)
            await backfills.flush()
            for one in days:
                backfills.add(
                    BackfillDay(
                        backfill_id=backfill.id,
                        tenant_id=self.scope.tenant,
                        reporting_date=one,
                        state=BackfillDayState.WAITING,
                    )
                )
            await self.scope.audit(session).record(
                AuditAction.BACKFILL_STARTED, _subject(backfill), after={**_shown(backfill), "days": len(days)}
            )
            await backfills.flush()
            return await _view(backfills, backfill)

    async def page(self, request: PageRequest, schedule_id: UUID | None) -> Page[BackfillView]:
        """Backfills, newest first."""
        async with self.scope.reading() as session:
            backfills = BackfillRepository(session, self.scope.tenant)
            found = await backfills.page(request, schedule_id)
            counts = await backfills.counts([one.id for one in found.items])
        return Page([BackfillView(one, counts[one.id]) for one in found.items], found.next_cursor)

    async def get(self, backfill_id: UUID) -> BackfillView:
        """Raises BackfillNotFound."""
        async with self.scope.reading() as session:
            backfills = BackfillRepository(session, self.scope.tenant)
            return await _view(backfills, await _get(backfills, backfill_id))

    async def days(self, backfill_id: UUID) -> Sequence[tuple[BackfillDay, str | None]]:
        """Every date with the state of its run. Raises BackfillNotFound."""
        async with self.scope.reading() as session:
            backfills = BackfillRepository(session, self.scope.tenant)
            await _get(backfills, backfill_id)
            return await backfills.days(backfill_id)

    async def cancel(self, backfill_id: UUID) -> BackfillView:
        """Begin no more dates; runs that were begun go on. Raises BackfillNotFound, BackfillEnded."""
        async with self.scope.transaction() as session:
            backfills = BackfillRepository(session, self.scope.tenant)
            backfill = await _get(backfills, backfill_id, for_update=True)
            if backfill.state != BackfillState.RUNNING:
                raise BackfillEnded(f"The backfill is {backfill.state}.")
            backfill.state, backfill.finished_at = BackfillState.CANCELLED, self.scope.now()
            await backfills.give_up_waiting(backfill_id)
            await self.scope.audit(session).record(
                AuditAction.BACKFILL_CANCELLED, _subject(backfill), after=_shown(backfill)
            )
            return await _view(backfills, backfill)


@dataclass(frozen=True, slots=True)
class BackfillSweep:
    """Begins the next dates of backfills as runs end."""

    database: Database
    system: SystemDatabase
    wakeups: Wakeups
    now: Clock

    async def advance(self) -> int:
        """Begin what may begin, in every tenant; how many runs were started."""
        async with self.system.transaction() as session:
            tenants = await SystemScope(session).tenants_with_backfills()
        started = 0
        for tenant in tenants:
            async with self.database.transaction(tenant) as session:
                running = await BackfillRepository(session, tenant).running()
            for one in running:
                started += await self._advance(tenant, one)
        return started

    async def _advance(self, tenant: TenantId, backfill_id: UUID) -> int:
        started = 0
        while await self._begin_one(tenant, backfill_id):
            started += 1
        return started

    async def _begin_one(self, tenant: TenantId, backfill_id: UUID) -> bool:
        """Begin the next date if one may begin, in the transaction that makes its run; whether one was."""
        async with self.database.transaction(tenant) as session:
            backfills = BackfillRepository(session, tenant)
            backfill = await backfills.claim(backfill_id)
            if backfill is None:
                return False
            under_way = await backfills.under_way(backfill_id)
            day = next(iter(await backfills.waiting(backfill_id, 1)), None)
            if day is None:
                if not under_way:
                    backfill.state, backfill.finished_at = BackfillState.COMPLETED, self.now()
                return False
            if under_way >= backfill.concurrency:
                return False
            runs = RunService(self._scope(tenant, backfill), self.wakeups)
            reporting_date, refusal = day.reporting_date, None
            try:
                run = await _begin(session, runs, backfill, day)
                day.state, day.run_id = BackfillDayState.STARTED, run.id
                await backfills.flush()
            except RunAlreadyUnderWay:
                await session.rollback()
                return False  # somebody runs this date: it is begun when that has ended
            except OpenRegError as error:
                await session.rollback()
                refusal = error
        if refusal is None:
            runs.wake(run)
        else:
            await self._refuse(tenant, backfill_id, reporting_date, refusal)
        return True

    async def _refuse(self, tenant: TenantId, backfill_id: UUID, day: date, error: OpenRegError) -> None:
        async with self.database.transaction(tenant) as session:
            found = await BackfillRepository(session, tenant).find_day(backfill_id, day)
            if found is not None and found.state == BackfillDayState.WAITING:
                found.state, found.reason_code = BackfillDayState.FAILED, error.code
                found.reason = f"{error.message} {error.fix or ''}".strip()

    def _scope(self, tenant: TenantId, backfill: Backfill) -> TenantScope:
        """Rows are attributed to who asked; the audit trail says that OpenReg did it."""
        actor = Actor(kind=ActorKind.SYSTEM, id=None, label="OpenReg", user_id=backfill.created_by)
        return TenantScope(self.database, tenant, backfill.created_by, self.now, actor)


async def _begin(session: AsyncSession, runs: RunService, backfill: Backfill, day: BackfillDay) -> Run:
    """The run of a date, or the supplemental run of what was amended in it. Raises what these do, NothingAmended."""
    if day.way == BackfillWay.RUN:
        return await runs.request_in(session, _request(backfill, day))
    again = BackReportingRepository(session, runs.scope.tenant)
    amended = await again.amended_of_day(backfill.report_id, day.reporting_date)
    if not amended:
        raise NothingAmended(fix="Amend the records that are to be corrected, then report the day again.")
    made = await resubmit_in(session, SupplementalRuns(runs.scope), [Chosen(one) for one in amended])
    return made[0].run


def _request(backfill: Backfill, day: BackfillDay) -> RunRequest:
    """The run of a date, as the schedule would have started it in the evening of that date."""
    local = datetime.combine(day.reporting_date, time())
    facts = FireFacts(day.reporting_date, local, "")
    return RunRequest(
        ReportId(backfill.report_id),
        day.reporting_date,
        fill_in(backfill.parameters, facts),
        trigger=RunTrigger.BACKFILL,
    )


async def _view(backfills: BackfillRepository, backfill: Backfill) -> BackfillView:
    counts: Mapping[UUID, Sequence[DayCount]] = await backfills.counts([backfill.id])
    return BackfillView(backfill, counts[backfill.id])


async def _get(backfills: BackfillRepository, backfill_id: UUID, *, for_update: bool = False) -> Backfill:
    found = await backfills.find(backfill_id, for_update=for_update)
    if found is None:
        raise BackfillNotFound
    return found


def _subject(backfill: Backfill) -> AuditSubject:
    return AuditSubject("backfill", backfill.id, f"{backfill.first_date} to {backfill.last_date}")


def _shown(backfill: Backfill) -> dict[str, object]:
    return {
        "report_id": backfill.report_id,
        "schedule_id": backfill.schedule_id,
        "first_date": backfill.first_date,
        "last_date": backfill.last_date,
        "concurrency": backfill.concurrency,
        "state": str(backfill.state),
    }
