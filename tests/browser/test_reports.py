"""The screens of reports against a real source: make, edit, try, review, approve; and how they look and read."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import EMAIL, PASSWORD
from tests.harness.browser import Visitor
from tests.harness.report_editor import begin_report

QUERY = "SELECT trade_id, quantity, price FROM trades WHERE trade_date = :reporting_date"


def write_source(page: Page, connector: str) -> None:
    """Connector and query."""
    page.get_by_role("combobox", name="Connector").click()
    page.get_by_role("option", name=connector).click()
    page.get_by_role("textbox", name="Query").click()
    page.keyboard.insert_text(QUERY)
    page.get_by_label("Reporting date").fill("2026-11-19")


def test_the_empty_list_says_what_to_do(administrator: Visitor) -> None:
    page = administrator.open("/reports")
    expect(page.get_by_text("No report yet")).to_be_visible()
    administrator.assert_accessible("reports-empty")
    administrator.assert_fits_narrow("reports-empty")
    page.get_by_role("button", name="New report").first.click()
    expect(page.get_by_role("dialog", name="New report")).to_be_visible()
    administrator.assert_accessible("reports-new")


def map_fields(administrator: Visitor, page: Page) -> None:
    """All fields from columns of the same name, with a sample of one."""
    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Fields").click()
    expect(page.locator("nav[aria-label=Steps] [aria-current]")).to_have_text(re.compile("Fields"))
    page.get_by_role("button", name="Map by name").click()
    dialog = page.get_by_role("dialog", name="Map by name")
    expect(dialog.get_by_text("100 %, same name").first).to_be_visible()
    administrator.assert_accessible("editor-auto-map")
    dialog.get_by_role("button", name="Map 3 fields").click()
    page.locator("[data-field=trade_id]").click()
    expect(page.get_by_role("table", name="Sample").get_by_text("T-1").first).to_be_visible()
    administrator.assert_accessible("editor-fields")
    administrator.assert_fits_narrow("editor-fields")


def choose_formats(administrator: Visitor, page: Page) -> None:
    """A second file, of fixed width: every field has its place, and no two of them overlap."""
    page.get_by_role("button", name="Add a file").click()
    second = page.get_by_role("group", name="File 2")
    second.get_by_role("combobox", name="Format").click()
    page.get_by_role("option", name="Fixed width").click()
    second.get_by_role("combobox", name="Packed").click()
    page.get_by_role("option", name="gzip").click()
    places = second.get_by_role("table", name="Places of the fields")
    expect(places.get_by_role("row")).to_have_count(4)
    places.get_by_role("textbox", name="From: quantity").fill("5")
    expect(second.get_by_text("begins at 5, inside trade_id")).to_be_visible()
    places.get_by_role("textbox", name="From: quantity").fill("21")
    expect(second.get_by_text("inside trade_id")).to_be_hidden()
    expect(second.get_by_text(re.compile(r"\.txt\.gz$"))).to_be_visible()
    administrator.assert_accessible("editor-formats")
    administrator.assert_fits_narrow("editor-formats")


def try_and_submit(administrator: Visitor, page: Page) -> None:
    """Rules and output as they are, a dry run, and the way into review."""
    for step in ("Rules", "Output"):
        page.get_by_role("navigation", name="Steps").get_by_role("link", name=step).click()
        administrator.assert_accessible(f"editor-{step.lower()}")
        administrator.assert_fits_narrow(f"editor-{step.lower()}")

    choose_formats(administrator, page)
    page.get_by_role("button", name="Dry run").click()
    panel = page.get_by_role("dialog", name="Dry run")
    panel.get_by_role("button", name="Run it").click()
    expect(panel.get_by_text("Reported: 2")).to_be_visible()
    administrator.assert_accessible("editor-dry-run")
    page.keyboard.press("Escape")

    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Review").click()
    expect(page.get_by_text("Everything fits")).to_be_visible()
    administrator.assert_accessible("editor-review")
    administrator.assert_fits_narrow("editor-review")
    page.get_by_label("What changed, in a sentence").fill("First version")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_role("heading", name=re.compile("Version"))).to_be_visible()
    expect(page.get_by_text("In review").first).to_be_visible()
    administrator.assert_accessible("version")
    administrator.assert_fits_narrow("version")


def test_a_report_is_built_tried_and_submitted(administrator: Visitor, connector: str) -> None:
    page = begin_report(administrator, "Daily trades")
    write_source(page, connector)
    expect(page.get_by_text(re.compile(r"Saved \d\d:\d\d"))).to_be_visible()
    editor = page.get_by_role("textbox", name="Query", exact=True)
    editor.press("Control+End")
    editor.press_sequentially(" AND trade_d")
    expect(page.get_by_role("option", name="trade_date")).to_be_visible()
    page.keyboard.press("Escape")
    for _ in " AND trade_d":
        page.keyboard.press("Backspace")
    page.get_by_role("button", name="Show the plan").click()
    plan = page.get_by_role("region", name="Plan of the query")
    expect(plan).to_contain_text("rows=")
    administrator.picture("report-source-plan")
    page.get_by_role("button", name="Show the first rows").click()
    expect(page.get_by_role("cell", name="T-1")).to_be_visible()
    administrator.assert_accessible("editor-source")
    administrator.assert_fits_narrow("editor-source")
    map_fields(administrator, page)
    try_and_submit(administrator, page)

    page = administrator.open("/approvals")
    expect(page.get_by_role("heading", name=re.compile("Daily trades"))).to_be_visible()
    administrator.assert_accessible("approvals")
    administrator.assert_fits_narrow("approvals")
    page.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog")
    administrator.assert_accessible("approve")
    dialog.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Nothing waits for approval")).to_be_visible()

    page = administrator.open("/reports")
    row = page.get_by_role("row", name=re.compile("Daily trades"))
    expect(row.get_by_text("Active")).to_be_visible()
    administrator.assert_accessible("reports")
    administrator.assert_fits_narrow("reports")
    row.get_by_role("link", name="Daily trades").click()
    expect(page.get_by_text("What the live version does")).to_be_visible()
    administrator.assert_accessible("report-overview")
    for tab in ("Versions", "Settings"):
        page.get_by_role("navigation", name="Parts of the report").get_by_role("link", name=tab).click()
        administrator.assert_accessible(f"report-{tab.lower()}")
        administrator.assert_fits_narrow(f"report-{tab.lower()}")


def test_two_people_who_write_at_once_are_asked(administrator: Visitor, connector: str) -> None:
    page = begin_report(administrator, "Written twice")
    write_source(page, connector)
    expect(page.get_by_text(re.compile(r"Saved \d\d:\d\d"))).to_be_visible()
    other = administrator.context.new_page()
    other.goto(page.url)
    other.get_by_role("textbox", name="Query").click()
    other.keyboard.press("Control+Home")
    other.keyboard.insert_text("-- theirs\n")
    expect(other.get_by_text("Not saved yet")).to_be_visible()
    expect(other.get_by_text(re.compile(r"Saved \d\d:\d\d"))).to_be_visible()
    page.get_by_role("textbox", name="Query").click()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text("-- mine\n")
    dialog = page.get_by_role("dialog", name="Somebody else changed this draft")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Compare").click()
    expect(dialog.get_by_text("-- theirs")).to_be_visible()
    administrator.assert_accessible("editor-conflict")
    dialog.get_by_role("button", name="Keep mine").click()
    expect(page.get_by_text(re.compile(r"Saved \d\d:\d\d"))).to_be_visible()
    other.close()


def test_what_was_typed_when_the_session_ended_is_offered_again(administrator: Visitor) -> None:
    page = begin_report(administrator, "Interrupted")
    administrator.context.clear_cookies()
    page.route("**/api/v1/reports/*/draft", lambda route: route.fulfill(status=401, json={"status": 401}))
    page.get_by_role("textbox", name="Query").click()
    page.keyboard.insert_text("SELECT 1 AS one")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.unroute("**/api/v1/reports/*/draft")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Take them up again").click()
    expect(page.get_by_role("textbox", name="Query")).to_contain_text("SELECT 1 AS one")
    expect(page.get_by_text(re.compile(r"Saved \d\d:\d\d"))).to_be_visible()
