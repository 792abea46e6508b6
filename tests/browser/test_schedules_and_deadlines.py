"""A schedule on screen from its form to the run that the tick starts, and the board of deadlines while time goes by."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from backend.core.clock import utc_now
from backend.domain.runs import RunState
from backend.persistence.models.deadline import Obligation
from backend.persistence.models.run import Run
from backend.persistence.models.schedule import Schedule
from backend.services.deadline_sweep import DeadlineSweep
from backend.services.schedule_tick import ScheduleTick
from tests.factories.wakeups import NotedWakeups
from tests.harness.browser import Visitor
from tests.harness.installation import Installation, create_demo_source
from tests.services.servers import PostgresServer


@pytest.fixture(scope="module")
def report_name(installation: Installation, postgres_server: PostgresServer) -> str:
    """A report that can be run."""
    source = create_demo_source(postgres_server, 10)

    async def create() -> str:
        report = await installation.reports.get(await installation.add_demo_report(source))
        return str(report.report.name)

    return installation.run_now(create())


def tick(installation: Installation, schedule_id: UUID) -> int:
    """What the scheduler does a minute after the next fire."""

    async def done() -> int:
        async with installation.database.reading(installation.tenant) as session:
            due = await session.scalar(select(Schedule.next_fire_at).where(Schedule.id == schedule_id))
        assert due is not None
        at = due + timedelta(minutes=1)
        return await ScheduleTick(installation.database, installation.system, NotedWakeups(), lambda: at).tick()

    return installation.run_now(done())


def end_runs(installation: Installation) -> None:
    """Runs under way end well: the same day is not run twice at once."""

    async def done() -> None:
        async with installation.database.transaction(installation.tenant) as session:
            ended = {"state": RunState.SUCCEEDED, "finished_at": utc_now()}
            await session.execute(update(Run).where(Run.state == RunState.PENDING).values(ended))

    installation.run_now(done())


def sweep(installation: Installation, at: datetime) -> None:
    """What the watch over deadlines does at a time."""

    async def done() -> None:
        await DeadlineSweep(installation.database, installation.system, NotedWakeups(), lambda: at).sweep()

    installation.run_now(done())


def first_due(installation: Installation) -> datetime:
    """When the first obligation that is open is due."""

    async def found() -> datetime:
        async with installation.database.reading(installation.tenant) as session:
            due = await session.scalar(
                select(Obligation.due_at).where(Obligation.state == "open").order_by(Obligation.due_at).limit(1)
            )
        assert due is not None
        return due

    return installation.run_now(found())


def test_a_schedule_is_made_paused_resumed_run_and_fired(
    administrator: Visitor, installation: Installation, report_name: str
) -> None:
    page = administrator.open("/schedules")
    page.get_by_role("link", name="New schedule").first.click()
    page.get_by_role("combobox", name="Report", exact=True).fill(report_name)
    page.get_by_role("option", name=report_name).first.click()
    page.get_by_label(re.compile("^Name")).fill("Every working day")
    page.get_by_label("Times of day").fill("07:00")
    page.get_by_role("combobox", name="Calendar", exact=True).fill("TARGET")
    page.get_by_role("option", name=re.compile("TARGET")).first.click()
    page.get_by_role("combobox", name="On a day off").click()
    page.get_by_role("option", name="Skip", exact=True).click()
    preview = page.get_by_role("region", name="Next fires")
    expect(preview.get_by_text(re.compile("skipped before"))).to_be_visible()
    expect(preview.get_by_role("listitem").first).to_contain_text(re.compile(r"\d{4}-\d{2}-\d{2}.*[a-z]"))
    administrator.assert_accessible("schedule-new-preview")
    administrator.assert_fits_narrow("schedule-new-preview")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Every working day")).to_be_visible()
    schedule_id = UUID(page.url.rpartition("/")[2].partition("?")[0])

    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_text("Paused", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text(re.compile("A run for .* was started"))).to_be_visible()

    end_runs(installation)
    fires = page.get_by_role("table", name="What became of its fires")
    started = fires.get_by_text("Started", exact=True)
    expect(started).to_have_count(1)
    assert tick(installation, schedule_id) == 1
    page.reload()
    expect(started).to_have_count(2)
    administrator.assert_accessible("schedule-fired")
    administrator.assert_fits_narrow("schedule-fired")
    fires.get_by_role("link").first.click()
    expect(page.get_by_text("Every working day").first).to_be_visible()


def test_a_deadline_comes_near_and_is_missed_on_the_board(
    administrator: Visitor, installation: Installation, report_name: str
) -> None:
    page = administrator.open("/deadlines")
    page.get_by_role("button", name="Set a deadline").first.click()
    dialog = page.get_by_role("dialog", name="Set a deadline")
    dialog.get_by_role("combobox", name="Report", exact=True).fill(report_name)
    page.get_by_role("option", name=report_name).first.click()
    administrator.assert_accessible("deadline-form")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The deadline is set")).to_be_visible()
    sweep(installation, utc_now() + timedelta(days=4))  # over a weekend something is owed
    due = first_due(installation)
    board = page.get_by_role("table", name="Deadlines")
    for at, state, words in (
        (due - timedelta(minutes=10), "At risk", re.compile(r"10 min.* left")),
        (due + timedelta(hours=2, minutes=5), "Missed", re.compile(r"2 h.* late")),
    ):
        sweep(installation, at)
        page.clock.set_fixed_time(at)
        page.reload()
        row = board.get_by_role("row").filter(has_text=state).first
        expect(row).to_be_visible()
        expect(row).to_contain_text(words)
        slug = state.lower().replace(" ", "-")
        administrator.assert_accessible(f"deadlines-{slug}")
        administrator.assert_fits_narrow(f"deadlines-{slug}")
