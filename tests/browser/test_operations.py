"""Watching what is produced: dashboard, runs, their files, and the ways in and out."""

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import expect

from backend.core.ids import RunId
from backend.demo.sftp_server import SftpServer, started_sftp_server
from tests.harness.browser import Visitor
from tests.harness.installation import REPORTING_DATE, Installation, SourceAddress, create_demo_source
from tests.harness.supervise import supervise_apart
from tests.services.servers import PostgresServer

ROWS = 300


@pytest.fixture(scope="module")
def source(postgres_server: PostgresServer) -> SourceAddress:
    """A day of trades."""
    return create_demo_source(postgres_server, ROWS)


@pytest.fixture(scope="module")
def run_id(installation: Installation, source: SourceAddress) -> UUID:
    """A run of the demo's report, seen to its end; some of its records are set aside and it is held."""

    async def request() -> UUID:
        report = await installation.add_demo_report(source, on_partial="hold")
        run = await installation.runs.request(report, REPORTING_DATE, {})
        return run.id

    run_id = installation.run_now(request())
    supervise_apart(installation, run_id)
    return run_id


@pytest.fixture(scope="module")
def sftp() -> Iterator[SftpServer]:
    """A partner's server, started in a thread of its own: in this one Playwright's loop runs."""
    server = started_sftp_server()
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield thread.submit(server.__enter__).result()
        thread.submit(server.__exit__, None, None, None).result()


def stored_hashes(installation: Installation, run_id: UUID) -> set[str]:
    async def read() -> set[str]:
        files = await installation.artifacts(RunId(run_id))
        return {one.sha256 for one in files.values()}

    return installation.run_now(read())


def test_the_first_day_shows_the_way(administrator: Visitor) -> None:
    page = administrator.open("/")
    expect(page.get_by_role("link", name="Connect a source")).to_be_visible()
    administrator.assert_accessible("dashboard-first-day")
    administrator.assert_fits_narrow("dashboard-first-day")


def test_the_dashboard_leads_to_the_run_that_waits(administrator: Visitor, run_id: UUID) -> None:
    page = administrator.open("/")
    administrator.assert_accessible("dashboard")
    administrator.assert_fits_narrow("dashboard")
    page.get_by_text("Table", exact=True).click()
    expect(page.get_by_role("table", name="Last 14 days")).to_be_visible()
    page.get_by_role("link", name=re.compile("Held runs")).click()
    expect(page).to_have_url(re.compile(r"is_held=true"))
    page.get_by_role("table", name="Runs").get_by_role("link", name=str(run_id)[-12:]).click()
    expect(page.get_by_text("Held: nothing is delivered until somebody decides")).to_be_visible()
    expect(page.get_by_text("Reconciled")).to_be_visible()


@pytest.mark.parametrize("tab", ["overview", "log", "findings", "exceptions", "files", "deliveries", "parameters"])
def test_every_part_of_a_run_is_accessible_and_narrow(administrator: Visitor, run_id: UUID, tab: str) -> None:
    page = administrator.open(f"/runs/{run_id}?tab={tab}")
    expect(page.get_by_text("Ended", exact=True)).to_be_visible()
    administrator.assert_accessible(f"run-{tab}")
    administrator.assert_fits_narrow(f"run-{tab}")


def test_a_file_is_downloaded_as_it_is_stored(administrator: Visitor, installation: Installation, run_id: UUID) -> None:
    page = administrator.open(f"/runs/{run_id}?tab=files")
    with page.expect_download() as started:
        page.get_by_role("button", name=re.compile("^Download ")).first.click()
    content = Path(started.value.path()).read_bytes()
    assert hashlib.sha256(content).hexdigest() in stored_hashes(installation, run_id)


def test_a_line_of_the_log_has_an_address(administrator: Visitor, run_id: UUID) -> None:
    page = administrator.open(f"/runs/{run_id}?tab=log")
    page.get_by_role("link", name="Line 2", exact=True).click()
    expect(page.locator("#L2")).to_have_attribute("data-marked", "true")
    page.get_by_role("textbox", name="Filter lines").fill("nothing has this")
    expect(page.get_by_text("No line contains “nothing has this”")).to_be_visible()
    page.reload()
    expect(page.get_by_role("textbox", name="Filter lines")).to_have_value("nothing has this")


