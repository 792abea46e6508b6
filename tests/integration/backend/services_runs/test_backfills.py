"""Backfills: so many runs at once and no more, each date once whatever is killed, and days that an entry tells anew."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from backend.core.etags import Precondition
from backend.domain.back_reporting import AgainState, OnStanding
from backend.domain.error_register import EntryIncomplete, EntryState
from backend.domain.exceptions import ExceptionState
from backend.domain.runs import RunKind, RunState
from backend.domain.submissions import SubmissionState
from backend.persistence.models.error_register import RegisterEntry
from backend.persistence.models.exception import RunException, SupplementalRecord
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.models.schedule import Backfill, BackfillDay, Schedule, ScheduleFire
from backend.persistence.models.webhook import Event
from backend.services.back_reporting import BackReportingAsked, BackReportingService, NothingToReportAgain
from backend.services.backfills import BackfillAsked, BackfillEnded, BackfillService, BackfillSweep
from backend.services.error_register import ErrorRegisterService, Move
from backend.services.error_register_history import EntryNotFound
from backend.services.error_register_sweep import ErrorRegisterSweep
from backend.services.error_register_views import ErrorRegisterViews
from backend.services.schedule_tick import ScheduleTick
from backend.services.schedules import ScheduleService
from backend.services.scope import TenantScope
from tests.factories.documents import plain_document
from tests.factories.error_register_rows import stored_entry
from tests.factories.installation import Installation
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups
from tests.harness.killed_sweep import PLACES, killed_sweep

MONDAY = date(2026, 11, 2)
FRIDAY = date(2026, 11, 6)


@pytest.fixture
async def version(rows: Rows) -> ReportVersion:
    """An active version of a report that can be run."""
    connector = await rows.connector()
    return await rows.version(await rows.report(), plain_document(connector.id))


@pytest.fixture
async def schedule(rows: Rows, version: ReportVersion) -> Schedule:
    """A schedule of the report; nothing is due."""
    return await rows.schedule(await report_of(rows, version))


@dataclass(frozen=True)
class Backfilling:
    """Sweeps over one backfill, and what became of its days."""

    installation: Installation
    scope: TenantScope
    wakeups: NotedWakeups

    async def advance(self, sweepers: int = 1) -> int:
        at = self.scope.now
        sweeps = [
            BackfillSweep(self.installation.database, self.installation.system, self.wakeups, at)
            for _ in range(sweepers)
        ]
        return sum(await asyncio.gather(*(one.advance() for one in sweeps)))

    async def runs(self) -> list[Run]:
        async with self.scope.transaction() as session:
            return list((await session.scalars(select(Run).order_by(Run.reporting_date))).all())

    async def under_way(self) -> int:
        return sum(one.state in {RunState.PENDING, RunState.RUNNING} for one in await self.runs())

    async def end(self, *, first: int = 1, state: RunState = RunState.SUCCEEDED) -> None:
        busy = [one.id for one in await self.runs() if one.state == RunState.PENDING][:first]
        async with self.scope.transaction() as session:
            await session.execute(update(Run).where(Run.id.in_(busy)).values(state=state, finished_at=self.scope.now()))

    async def days(self) -> Counter[str]:
        async with self.scope.transaction() as session:
            return Counter((await session.scalars(select(BackfillDay.state))).all())

    async def state(self) -> str:
        async with self.scope.transaction() as session:
            return (await session.scalars(select(Backfill.state).order_by(Backfill.id.desc()))).first() or ""


@pytest.fixture
def backfilling(installation: Installation, scope: TenantScope, wakeups: NotedWakeups) -> Backfilling:
    """The sweeps of this installation."""
    return Backfilling(installation, scope, wakeups)


async def report_of(rows: Rows, version: ReportVersion) -> Report:
    async with rows.database.transaction(rows.person.tenant) as session:
        return await session.get_one(Report, version.report_id)


async def begun(scope: TenantScope, schedule: Schedule, concurrency: int = 2) -> UUID:
    asked = BackfillAsked(MONDAY, FRIDAY + timedelta(days=7), concurrency, working_days_only=True)
    return (await BackfillService(scope).start(schedule.id, asked)).backfill.id


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_never_more_runs_at_once_than_were_asked_for(
    backfilling: Backfilling, scope: TenantScope, schedule: Schedule, concurrency: int
) -> None:
    """Four sweepers at once, runs that end by ones and twos, some of them badly: the limit holds all the time."""
    await begun(scope, schedule, concurrency)
    most = 0
    for number in range(40):
        await backfilling.advance(4)
        busy = await backfilling.under_way()
        assert busy <= concurrency
        most = max(most, busy)
        if await backfilling.state() == "completed":
            break
        await backfilling.end(first=1 + number % 2, state=RunState.FAILED if number == 2 else RunState.SUCCEEDED)
    assert most == concurrency, "fewer at once than may be"
    assert await backfilling.state() == "completed"
    runs = await backfilling.runs()
    assert [one.reporting_date.day for one in runs] == [2, 3, 4, 5, 6, 9, 10, 11, 12, 13]
    assert {one.trigger for one in runs} == {"backfill"}


@pytest.mark.parametrize("where", PLACES)
async def test_a_worker_that_is_killed_in_the_middle_loses_and_doubles_no_date(
    backfilling: Backfilling, scope: TenantScope, schedule: Schedule, installation: Installation, where: str
) -> None:
    await begun(scope, schedule, 4)
    await killed_sweep(installation.settings.database, "backfills", where, 3)
    left = 2 if where == "before the commit" else 3
    assert await backfilling.under_way() == left, "it was not killed in the middle"
    assert await backfilling.days() == {"started": left, "waiting": 10 - left}
    for _ in range(20):
        await backfilling.advance(2)
        await backfilling.end(first=4)
    assert await backfilling.state() == "completed"
    dates = [one.reporting_date for one in await backfilling.runs()]
    assert len(dates) == len(set(dates)) == 10


async def test_a_cancelled_backfill_begins_nothing_more_and_stops_nothing(
    backfilling: Backfilling, scope: TenantScope, schedule: Schedule
) -> None:
    backfill = await begun(scope, schedule, 2)
    await backfilling.advance()
    service = BackfillService(scope)
    await asyncio.gather(service.cancel(backfill), backfilling.advance(3))
    with pytest.raises(BackfillEnded):
        await service.cancel(backfill)
    await backfilling.end(first=2)
    assert await backfilling.advance(3) == 0
    assert await backfilling.days() == {"started": 2, "cancelled": 8}
    assert [one.state for one in await backfilling.runs()] == ["succeeded", "succeeded"]
    assert await backfilling.state() == "cancelled"


class Clock:
    """A clock that is set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.mark.parametrize("is_resumed_in_time", [True, False])
