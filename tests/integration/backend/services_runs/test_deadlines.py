"""Obligations come by themselves, are judged in sets, and each of their news is told once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from backend.core.etags import Precondition
from backend.core.ids import ReportId
from backend.domain.deadlines import MetBy
from backend.persistence.models.deadline import Deadline, Obligation
from backend.persistence.models.notice import Notice
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.webhook import Event
from backend.persistence.repositories.quality import DayRange
from backend.services.deadline_sweep import DeadlineSweep
from backend.services.deadlines import DeadlineService, DeadlineTerms, deadline_of
from backend.services.quality import QualityService
from backend.services.scope import TenantScope
from backend.services.wakeups import NoWakeups
from tests.factories.installation import Installation
from tests.factories.rows import Rows

THURSDAY = date(2026, 11, 19)
#: Friday's last minute in Berlin.
DUE = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)


class Board:
    """One report with a deadline, and a clock that is set by hand."""

    def __init__(self, rows: Rows, installation: Installation, version: ReportVersion, deadline: Deadline) -> None:
        self.rows, self.installation, self.version, self.deadline = rows, installation, version, deadline

    async def sweep(self, at: datetime) -> None:
        made = DeadlineSweep(self.installation.database, self.installation.system, NoWakeups(), lambda: at)
        await made.sweep()

    async def obligations(self) -> Sequence[Obligation]:
        async with self.rows.database.transaction(self.rows.person.tenant) as session:
            return (await session.scalars(select(Obligation).order_by(Obligation.reporting_date))).all()

    async def state(self) -> str:
        (one,) = await self.obligations()
        return one.state

    async def told(self) -> tuple[list[str], list[str]]:
        async with self.rows.database.transaction(self.rows.person.tenant) as session:
            events = await session.scalars(
                select(Event.type).where(Event.type.startswith("deadline.")).order_by(Event.id)
            )
            notices = await session.scalars(select(Notice.kind).order_by(Notice.sequence))
            return list(events), list(notices)


async def board_of(rows: Rows, installation: Installation, **changes: Any) -> Board:
    report = await rows.report(name="Daily")
    version = await rows.version(report)
    return Board(rows, installation, version, await rows.deadline(report, **{"since": THURSDAY, **changes}))


async def ended(board: Board, at: datetime, **changes: Any) -> Any:
    run = {"state": "succeeded", "reporting_date": THURSDAY, "started_at": at - timedelta(minutes=5)}
    return await board.rows.run(board.version, **{**run, "finished_at": at, **changes})


async def test_every_working_day_has_its_obligation_and_no_other(rows: Rows, installation: Installation) -> None:
    board = await board_of(rows, installation, since=date(2026, 12, 23), calendar="DE")
    for _ in range(2):
        await board.sweep(datetime(2026, 12, 29, 12, tzinfo=UTC))
    days = {one.reporting_date.day: one.due_at for one in await board.obligations()}
    assert list(days) == [23, 24, 28, 29]
    # After Christmas Eve, which is a Thursday, the next day on which Germany works is Monday.
    assert days[24] == datetime(2026, 12, 28, 22, 59, tzinfo=UTC)


async def test_the_day_begins_on_the_clocks_of_the_regulator(rows: Rows, installation: Installation) -> None:
    board = await board_of(rows, installation, since=date(2026, 11, 20), time_zone="Asia/Tokyo", calendar="JP")
    await board.sweep(datetime(2026, 11, 19, 14, 59, tzinfo=UTC))
    assert not await board.obligations()
    await board.sweep(datetime(2026, 11, 19, 15, 0, tzinfo=UTC))
    assert [one.reporting_date for one in await board.obligations()] == [date(2026, 11, 20)]


async def test_risk_and_breach_are_told_once_even_by_two_sweeps_at_once(rows: Rows, installation: Installation) -> None:
    board = await board_of(rows, installation)
    await board.sweep(DUE - timedelta(hours=12))
    assert (await board.told()) == ([], [])
    for at in (DUE - timedelta(hours=5), DUE - timedelta(hours=4), DUE - timedelta(seconds=1)):
        await asyncio.gather(*(board.sweep(at) for _ in range(4)))
    first = (await board.obligations())[0]
    assert (first.state, first.risk) == ("at_risk", "warning_time")
    assert (await board.told()) == (["deadline.at_risk"], ["deadline_at_risk"])
    for _ in range(2):
        await asyncio.gather(*(board.sweep(DUE) for _ in range(4)))
    first = (await board.obligations())[0]
    assert (first.state, first.breached_at) == ("breached", DUE)
    events, notices = await board.told()
    assert events == ["deadline.at_risk", "deadline.breached"]
    assert notices == ["deadline_at_risk", "deadline_breached"]


async def test_a_usual_run_that_no_longer_fits_is_a_risk_and_one_under_way_is_not(
    rows: Rows, installation: Installation
) -> None:
    board = await board_of(rows, installation, warning_minutes=10)
    for number in range(10):
        before = THURSDAY - timedelta(days=number + 1)
        end = datetime.combine(before, time(12), UTC)
        await ended(board, end, reporting_date=before, started_at=end - timedelta(hours=3), sequence=number + 1)
    await board.sweep(DUE - timedelta(hours=3, minutes=5))
    assert (await board.obligations())[0].state == "open"
    running = await ended(
        board, DUE, state="running", finished_at=None, started_at=DUE - timedelta(hours=3, minutes=4), sequence=50
    )
    await board.sweep(DUE - timedelta(hours=2))
    assert (await board.obligations())[0].state == "open"
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(type(running), running.id)).started_at = DUE - timedelta(hours=2, minutes=30)
    await board.sweep(DUE - timedelta(hours=2))
    first = (await board.obligations())[0]
    assert (first.state, first.risk) == ("at_risk", "usual_duration")


async def test_files_that_wait_do_not_satisfy_and_the_last_arrival_counts(
    rows: Rows, installation: Installation
) -> None:
    board = await board_of(rows, installation)
    run = await ended(board, DUE - timedelta(hours=8))
    artifact = await rows.artifact(run)
    arrived = {"state": "delivered", "finished_at": DUE - timedelta(hours=7)}
    await rows.delivery(artifact, await rows.destination(), **arrived)
    waiting = await rows.delivery(artifact, await rows.destination(), state="retrying")
    await board.sweep(DUE - timedelta(hours=6))
    assert (await board.obligations())[0].state == "open"
    await board.sweep(DUE)
    assert (await board.obligations())[0].state == "breached"
    async with rows.database.transaction(rows.person.tenant) as session:
        found = await session.get_one(type(waiting), waiting.id)
        found.state, found.finished_at = "delivered", DUE + timedelta(minutes=1)
    await board.sweep(DUE + timedelta(minutes=2))
    first = (await board.obligations())[0]
    assert (first.state, first.satisfied_at, first.run_id) == ("met_late", DUE + timedelta(minutes=1), run.id)
    assert (await board.told())[0] == ["deadline.breached"]


async def test_a_submission_counts_when_it_is_sent(rows: Rows, installation: Installation) -> None:
    board = await board_of(rows, installation)
    run = await ended(board, DUE - timedelta(hours=8))
    await rows.artifact(run)
    submission = await rows.submission(run)
    await board.sweep(DUE - timedelta(hours=6))
    assert (await board.obligations())[0].state == "open"
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(type(submission), submission.id)).sent_at = DUE
    await board.sweep(DUE + timedelta(hours=1))
    first = (await board.obligations())[0]
    assert (first.state, first.satisfied_at) == ("met", DUE)


async def test_a_run_is_enough_where_the_deadline_says_so_but_not_a_held_or_failed_one(
    rows: Rows, installation: Installation
) -> None:
    board = await board_of(rows, installation, met_by=MetBy.RUN)
    for number, changes in enumerate(({"state": "failed"}, {"state": "partial", "is_held": True}), 1):
        await rows.artifact(await ended(board, DUE - timedelta(hours=9), sequence=number, **changes))
    await board.sweep(DUE - timedelta(hours=8))
    assert (await board.obligations())[0].state == "open"
    run = await ended(board, DUE - timedelta(hours=8), sequence=3)
    await rows.delivery(await rows.artifact(run), await rows.destination(), state="pending")
    await board.sweep(DUE - timedelta(hours=7))
    assert (await board.obligations())[0].state == "met"


async def test_a_day_without_anything_to_report_asks_for_nothing_until_it_has_something(
    rows: Rows, installation: Installation
) -> None:
    board = await board_of(rows, installation)
    await ended(board, DUE - timedelta(hours=8))
    await board.sweep(DUE - timedelta(hours=7))
    assert (await board.obligations())[0].state == "not_required"
    await board.sweep(DUE + timedelta(hours=1))
    assert (await board.obligations())[0].state == "not_required"
    assert (await board.told()) == ([], [])
    await rows.artifact(await ended(board, DUE + timedelta(hours=2), sequence=2))
    await board.sweep(DUE + timedelta(hours=3))
    assert (await board.obligations())[0].state == "met_late"
    assert (await board.told())[0] == ["deadline.breached"]


async def test_what_is_not_due_follows_another_deadline_and_quality_asks_the_same(
    rows: Rows, installation: Installation, scope: TenantScope
) -> None:
    board = await board_of(rows, installation)
    await board.sweep(DUE - timedelta(hours=12))
    service = DeadlineService(scope)
    terms = DeadlineTerms("GR", 2, time(18), "Europe/Athens", 60, MetBy.RUN, THURSDAY, is_active=True)
    await service.change(board.deadline.id, terms, Precondition(None))
    await board.sweep(DUE - timedelta(hours=11))
    due = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    assert (await board.obligations())[0].due_at == due
    async with scope.transaction() as session:
        assert await deadline_of(session, scope.tenant, board.deadline.report_id, THURSDAY) == due
        assert await deadline_of(session, scope.tenant, board.deadline.report_id, date(2026, 11, 27)) == datetime(
            2026, 12, 1, 16, 0, tzinfo=UTC
        )
    await ended(board, due - timedelta(hours=1), rows_in=1, rows_out=1)
    days = DayRange(THURSDAY, THURSDAY, ReportId(board.deadline.report_id))
    await QualityService(scope).measure(days)
    (measured,) = await QualityService(scope).days(days)
    assert measured.day.due_at == due


async def test_a_removed_deadline_leaves_what_was_missed(
    rows: Rows, installation: Installation, scope: TenantScope
) -> None:
    board = await board_of(rows, installation)
    await board.sweep(DUE)
    await DeadlineService(scope).remove(board.deadline.id)
    assert [one.state for one in await board.obligations()] == ["breached"]