def test_a_run_is_started_by_keyboard_and_cancelled_after_asking(administrator: Visitor, run_id: UUID) -> None:
    page = administrator.open("/runs")
    expect(page.get_by_role("link", name=str(run_id)[-12:])).to_be_visible()
    administrator.assert_accessible("runs")
    administrator.assert_fits_narrow("runs")
    administrator.press_until_focused(page.get_by_role("button", name="Start a run"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Start a run")
    administrator.assert_accessible("runs-start")
    dialog.get_by_role("combobox", name="Report").fill("Test")
    page.get_by_role("option", name="Test").first.click()
    dialog.get_by_label("Reporting date").fill("2026-11-19")
    dialog.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Cancel run").click()
    administrator.assert_accessible("run-cancel")
    page.get_by_role("dialog").get_by_role("button", name="Cancel run").click()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()


def test_a_run_that_is_held_is_released_after_asking(administrator: Visitor, run_id: UUID) -> None:
    page = administrator.open(f"/runs/{run_id}")
    page.get_by_role("button", name="Release").click()
    administrator.assert_accessible("run-release")
    page.get_by_role("dialog").get_by_role("button", name="Release").click()
    expect(page.get_by_text("Held: nothing is delivered until somebody decides")).to_be_hidden()


def test_a_connector_is_tried_stored_browsed_and_deleted(administrator: Visitor, source: SourceAddress) -> None:
    page = administrator.open("/connectors/new")
    page.get_by_label("Name").fill("warehouse")
    page.get_by_role("textbox", name="Host").fill(source.host)
    page.get_by_role("textbox", name="Port").fill(str(source.port))
    page.get_by_label("Database").fill(source.database)
    page.get_by_role("combobox", name="Encryption").click()
    page.get_by_role("option", name="No TLS").click()
    page.get_by_label("User").fill(source.username)
    page.get_by_role("textbox", name="Password").fill(source.password)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The connection works")).to_be_visible()
    administrator.assert_accessible("connector-new")
    administrator.assert_fits_narrow("connector-new")
    page.get_by_role("button", name="Create connector").click()

    page.get_by_role("link", name="Browse").click()
    page.get_by_role("navigation", name="Tables").get_by_role("link", name="trades").click()
    expect(page.get_by_role("table", name="First 20 rows").get_by_role("row")).to_have_count(21)
    administrator.assert_accessible("connector-browse")
    administrator.assert_fits_narrow("connector-browse")

    page.get_by_role("link", name="Settings").last.click()
    administrator.assert_accessible("connector-settings")
    page.get_by_role("button", name="Delete").click()
    administrator.assert_accessible("connector-delete")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type warehouse to confirm").fill("warehouse")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Connectors")).to_be_visible()
    expect(page.get_by_role("link", name="warehouse")).to_be_hidden()
    administrator.assert_accessible("connectors")


def test_a_destination_is_stored_after_its_host_key_was_confirmed(administrator: Visitor, sftp: SftpServer) -> None:
    page = administrator.open("/destinations/new")
    page.get_by_role("textbox", name="Name", exact=True).fill("regulator")
    page.get_by_role("textbox", name="Host", exact=True).fill(sftp.host)
    page.get_by_role("textbox", name="Port", exact=True).fill(str(sftp.port))
    page.get_by_role("textbox", name="User", exact=True).fill(sftp.username)
    page.get_by_role("textbox", name="Private key").fill(sftp.private_key)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text(sftp.fingerprint, exact=True)).to_be_visible()
    administrator.assert_accessible("destination-host-key")
    administrator.assert_fits_narrow("destination-host-key")
    page.get_by_role("button", name="They are the same").click()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Files can be delivered")).to_be_visible()
    page.get_by_role("button", name="Create destination").click()
    expect(page.get_by_role("heading", name="regulator")).to_be_visible()
    administrator.assert_accessible("destination")
    administrator.open("/destinations")
    administrator.assert_accessible("destinations")


def test_a_webhook_shows_its_secret_once_and_is_disabled(administrator: Visitor) -> None:
    page = administrator.open("/webhook-endpoints/new")
    page.get_by_role("textbox", name="Address").fill("https://93.184.216.34/events")
    administrator.assert_accessible("webhook-new")
    page.get_by_role("button", name="Create webhook").click()
    dialog = page.get_by_role("dialog", name="Signing secret of the webhook")
    expect(dialog.get_by_text(re.compile("^whsec_"))).to_be_visible()
    administrator.assert_accessible("webhook-secret")
    dialog.get_by_role("button", name="Done").click()
    dialog.get_by_role("button", name="Close without copying").click()
    page.get_by_role("button", name="Disable").click()
    question = page.get_by_role("dialog", name="Disable this webhook?")
    expect(question).to_be_visible()
    administrator.assert_accessible("webhook-disable")
    question.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("Disabled: removed")).to_be_visible()
    administrator.assert_fits_narrow("webhook")
    administrator.open("/webhook-endpoints")
    administrator.assert_accessible("webhooks")
