"""Eligibility in the browser: decided in the editor, worked on in the queue of held records, measured as quality."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect

from backend.core.clock import utc_now
from backend.core.ids import ConnectorId
from backend.persistence.repositories.quality import DayRange
from backend.services.quality import QualityService
from tests.factories.documents import QUERY, plain_document
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.source import SourceOfTrades
from tests.harness.browser import Visitor
from tests.harness.installation import ADMINISTRATOR, Installation
from tests.harness.report_editor import write


@pytest.fixture(scope="module")
def report(installation: Installation, source: SourceOfTrades) -> UUID:
    """A report with a run of yesterday of which two records are held."""

    async def store() -> UUID:
        person = Person(
            installation.tenant, "test", installation.scope.user_id, ADMINISTRATOR, installation.scope.user_id
        )
        rows = Rows(installation.database, installation.adapters.box, person)
        connector = await rows.connector(source.settings, credentials=rows.box.seal(source.credentials))
        found = await rows.report(name="Daily trades")
        query = QUERY.replace("= :reporting_date", "<= :reporting_date")
        document = plain_document(connector.id, source={"connector_id": str(connector.id), "query": query})
        version = await rows.version(found, document)
        await rows.draft(found, document)
        day, counts = utc_now().date() - timedelta(days=1), {"rows_in": 10, "rows_out": 8, "held": 2}
        run = await rows.run(
            version, state="succeeded", reporting_date=day, finished_at=utc_now(), with_findings=1, **counts
        )
        for number in (1, 2):
            await rows.held_record(run, row_number=number, record_key=f"T-{number}")
        await QualityService(installation.scope).measure(DayRange(day, day))
        assert await installation.connectors.get(ConnectorId(connector.id))
        return found.id

    return installation.run_now(store())


def test_decisions_are_written_ordered_and_tried(administrator: Visitor, report: UUID) -> None:
    page = administrator.open(f"/reports/{report}/edit?step=eligibility")
    add = page.get_by_role("button", name="Add a decision")
    add.click()
    first = page.get_by_role("region", name="Decision 1", exact=True)
    # A decision without its reason is no decision yet: nothing of it is checked further.
    first.get_by_label("Reason, for people").fill("A test book.")
    write(page, "When (D-1)", "quantty > 1")
    expect(first.get_by_text("Is quantity meant?")).to_be_visible()
    write(page, "When (D-1)", "trade_id = 'T-2'")
    add.click()
    second = page.get_by_role("region", name="Decision 2", exact=True)
    write(page, "When (D-2)", "quantity > 0")
    second.get_by_role("combobox", name="The record is").click()
    page.get_by_role("option", name="Held until its data arrives").click()
    second.get_by_label("Code").fill("WAIT")
    second.get_by_label("Reason, for people").fill("The price arrives later.")
    page.get_by_role("button", name="Move WAIT up").click()
    expect(page.get_by_text("WAIT is now decision 1 of 2")).to_be_attached()
    page.get_by_role("button", name="Move D-1 up").click()
    expect(first.get_by_label("Code")).to_have_value("D-1")
    expect(page.get_by_text("When held records can be reported")).to_be_visible()
    administrator.assert_accessible("editor-eligibility")
    administrator.assert_fits_narrow("editor-eligibility")
    administrator.picture("editor-eligibility")
    page.get_by_role("button", name="Dry run").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Run it").click()
    expect(dialog.get_by_text("Excluded: 1")).to_be_visible()
    expect(dialog.get_by_text("Held: 1")).to_be_visible()
    dialog.get_by_role("button", name="Row 2").click()
    expect(dialog.get_by_text("D-1 Excluded: A test book.")).to_be_visible()
    administrator.assert_accessible("dry-run-decided")
    administrator.picture("dry-run-decided")


def test_held_records_are_released_with_a_reason(administrator: Visitor, report: UUID) -> None:
    page = administrator.open(f"/held-records?report_id={report}")
    page.get_by_role("checkbox", name="Select T-1").check()
    expect(page.get_by_text("1 record chosen")).to_be_visible()
    page.get_by_role("button", name="Release", exact=True).click()
    dialog = page.get_by_role("dialog", name="Release 1 record")
    dialog.get_by_role("button", name="Release 1 record").click()
    expect(dialog.get_by_text("Say why.")).to_be_visible()
    administrator.assert_accessible("held-records-release")
    dialog.get_by_label("Reason").fill("The bank has called.")
    dialog.get_by_role("button", name="Release 1 record").click()
    row = page.get_by_role("row").filter(has_text="T-1")
    expect(row).to_contain_text("Released")
    expect(row).to_contain_text("The bank has called.")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("The records of 1 run are looked at within a minute")).to_be_visible()
    page.get_by_role("link", name="Released 1").click()
    expect(page.get_by_role("row").filter(has_text="T-2")).to_have_count(0)


def test_a_limit_that_is_crossed_is_seen(administrator: Visitor, report: UUID) -> None:
    page = administrator.open(f"/quality?report={report}")
    expect(page.get_by_role("img", name="Completeness: 1 day, last 80%")).to_be_visible()
    expect(page.get_by_text("No feedback yet").first).to_be_visible()
    page.get_by_role("button", name="Limits").click()
    dialog = page.get_by_role("dialog", name="Limits of Daily trades")
    dialog.get_by_label("Due at").fill("18:00")
    dialog.get_by_label("Completeness: critical").fill("90")
    dialog.get_by_role("button", name="Save the limits").click()
    expect(page.get_by_text("Critical").first).to_be_visible()
    page.get_by_text("Table", exact=True).click()
    expect(page.get_by_role("table", name="Trends of Daily trades").get_by_role("row")).to_have_count(2)
    administrator.assert_accessible("quality-table")
    administrator.picture("quality-table")
