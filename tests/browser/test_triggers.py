"""A trigger on screen: it is made, a file arrives, and the run stands there with what started it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from backend.core.clock import utc_now
from backend.demo.sftp_server import SftpServer, started_sftp_server
from backend.persistence.models.trigger import Trigger
from backend.services.delivery import TransferOpener
from backend.services.source_access import ConnectorOpener
from backend.services.trigger_looks import TriggerLooks, TriggerSources
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups
from tests.harness.browser import Visitor
from tests.harness.installation import ADMINISTRATOR, Installation, create_demo_source
from tests.services.servers import PostgresServer

INBOX = "inbox"
PARTNER = "Partner's folder"


@pytest.fixture(scope="module")
def sftp() -> Iterator[SftpServer]:
    """The partner's server, started in a thread of its own: in this one Playwright's loop runs."""
    server = started_sftp_server()
    with ThreadPoolExecutor(max_workers=1) as thread:
        started = thread.submit(server.__enter__).result()
        (started.folder / INBOX).mkdir()
        yield started
        thread.submit(server.__exit__, None, None, None).result()


@pytest.fixture(scope="module")
def report_name(installation: Installation, postgres_server: PostgresServer, sftp: SftpServer) -> str:
    """A report that can be run, and a destination that can be looked into."""
    source = create_demo_source(postgres_server, 10)
    person = Person(installation.tenant, "test", installation.scope.user_id, ADMINISTRATOR, installation.scope.user_id)

    async def create() -> str:
        rows = Rows(installation.database, installation.adapters.box, person)
        settings = {
            "host": sftp.host,
            "port": sftp.port,
            "username": sftp.username,
            "folder": ".",
            "host_key_fingerprint": sftp.fingerprint,
        }
        sealed = rows.box.seal({"private_key": sftp.private_key})
        await rows.destination(settings, name=PARTNER, credentials=sealed)
        report_id = await installation.add_demo_report(source)
        report = await installation.reports.get(report_id)
        return str(report.report.name)

    return installation.run_now(create())


def look(installation: Installation, trigger_id: UUID, later: timedelta) -> int:
    """What a worker does, so much later, with connections of its own."""

    async def done() -> int:

        def now() -> datetime:
            return utc_now() + later

        async with installation.database.transaction(installation.tenant) as session:
            due = update(Trigger).where(Trigger.id == trigger_id)
            await session.execute(due.values(next_look_at=utc_now() - timedelta(seconds=1)))
        transfers = TransferOpener(installation.adapters.box, installation.adapters.egress_own_network)
        sources = TriggerSources(transfers, ConnectorOpener.of(installation.adapters))
        looks = TriggerLooks(installation.database, installation.system, sources, NotedWakeups(), now)
        return await looks.look(installation.tenant, trigger_id)

    return installation.run_now(done())


def test_a_file_that_arrives_starts_a_run(
    administrator: Visitor, installation: Installation, report_name: str, sftp: SftpServer
) -> None:
    page = administrator.open("/triggers")
    page.get_by_role("link", name="New trigger").first.click()
    page.get_by_role("combobox", name="Report to start").fill(report_name)
    page.get_by_role("option", name=report_name).first.click()
    page.get_by_label(re.compile("^Name")).fill("Trades come")
    page.get_by_role("combobox", name="Destination").fill(PARTNER)
    page.get_by_role("option", name=PARTNER).click()
    page.get_by_role("textbox", name="Folder").fill(INBOX)
    page.get_by_role("textbox", name="File names").fill("trades_*.csv")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Trades come")).to_be_visible()
    expect(page.get_by_text("Nothing has happened yet that it waits for.")).to_be_visible()
    trigger_id = UUID(page.url.rpartition("/")[2].partition("?")[0])

    assert look(installation, trigger_id, timedelta()) == 0
    (sftp.folder / INBOX / "trades_1.csv").write_bytes(b"whole")
    assert look(installation, trigger_id, timedelta(seconds=1)) == 0, "it may still be written"
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("trades_1.csv")).to_be_visible()
    expect(page.get_by_text("Nothing was changed or started.")).to_be_visible()
    assert look(installation, trigger_id, timedelta(seconds=60)) == 1
    page.reload()
    expect(page.get_by_role("cell", name="trades_1.csv")).to_be_visible()
    expect(page.get_by_text("Started", exact=True)).to_be_visible()
    administrator.picture("trigger-detail")
    page.get_by_role("link", name="pending").click()
    expect(page.get_by_text("A file:")).to_be_visible()
    administrator.picture("run-by-trigger")
    page.get_by_role("link", name="Trades come").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