async def test_a_fire_that_waits_starts_nothing_while_its_schedule_is_paused(
    installation: Installation,
    rows: Rows,
    version: ReportVersion,
    scope: TenantScope,
    wakeups: NotedWakeups,
    is_resumed_in_time: bool,
) -> None:
    seven = datetime(2026, 11, 23, 7, tzinfo=UTC)
    clock = Clock(seven)
    other = await rows.version(await rows.report())
    definition = {
        "cadence": {"kind": "cron", "expression": "0 7 * * *"},
        "dependencies": [{"report_id": str(other.report_id)}],
        "wait_minutes": 120,
    }
    midnight = seven - timedelta(hours=7)
    made = await rows.schedule(
        await report_of(rows, version), definition=definition, evaluated_until=midnight, due_at=midnight
    )
    tick = ScheduleTick(installation.database, installation.system, wakeups, clock)

    async def fires() -> list[ScheduleFire]:
        async with scope.transaction() as session:
            return list((await session.scalars(select(ScheduleFire).order_by(ScheduleFire.fire_at))).all())

    assert await tick.tick() == 0
    service = ScheduleService(scope, wakeups)
    await service.pause(made.id)
    (fire,) = await fires()
    await rows.run(other, reporting_date=fire.reporting_date, state=RunState.SUCCEEDED, finished_at=seven)
    clock.at = seven + timedelta(minutes=60)
    assert await tick.tick() == 0, "what it waits for is there, and it is paused"
    if is_resumed_in_time:
        await service.resume(made.id)
        assert await tick.tick() == 1
        assert (await fires())[0].state == "started"
        return
    clock.at = seven + timedelta(minutes=121)
    assert await tick.tick() == 0
    (fire,) = await fires()
    assert (fire.state, fire.reason_code, fire.run_id) == ("missed", "schedule_paused", None)
    async with scope.transaction() as session:
        assert (await session.scalars(select(Event.type))).all() == ["schedule.missed"]


