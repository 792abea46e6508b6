"""An extract is brought, its columns are mapped, and what differs is shown, explained and corrected."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.persistence.models.reconciliation import Reconciliation
from backend.services.reconciliation_work import ReconciliationWorker
from tests.factories.people import Person
from tests.factories.reconciliation_desk import extract
from tests.factories.rows import Rows
from tests.factories.stored_rows import REPORTING_DATE
from tests.factories.submitted_runs import SubmittedReport, line_of, submitted_report, submitted_run, trade
from tests.harness.browser import Visitor
from tests.harness.installation import ADMINISTRATOR, Installation


@pytest.fixture(scope="module")
def report(installation: Installation) -> SubmittedReport:
    """A report that has submitted three records."""
    scope = installation.scope
    person = Person(installation.tenant, "test", scope.user_id, ADMINISTRATOR, scope.user_id)

    async def store() -> SubmittedReport:
        rows = Rows(installation.database, installation.adapters.box, person)
        made = await submitted_report(rows)
        await submitted_run(rows, installation.adapters.storage, made, [trade(1), trade(2), trade(3)])
        return made

    return installation.run_now(store())


def compare_all(installation: Installation) -> None:
    """What a worker does with everything that waits."""

    async def compare() -> None:
        worker = ReconciliationWorker(installation.database, installation.adapters.storage, utc_now)
        async with installation.scope.reading() as session:
            waiting = (await session.scalars(select(Reconciliation.id))).all()
        for one in waiting:
            await worker.compare(installation.tenant, one)

    installation.run_now(compare())


def test_an_extract_is_mapped_compared_and_explained(
    administrator: Visitor, installation: Installation, report: SubmittedReport
) -> None:
    header = ("Executing entity LEI", "Transaction reference number", "Menge", "Note")
    rows = [line_of(one) for one in (trade(1, quantity=Decimal("9.5")), trade(3), trade("X"))]
    content = extract([[one[0], one[1], one[2], ""] for one in rows], header)
    page = administrator.open("/reconciliations")
    expect(page.get_by_text("No reconciliation yet")).to_be_visible(timeout=15_000)
    page.get_by_role("link", name="New reconciliation").first.click()
    expect(page.get_by_role("heading", name="New reconciliation")).to_be_visible(timeout=15_000)
    page.get_by_role("combobox", name="Report").click()
    page.get_by_role("option", name=report.report.name).click()
    page.get_by_label("First reporting date").fill(REPORTING_DATE.isoformat())
    page.get_by_label("Last reporting date").fill(REPORTING_DATE.isoformat())
    with page.expect_file_chooser() as chooser:
        page.get_by_label("Extract").first.click()
    chooser.value.set_files([{"name": "authority.csv", "mimeType": "text/csv", "buffer": content}])
    expect(page.get_by_text("Only keys are mapped")).to_be_visible()
    page.get_by_role("combobox", name="Field of Menge").fill("Quantity nom")
    page.get_by_role("option", name="Quantity nominal").click()
    expect(page.get_by_text("Only keys are mapped")).to_be_hidden()
    page.get_by_label("Keep this mapping as").fill("Of the authority")
    administrator.picture("reconciliation-new")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="authority.csv")).to_be_visible()
    compare_all(installation)
    expect(page.get_by_text("All 3 differences are listed.")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("cell", name="quantity_nominal", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="Never submitted")).to_be_visible()
    administrator.picture("reconciliation-detail")
    page.get_by_role("checkbox", name="TRN2").check()
    page.get_by_role("button", name="Explain", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Explanation").fill("The venue reports it.")
    dialog.get_by_role("button", name="Explain").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("cell", name="Explained", exact=True)).to_be_visible()
    page.get_by_role("checkbox", name="TRN1").check()
    page.get_by_role("button", name="Correct as exceptions").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why they are corrected").fill("The quantity was wrong.")
    dialog.get_by_role("button", name="Open exceptions").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Open", exact=True)).to_be_visible()
