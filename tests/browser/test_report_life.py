"""The life of a report between an author and an approver who are two people: each step in a browser of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.domain.reports.versions import ReportVersionState
from backend.domain.roles import ROLE_TEMPLATES
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.tenant import Tenant
from tests.browser.conftest import EMAIL, Arrive
from tests.browser.conftest import PASSWORD as ADMINISTRATORS_PASSWORD
from tests.factories.documents import plain_document
from tests.factories.people import PASSWORD, Person, new_member
from tests.factories.rows import AT, Rows
from tests.factories.source import SourceOfTrades
from tests.harness.browser import Visitor
from tests.harness.installation import REPORTING_DATE, Installation, create_demo_source
from tests.services.servers import PostgresServer

AUTHOR, APPROVER = "ada@desk.example", "bo@desk.example"
SAVED = re.compile(r"Saved \d\d:\d\d")


@pytest.fixture(scope="module")
def mifir(installation: Installation, postgres_server: PostgresServer) -> str:
    """The demo's report over a day of the demo's trades; its id."""
    day = create_demo_source(postgres_server, 60)

    async def store() -> str:
        report = await installation.add_demo_report(day)
        return str(report)

    return installation.run_now(store())


@dataclass(frozen=True, slots=True)
class Desk:
    """What the author has, with four eyes on: a report with an old, a live and a new version, and a spare one."""

    daily: Report
    old: ReportVersion
    new: ReportVersion
    later: ReportVersion
    spare: Report

    def path(self, version: ReportVersion) -> str:
        """Where a version is looked at."""
        return f"/reports/{version.report_id}/versions/{version.id}"


@pytest.fixture(scope="module")
def desk(installation: Installation, source: SourceOfTrades, mifir: str) -> Desk:
    """Stored before anybody looks; the regulation's report went live while one person could do that alone."""

    async def store() -> Desk:
        async with installation.database.transaction(installation.tenant) as session:
            tenant = await session.get_one(Tenant, installation.tenant)
            tenant.four_eyes, tenant.four_eyes_off_reason = True, None
        # An author who could approve by permission: that it is their own work is what stands against it.
        author = await _member(installation, AUTHOR, {*ROLE_TEMPLATES["report_author"].permissions, "reports:approve"})
        await _member(installation, APPROVER, ROLE_TEMPLATES["approver"].permissions)
        rows = Rows(installation.database, installation.adapters.box, author)
        seal = rows.box.seal(source.credentials)
        connector = await rows.connector(source.settings, credentials=seal, name="trading desk")
        document = plain_document(connector.id)
        changed = plain_document(connector.id, fields={"reference": "trade_id", "amount": "price"})
        daily = await rows.report(name="Daily trades", slug="daily-trades")
        old = await rows.version(daily, document, state=ReportVersionState.ARCHIVED)
        await rows.version(daily, document, major=2)
        new = await rows.version(daily, changed, major=2, minor=1, state=ReportVersionState.DRAFT)
        spare = await rows.report(name="Spare", slug="spare")
        in_review = {"state": ReportVersionState.IN_REVIEW, "submitted_by": author.user_id, "submitted_at": AT}
        later = await rows.version(spare, document, **in_review)
        return Desk(daily, old, new, later, spare)

    return installation.run_now(store())


async def _member(installation: Installation, email: str, permissions: Iterable[str]) -> Person:
    return await new_member(installation.database, installation.tenant, "test", email, permissions=permissions)


@pytest.fixture
def author(arrive: Arrive, desk: Desk) -> Visitor:
    """Who wrote the versions."""
    visitor = arrive()
    visitor.begin_signed_in(AUTHOR, PASSWORD)
    return visitor


@pytest.fixture
def approver(arrive: Arrive, desk: Desk) -> Visitor:
    """Who did not."""
    visitor = arrive()
    visitor.begin_signed_in(APPROVER, PASSWORD)
    return visitor


