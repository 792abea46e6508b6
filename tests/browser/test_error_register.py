"""From a rejected submission to a closed entry: opened, assessed, notified, two days reported again, accepted."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.domain.runs import RunState
from backend.domain.submissions import RecordCounts
from backend.persistence.models.run import Run
from backend.persistence.models.submission import Submission
from backend.services.backfills import BackfillSweep
from backend.services.error_register_sweep import ErrorRegisterSweep
from backend.services.submissions import settle
from tests.factories.wakeups import NotedWakeups
from tests.harness.browser import Visitor
from tests.harness.installation import REPORTING_DATE, Installation, create_demo_source
from tests.harness.supervise import supervise_apart
from tests.services.servers import PostgresServer

DAY_BEFORE = date(2026, 11, 19)


def settle_all(installation: Installation, *, is_accepted: bool) -> None:
    """The regulator says the same of every submission of which it has said nothing."""

    async def answered(mine: Installation) -> None:
        async with mine.database.transaction(mine.tenant) as session:
            for one in (await session.scalars(select(Submission).where(Submission.file_status.is_(None)))).all():
                count = one.record_count
                counts = RecordCounts(accepted=count) if is_accepted else RecordCounts(rejected=count)
                status = "ACPT" if is_accepted else "RJCT"
                await settle(session, mine.tenant, one.id, counts, utc_now(), file_status=status)

    installation.run_now(answered(installation))


def report_again(installation: Installation) -> int:
    """Begin the next days and see their runs to the end; how many there were."""
    begun: list[UUID] = []

    async def advance(mine: Installation) -> None:
        await BackfillSweep(mine.database, mine.system, NotedWakeups(), utc_now).advance()
        async with mine.database.transaction(mine.tenant) as session:
            begun.extend(await session.scalars(select(Run.id).where(Run.state == RunState.PENDING)))

    installation.run_now(advance(installation))
    for one in begun:
        supervise_apart(installation, one)
    return len(begun)


def watch(installation: Installation) -> None:
    """Look at the register as the sweep does."""

    async def look(mine: Installation) -> None:
        await ErrorRegisterSweep(mine.database, mine.system, utc_now).sweep()

    installation.run_now(look(installation))


@pytest.fixture(scope="module")
def rejected(installation: Installation, postgres_server: PostgresServer) -> Submission:
    """A day's file of which the regulator rejects every record; half of its trades are of the day before."""
    source = create_demo_source(postgres_server, 40)
    with psycopg.connect(source.dsn) as connection:
        connection.execute(
            "UPDATE trading.trades SET trade_date = trade_date - 1, executed_at = executed_at - interval '1 day' "
            "WHERE trade_id IN "
            "(SELECT trade_id FROM trading.trades ORDER BY trade_id LIMIT 20)"
        )

    async def request() -> UUID:
        report = await installation.add_demo_report(source, on_partial="deliver")
        run = await installation.runs.request(report, REPORTING_DATE, {})
        return run.id

    supervise_apart(installation, installation.run_now(request()))
    settle_all(installation, is_accepted=False)

    async def read() -> Submission:
        async with installation.database.transaction(installation.tenant) as session:
            return (await session.scalars(select(Submission))).one()

    return installation.run_now(read())


def move(page: Page, action: str, **said: str) -> None:
    """Take the entry to another state."""
    page.get_by_role("button", name=action, exact=True).first.click()
    dialog = page.get_by_role("dialog", name=action)
    for label, text in said.items():
        dialog.get_by_role("textbox", name=label.replace("_", " "), exact=True).fill(text)
    dialog.get_by_role("button", name=action, exact=True).click()
    expect(dialog).to_be_hidden()


def read_the_text(administrator: Visitor, page: Page) -> None:
    """What the authority is sent says why it happened."""
    page.get_by_role("button", name="Text for the authority").click()
    told = page.get_by_role("dialog", name="Text for the authority")
    expect(told.get_by_role("textbox", name="Text", exact=True)).to_have_value(
        re.compile("Reference data were wrong, missing or out of date")
    )
    administrator.picture("error-register-notification")
    told.get_by_role("button", name="Close").click()


def start_two_days(administrator: Visitor, page: Page, rejected: Submission) -> None:
    """Three days are looked at, two of them are reported again."""
    page.get_by_role("button", name="Report days again").click()
    dialog = page.get_by_role("dialog", name="Report days again")
    dialog.get_by_label("First reporting date").fill(DAY_BEFORE.isoformat())
    dialog.get_by_label("Last reporting date").fill("2026-11-21")
    dialog.get_by_role("button", name="Preview").click()
    rows = dialog.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("New original")
    expect(rows.nth(2)).to_contain_text(f"{rejected.reference} is void")
    expect(rows.nth(2)).to_contain_text("New original")
    expect(rows.nth(3)).to_contain_text("Nobody works on this day.")
    administrator.picture("error-register-preview")
    dialog.get_by_role("button", name="Report 2 days again").click()
    expect(dialog).to_be_hidden()


def test_a_rejected_file_is_put_right_from_its_entry(
    administrator: Visitor, installation: Installation, rejected: Submission
) -> None:
    assert rejected.state == "rejected"
    page = administrator.open(f"/submissions/{rejected.id}")
    page.get_by_role("link", name="Open an error or omission").click()
    expect(page.get_by_text("From a submission")).to_be_visible()
    page.get_by_role("textbox", name="Title").fill("The venue was missing")
    page.get_by_role("textbox", name="What happened").fill("Every record of the day was rejected.")
    page.get_by_label("Occurred from").fill(DAY_BEFORE.isoformat())
    page.get_by_role("button", name="Open the entry").click()
    expect(page.get_by_role("heading", name="The venue was missing")).to_be_visible()
    links = page.get_by_role("region", name="Links")
    expect(links.get_by_role("link", name=rejected.reference)).to_be_visible()
    days = page.get_by_role("region", name="Affected days")
    expect(days.get_by_role("cell", name=str(rejected.record_count), exact=True)).to_be_visible()

    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_role("combobox", name="Root cause").click()
    page.get_by_role("option", name="Reference data").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Assess", exact=True)).to_be_visible()
    move(page, "Assess")
    read_the_text(administrator, page)
    move(page, "Record notification", Authority="BaFin", Reference_of_the_authority="B-7")
    expect(page.get_by_text("BaFin (B-7)")).to_be_visible()
    move(page, "Begin remediation")

    start_two_days(administrator, page, rejected)
    again = page.get_by_role("region", name="Reporting again")
    expect(again.get_by_text("0 of 2 days accepted")).to_be_visible()
    assert report_again(installation) == 2
    watch(installation)
    expect(again.get_by_text("On its way")).to_have_count(2, timeout=20_000)
    settle_all(installation, is_accepted=True)
    watch(installation)
    expect(again.get_by_text("2 of 2 days accepted")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Everything that was reported again is accepted")).to_be_visible(timeout=20_000)
    administrator.picture("error-register-accepted")
    assert report_again(installation) == 0, "nothing is left to begin"
    move(page, "Close the entry", Reason="Both days are told rightly.")
    history = page.get_by_role("region", name="History")
    expect(history.get_by_text("Both days are told rightly.")).to_be_visible()
    page.goto(page.url.rpartition("/")[0] + "?state=closed")
    expect(page.get_by_role("table").get_by_text("The venue was missing")).to_be_visible()
    administrator.picture("error-register-list")