@pytest.fixture
async def entry(rows: Rows, version: ReportVersion) -> RegisterEntry:
    """An entry about the report."""
    return await stored_entry(rows, await report_of(rows, version), state=EntryState.REMEDIATING)


async def original(rows: Rows, version: ReportVersion, day: int, state: SubmissionState) -> Run:
    """A day of November that the regulator was told of."""
    run = await rows.run(
        version, reporting_date=date(2026, 11, day), state=RunState.SUCCEEDED, input_key="k", rows_in=9, rows_out=9
    )
    await rows.submission(run, state=state)
    return run


def asked(version: ReportVersion, **changes: Any) -> BackReportingAsked:
    week = {"first_date": MONDAY, "last_date": FRIDAY + timedelta(days=1)}
    return BackReportingAsked(**{"report_id": version.report_id, "parameters": {}, **week, **changes})


async def test_each_day_is_told_again_by_what_there_is_of_it(
    rows: Rows, version: ReportVersion, scope: TenantScope, entry: RegisterEntry, backfilling: Backfilling,
    installation: Installation,
) -> None:  # fmt: skip
    corrected = await original(rows, version, 3, SubmissionState.PARTIALLY_ACCEPTED)
    await rows.exception(corrected, state=ExceptionState.AMENDED, amendments=1, row_number=2)
    await rows.exception(corrected, row_number=5)
    await original(rows, version, 4, SubmissionState.REJECTED)
    await original(rows, version, 5, SubmissionState.ACCEPTED)
    await original(rows, version, 6, SubmissionState.PREPARED)
    again = BackReportingService(scope)
    before = await backfilling.runs()
    plans = await again.preview(entry.id, asked(version))
    assert [(one.facts.reporting_date.day, str(one.outcome), one.skip and str(one.skip)) for one in plans] == [
        (2, "new_original", None),
        (3, "correction", None),
        (4, "new_original", None),
        (5, "skip", "nothing_amended"),
        (6, "skip", "original_waits"),
        (7, "skip", "closed_day"),
    ]
    assert (plans[1].facts.amended, plans[1].facts.open) == (1, 1)
    assert plans[2].facts.void is not None
    anew = await again.preview(entry.id, asked(version, on_standing=OnStanding.OVERRIDE))
    assert [str(one.outcome) for one in anew[1:5]] == ["needs_override", "new_original", *["needs_override"] * 2]
    assert len(await backfilling.runs()) == len(before), "a preview starts nothing"
    await again.start(entry.id, asked(version, concurrency=5))
    assert await backfilling.advance(3) == 3
    runs = [one for one in await backfilling.runs() if one.state == RunState.PENDING]
    assert [(one.reporting_date.day, one.kind) for one in runs] == [
        (2, RunKind.REGULAR),
        (3, RunKind.SUPPLEMENTAL),
        (4, RunKind.REGULAR),
    ]
    async with scope.transaction() as session:
        records = (await session.scalars(select(SupplementalRecord.parent_row_number).distinct())).all()
        states = (await session.scalars(select(RunException.state).order_by(RunException.row_number))).all()
    assert (list(records), list(states)) == ([2], ["resubmitted", "open"])
    await backfilling.end(first=3)
    submissions = [await rows.submission(one, state=SubmissionState.ACKNOWLEDGED) for one in runs]
    watch = ErrorRegisterSweep(installation.database, installation.system, scope.now)
    await watch.sweep()
    (view,) = await again.of_entry(entry.id)
    assert [one.again.state for one in view.days] == [*[AgainState.ON_ITS_WAY] * 3, *[AgainState.SKIPPED] * 3]
    for one in submissions:
        shown = await ErrorRegisterViews(scope).view(entry.id)
        assert shown.entry.back_reported_at is None
        async with scope.transaction() as session:
            await session.merge(one)
            (await session.get_one(type(one), one.id)).state = SubmissionState.ACCEPTED
        await asyncio.gather(*(watch.sweep() for _ in range(3)))
    shown = await ErrorRegisterViews(scope).view(entry.id)
    assert shown.entry.back_reported_at is not None
    assert shown.entry.corrected_on is not None
    assert [one.step for one in shown.events] == ["opened", "back_reporting_started", "back_reported"]
    assert shown.again is not None
    assert shown.again.is_accepted