def test_the_approver_hears_of_it_at_once_and_the_author_may_not_decide(
    author: Visitor, approver: Visitor, desk: Desk
) -> None:
    bell = approver.open("/").get_by_role("button", name=re.compile("^Notices"))
    expect(bell).to_have_accessible_name("Notices")
    page = author.open(desk.path(desk.new))
    page.get_by_role("button", name="Submit for approval").click()
    page.get_by_role("dialog").get_by_role("button", name="Submit for approval").click()
    approve = page.get_by_role("button", name="Approve")
    expect(approve).to_have_attribute("aria-disabled", "true")
    expect(approve).to_have_attribute("aria-description", re.compile("Somebody else must decide"))
    author.assert_accessible("version-own-work")

    expect(bell).to_have_accessible_name("Notices, 1 unread")
    bell.click()
    notices = approver.page.get_by_role("dialog", name="Notices")
    expect(notices.get_by_text("Daily trades").first).to_be_visible()
    approver.assert_accessible("bell")
    notices.get_by_role("link").first.click()
    expect(approver.page.get_by_role("heading", name=re.compile("Version 2.1|Approvals"))).to_be_visible()


def test_a_rejection_says_why_and_goes_back_to_the_author(author: Visitor, approver: Visitor, desk: Desk) -> None:
    page = approver.open(desk.path(desk.new))
    page.get_by_role("button", name="Reject").click()
    dialog = page.get_by_role("dialog", name="Reject version 2.1")
    dialog.get_by_role("button", name="Reject").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    approver.assert_accessible("reject")
    dialog.get_by_label("Comment").fill("The quantity is missing.")
    dialog.get_by_role("button", name="Reject").click()
    expect(dialog).to_be_hidden()
    page = author.open(desk.path(desk.new))
    expect(page.get_by_text("The quantity is missing.")).to_be_visible()
    expect(page.get_by_role("button", name="Submit for approval")).to_be_visible()


def test_an_approval_can_hold_from_a_later_day(approver: Visitor, desk: Desk) -> None:
    page = approver.open(desk.path(desk.later))
    page.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog", name="Approve version 1.0")
    dialog.get_by_role("textbox", name="Live from").fill("3 Dec 2099")
    page.keyboard.press("Tab")
    approver.assert_accessible("approve-later")
    dialog.get_by_role("button", name="Approve").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Approved", exact=True).first).to_be_visible()
    expect(page.get_by_text("3 Dec 2099").first).to_be_visible()


def test_an_older_version_is_brought_back_as_a_draft(author: Visitor, desk: Desk) -> None:
    page = author.open(desk.path(desk.old))
    page.get_by_role("button", name="Roll back to this").click()
    dialog = page.get_by_role("dialog", name="Bring back version 1.0")
    author.assert_accessible("roll-back")
    dialog.get_by_role("button", name="Roll back to this").click()
    expect(page.get_by_role("heading", name="Version 3.0")).to_be_visible()
    expect(page.get_by_text("brought an older document back").first).to_be_visible()


def test_a_report_is_copied(author: Visitor, desk: Desk) -> None:
    page = more_for(author, desk.daily)
    page.get_by_role("menuitem", name="Make a copy").click()
    dialog = page.get_by_role("dialog", name="Copy Daily trades")
    expect(dialog.get_by_label("Short name")).to_have_value("daily-trades-copy")
    author.assert_accessible("report-copy")
    dialog.get_by_role("button", name="Make the copy").click()
    expect(page.get_by_role("heading", name="Edit Daily trades (copy)")).to_be_visible()


def test_archiving_acts_at_once_and_can_be_undone(approver: Visitor, desk: Desk) -> None:
    page = more_for(approver, desk.spare)
    page.get_by_role("menuitem", name="Archive").click()
    expect(page.get_by_text("Spare is archived")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Spare"))).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Spare is back in use")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Spare"))).to_have_count(1)


def more_for(visitor: Visitor, report: Report) -> Page:
    """The menu of less frequent actions in the list."""
    page = visitor.open("/reports")
    page.get_by_role("button", name=f"More for {report.name}").click()
    return page


def test_a_report_is_exported_and_imported_with_its_difference_shown(
    author: Visitor, desk: Desk, tmp_path: Path
) -> None:
    page = author.open(desk.path(desk.old))
    with page.expect_download() as started:
        page.get_by_role("button", name="Export as YAML").click()
    exported = Path(started.value.path()).read_text("utf-8")
    assert "trading desk" in exported
    file = tmp_path / "daily.yaml"
    file.write_text(exported.replace("quantity * price", "quantity * 2"), "utf-8")
    page = author.open("/reports")
    page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog", name="Import a report")
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="YAML file").click()
    chooser.value.set_files(file)
    expect(dialog.get_by_text(re.compile("Adds a draft version to “Daily trades”"))).to_be_visible()
    expect(dialog.get_by_text("quantity * 2")).to_be_visible()
    author.assert_accessible("import")
    dialog.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name=re.compile(r"Version [34].0"))).to_be_visible()
    expect(page.get_by_text("imported it from a file").first).to_be_visible()


