"""From an installation that has just been started to a file in the hand: everything by the browser, as three people."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.demo.database import SourceDatabase, build_source
from backend.demo.platform_client import PlatformClient
from backend.demo.trades import Day
from backend.embedded.platform import PlatformState, started_platform
from tests.harness.browser import Visitor
from tests.harness.report_editor import open_step, write

PASSWORD = "glacier-ochre-violin-42"
DAY = Day(seed=7, reporting_date=date(2026, 11, 20), rows=200)
QUERY = "select trade_id, quantity from trading.trades where trade_date = :reporting_date order by trade_id"
#: Workers fetch a mail, and a run, within this on a busy machine.
WORK_MS = 60_000


@pytest.fixture(scope="module")
def platform(services_folder: Path) -> Iterator[PlatformState]:
    """OpenReg as `make up` starts it, with no data."""
    with started_platform(services_folder / "first-day") as state:
        yield state


@pytest.fixture(scope="module")
def source(platform: PlatformState) -> SourceDatabase:
    """The database of a desk, which OpenReg may read."""
    return build_source(platform.postgres_superuser_dsn, DAY)


@pytest.fixture
def people(chromium: Browser, platform: PlatformState) -> Iterator[list[Visitor]]:
    """Administrator, author and approver, each at a browser of their own."""
    visitors = [Visitor.arrive(chromium, platform.api_url) for _ in range(3)]
    yield visitors
    for visitor in visitors:
        visitor.leave()


def test_from_nothing_to_an_approved_report_and_its_file(
    people: list[Visitor], platform: PlatformState, source: SourceDatabase
) -> None:
    administrator, author, approver = people
    administrator.sign_in(platform.admin_email, platform.admin_password)
    invite(administrator, "ada@desk.example", "Report author")
    invite(administrator, "bo@desk.example", "Approver")
    connect(administrator, source)
    accept(author, link_mailed_to(administrator, "ada@desk.example"), "Ada Author", "ada@desk.example")
    accept(approver, link_mailed_to(administrator, "bo@desk.example"), "Bo Approver", "bo@desk.example")
    build(author)
    try_it(author.page)
    submit(author.page)
    approve(approver)
    file = run_and_download(author)
    assert hashlib.sha256(file.read_bytes()).hexdigest() in stored_hashes(platform)
    lines = file.read_text("utf-8").splitlines()
    assert lines[0] == "reference,amount"
    assert len(lines) > DAY.rows // 2


def invite(administrator: Visitor, email: str, role: str) -> None:
    page = administrator.open("/users")
    page.get_by_role("button", name="Invite somebody").click()
    dialog = page.get_by_role("dialog", name="Invite somebody")
    dialog.get_by_label("E-mail").fill(email)
    dialog.get_by_role("checkbox", name=re.compile(role)).check()
    dialog.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("table", name="Open invitations")).to_contain_text(email)


def link_mailed_to(administrator: Visitor, email: str) -> str:
    """The path of the link in the mail that the outbox keeps, for no mail server is set up."""
    page = administrator.open("/mail-outbox")
    expect(page.get_by_role("row").filter(has_text=email).get_by_text("Kept")).to_be_visible(timeout=WORK_MS)
    page.get_by_role("row").filter(has_text=email).get_by_role("link").first.click()
    link = page.get_by_text(re.compile("accept-invitation#")).first
    expect(link).to_be_visible()
    found = re.search(r"/accept-invitation#[\w.-]+", link.inner_text())
    assert found is not None
    return found[0]


def accept(guest: Visitor, link: str, name: str, email: str) -> None:
    page = guest.open(link)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.get_by_role("status")).to_be_visible()
    guest.sign_in(email, PASSWORD)


def connect(administrator: Visitor, source: SourceDatabase) -> None:
    page = administrator.open("/connectors/new")
    page.get_by_label("Name").fill("trading desk")
    page.get_by_role("textbox", name="Host").fill(source.host)
    page.get_by_role("textbox", name="Port").fill(str(source.port))
    page.get_by_label("Database").fill(source.name)
    page.get_by_role("combobox", name="Encryption").click()
    page.get_by_role("option", name="No TLS").click()
    page.get_by_label("User").fill(source.username)
    page.get_by_role("textbox", name="Password").fill(source.password)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The connection works")).to_be_visible()
    page.get_by_role("button", name="Create connector").click()
    expect(page).not_to_have_url(re.compile("/new$"))


def build(author: Visitor) -> None:
    """Source, two fields and a file, step by step in the editor."""
    page = author.open("/reports")
    page.get_by_role("button", name="New report").first.click()
    dialog = page.get_by_role("dialog", name="New report")
    dialog.get_by_label(re.compile("^Name")).fill("Daily trades")
    dialog.get_by_label("Short name").fill("daily-trades")
    dialog.get_by_role("button", name="Create and open").click()
    page.get_by_role("combobox", name="Connector").click()
    page.get_by_role("option", name=re.compile("trading desk")).click()
    write(page, "Query", QUERY)
    open_step(page, "Fields")
    for name, expression in (("reference", "trade_id"), ("amount", "quantity")):
        page.get_by_label("Name of the new field").fill(name)
        page.get_by_role("button", name="Add a field").click()
        write(page, "Expression", expression)
    open_step(page, "Output")
    page.get_by_role("combobox", name="Key of a record").click()
    page.get_by_role("option", name="reference").click()
    page.keyboard.press("Escape")


def try_it(page: Page) -> None:
    page.get_by_role("button", name="Dry run").first.click()
    panel = page.get_by_role("dialog", name="Dry run")
    panel.get_by_label("Reporting date").fill(DAY.reporting_date.isoformat())
    panel.get_by_role("button", name="Run it").click()
    expect(panel.get_by_text("Reported").first).to_be_visible(timeout=WORK_MS)
    page.keyboard.press("Escape")


def submit(page: Page) -> None:
    open_step(page, "Review")
    expect(page.get_by_text("Everything fits")).to_be_visible()
    page.get_by_label("What changed, in a sentence").fill("The first version")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_role("heading", name="Version 1.0")).to_be_visible()
    expect(page.get_by_text("In review").first).to_be_visible()


def approve(approver: Visitor) -> None:
    page = approver.open("/approvals")
    page.get_by_role("link", name=re.compile("Open the version|Daily trades")).first.click()
    expect(page.get_by_role("heading", name="Version 1.0")).to_be_visible()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("Active").first).to_be_visible()


def run_and_download(author: Visitor) -> Path:
    page = author.open("/runs")
    page.get_by_role("button", name="Start a run").first.click()
    dialog = page.get_by_role("dialog", name="Start a run")
    dialog.get_by_role("combobox", name="Report").fill("Daily")
    page.get_by_role("option", name=re.compile("Daily trades")).first.click()
    dialog.get_by_label("Reporting date").fill(DAY.reporting_date.isoformat())
    dialog.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("Succeeded", exact=True).first).to_be_visible(timeout=WORK_MS)
    page = author.open(f"{page.url.partition('?')[0]}?tab=files")
    with page.expect_download() as started:
        page.get_by_role("button", name=re.compile("^Download ")).first.click()
    return Path(started.value.path())


def stored_hashes(platform: PlatformState) -> set[str]:
    """What the API says of the files of the only run."""
    with PlatformClient(platform.api_url, platform.admin_email, platform.admin_password) as client:
        run = client.get("/runs")["items"][0]
        return {one["sha256"] for one in client.get(f"/runs/{run['id']}/artifacts")["items"]}