async def test_an_entry_is_not_closed_while_its_days_are_reported_again(
    rows: Rows, version: ReportVersion, scope: TenantScope, entry: RegisterEntry, backfilling: Backfilling,
    wakeups: NotedWakeups,
) -> None:  # fmt: skip
    again, register = BackReportingService(scope), ErrorRegisterService(scope, wakeups)
    started = await again.start(entry.id, asked(version))
    close = Move(EntryState.CLOSED, "It is done.")
    with pytest.raises(EntryIncomplete, match="reported again"):
        await register.move(entry.id, close, Precondition())
    await BackfillService(scope).cancel(started.id)
    await register.move(entry.id, close, Precondition())
    await ErrorRegisterSweep(backfilling.installation.database, backfilling.installation.system, scope.now).sweep()
    shown = await ErrorRegisterViews(scope).view(entry.id)
    assert shown.entry.back_reported_at is None, "what was cancelled is not accepted"


async def test_a_range_of_which_nothing_is_left_starts_nothing(
    rows: Rows, version: ReportVersion, scope: TenantScope, entry: RegisterEntry, strangers_rows: Rows,
    installation: Installation,
) -> None:  # fmt: skip
    await original(rows, version, 5, SubmissionState.ACCEPTED)
    day = {"first_date": date(2026, 11, 5), "last_date": date(2026, 11, 5)}
    with pytest.raises(NothingToReportAgain):
        await BackReportingService(scope).start(entry.id, asked(version, **day))
    theirs = BackReportingService(strangers_rows.person.scope(installation.database))
    with pytest.raises(EntryNotFound):
        await theirs.start(entry.id, asked(version))


async def test_a_correction_of_which_nothing_is_left_when_its_turn_comes_says_so(
    rows: Rows, version: ReportVersion, scope: TenantScope, entry: RegisterEntry, backfilling: Backfilling
) -> None:
    run = await original(rows, version, 5, SubmissionState.ACCEPTED)
    one = await rows.exception(run, state=ExceptionState.AMENDED, amendments=1)
    day = {"first_date": date(2026, 11, 5), "last_date": date(2026, 11, 5)}
    again = BackReportingService(scope)
    await again.start(entry.id, asked(version, **day))
    async with scope.transaction() as session:
        (await session.get_one(RunException, one.id)).state = ExceptionState.REJECTED
    await backfilling.advance()
    (view,) = await again.of_entry(entry.id)
    assert [(each.again.state, each.day.reason_code) for each in view.days] == [(AgainState.FAILED, "nothing_amended")]
    assert len(await backfilling.runs()) == 1