def test_a_rule_is_written_and_what_is_missing_is_named(author: Visitor, desk: Desk) -> None:
    page = author.open(f"/reports/{desk.daily.id}/edit?step=rules")
    page.get_by_role("button", name="Add a rule").click()
    dialog = page.get_by_role("dialog", name="Add a rule")
    dialog.get_by_role("button", name="Keep the rule").click()
    expect(dialog.get_by_text("Needed.").first).to_be_visible()
    author.assert_accessible("rule-form")
    dialog.get_by_label("Title").fill("There is a price")
    dialog.get_by_role("textbox", name="Must be true").click()
    page.keyboard.insert_text("amount is not null")
    dialog.get_by_label("What the finding says").fill("The price is missing.")
    dialog.get_by_role("button", name="Keep the rule").click()
    expect(page.get_by_role("row", name=re.compile("There is a price"))).to_be_visible()
    expect(page.get_by_text(SAVED)).to_be_visible()


def test_what_cannot_be_saved_is_not_left_by_mistake(author: Visitor, desk: Desk) -> None:
    page = author.open(f"/reports/{desk.daily.id}/edit?step=source")
    page.route("**/api/v1/reports/*/draft", lambda route: route.fulfill(status=503, json={"status": 503}))
    page.get_by_role("textbox", name="Query").click()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text("-- not yet saved\n")
    page.get_by_role("link", name="Back to the report").click()
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    author.assert_accessible("leave")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("textbox", name="Query")).to_contain_text("not yet saved")
    page.get_by_role("link", name="Back to the report").click()
    dialog.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Daily trades", exact=True)).to_be_visible()


def test_a_whole_regulation_is_edited_and_tried(arrive: Arrive, mifir: str) -> None:
    """65 fields in 175 columns: found, changed, saved, and tried from the source row to the record and its findings."""
    author = arrive()
    author.begin_signed_in(EMAIL, ADMINISTRATORS_PASSWORD)
    page = author.open(f"/reports/{mifir}/edit?step=fields&date={REPORTING_DATE.isoformat()}")
    expect(page.get_by_text(re.compile(r"\d+ of \d+ required fields mapped"))).to_be_visible()
    author.assert_accessible("mifir-fields")
    author.assert_fits_narrow("mifir-fields")
    page.get_by_role("textbox", name="Search number, name or expression").fill("buyer_person_id")
    page.locator("[data-field=buyer_person_id]").click()
    expect(page.get_by_text("Personal data", exact=True)).to_be_visible()
    expect(page.get_by_role("table", name="Sample")).to_be_visible()
    author.assert_accessible("mifir-field")
    author.assert_fits_narrow("mifir-field")

    editor = page.get_by_role("textbox", name="Expression", exact=True)
    editor.click()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text("trim(")
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(")")
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    expect(page.get_by_text(SAVED)).to_be_visible()
    page.reload()
    expect(page.get_by_role("textbox", name="Expression", exact=True)).to_contain_text("trim(")

    page.get_by_role("button", name="Dry run").click()
    panel = page.get_by_role("dialog", name="Dry run")
    panel.get_by_role("button", name="Run it").click()
    expect(panel.get_by_text(re.compile("Reported: [1-9]"))).to_be_visible()
    for part in ("Source row", "Target fields"):
        expect(panel.get_by_role("table", name=part)).to_be_visible()
    expect(panel.get_by_text(re.compile("<Tx>|<New>")).first).to_be_visible()
    author.assert_accessible("mifir-dry-run")
    author.assert_fits_narrow("mifir-dry-run")
    page.keyboard.press("Escape")
    for step in ("Source", "Rules", "Output", "Review"):
        page.get_by_role("navigation", name="Steps").get_by_role("link", name=step).click()
        author.settle()
        author.assert_accessible(f"mifir-{step.lower()}")
        author.assert_fits_narrow(f"mifir-{step.lower()}")
