"""A destination from its form to the receipt of a file, and over a changed host key; every kind has a form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.core.ids import DeliveryId, RunId
from backend.persistence.models.delivery import Delivery
from backend.services.delivery import DeliveryService, TransferOpener
from tests.factories.wakeups import NotedWakeups
from tests.harness.browser import Visitor
from tests.harness.installation import REPORTING_DATE, Installation, create_demo_source
from tests.harness.supervise import supervise_apart
from tests.services.servers import PostgresServer
from tests.services.sftp_servers import OpenSsh, open_ssh


@pytest.fixture(scope="module")
def sshd() -> Iterator[OpenSsh]:
    """The partner's server, started in a thread of its own: in this one Playwright's loop runs."""
    server = open_ssh()
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield thread.submit(server.__enter__).result()
        thread.submit(server.__exit__, None, None, None).result()


@dataclass(frozen=True, slots=True)
class Workers:
    """Runs and deliveries are carried out when a test says so."""

    installation: Installation
    postgres_server: PostgresServer

    def make_files_for(self, destination: str) -> tuple[UUID, set[str]]:
        """A run of a report that delivers there, seen to its end; the run, and the SHA-256 of each of its files."""
        source = create_demo_source(self.postgres_server, 60)

        async def request() -> UUID:
            report = await self.installation.add_demo_report(source, on_partial="deliver", deliver_to=[destination])
            run = await self.installation.runs.request(report, REPORTING_DATE, {})
            return run.id

        async def read(run_id: UUID) -> set[str]:
            files = await self.installation.artifacts(RunId(run_id))
            return {one.sha256 for one in files.values()}

        run_id = self.installation.run_now(request())
        supervise_apart(self.installation, run_id)
        return run_id, self.installation.run_now(read(run_id))

    def deliver(self, run_id: UUID) -> None:
        """What the workers do with the deliveries of a run that are due."""

        async def send() -> None:
            async with self.installation.database.transaction(self.installation.tenant) as session:
                due = list(await session.scalars(select(Delivery.id).where(Delivery.run_id == run_id)))
            opener = TransferOpener(self.installation.adapters.box, self.installation.adapters.egress_own_network)
            service = DeliveryService(
                self.installation.database, self.installation.adapters.storage, opener, NotedWakeups(), utc_now
            )
            for one in due:
                await service.deliver(self.installation.tenant, DeliveryId(one))

        self.installation.run_now(send())


@pytest.fixture
def workers(installation: Installation, postgres_server: PostgresServer) -> Workers:
    """They wait for a word of the test."""
    return Workers(installation, postgres_server)


def field(page: Page, name: str) -> None:
    """A field of the form of a destination is there to be filled."""
    expect(page.get_by_role("textbox", name=name, exact=True)).to_be_visible()


def test_every_kind_has_its_form(administrator: Visitor) -> None:
    page = administrator.open("/destinations/new")
    own_fields = {
        "FTP and FTPS": ["Host", "User", "Password"],
        "S3 bucket": ["Host", "Bucket", "Access key", "Secret key"],
        "E-mail": ["Host", "Sender", "Subject"],
        "Folder of this machine": ["Folder"],
        "SFTP": ["Host", "User", "Private key"],
    }
    for kind, names in own_fields.items():
        page.get_by_role("combobox", name="Kind").click()
        page.get_by_role("option", name=kind, exact=True).click()
        for name in names:
            field(page, name)
        slug = re.sub(r"\W+", "-", kind.lower())
        administrator.assert_accessible(f"destination-new-{slug}")
        administrator.assert_fits_narrow(f"destination-new-{slug}")
    page.get_by_role("button", name="How files are sent").click()
    page.get_by_role("switch", name="Control file").check()
    expect(page.get_by_text("Tried again after 30 s, 1 min")).to_be_visible()
    administrator.assert_accessible("destination-new-policy")
    page.get_by_role("button", name="Create destination").click()
    expect(page.get_by_text("A value is needed").first).to_be_visible()
    administrator.assert_accessible("destination-new-faults")


def test_from_the_form_to_the_receipt_and_over_a_changed_host_key(
    administrator: Visitor, sshd: OpenSsh, workers: Workers
) -> None:
    page = administrator.open("/destinations/new")
    destination = create_destination(page, sshd)
    run_id, digests = workers.make_files_for(destination)

    page = administrator.open(f"/deliveries?destination_id={destination}")
    table = page.get_by_role("table", name="Deliveries")
    expect(table.get_by_text("Pending", exact=True)).to_have_count(len(digests))
    workers.deliver(run_id)
    expect(table.get_by_text("Delivered", exact=True)).to_have_count(len(digests))
    administrator.assert_accessible("deliveries-one")
    table.get_by_role("link").first.click()
    receipt = page.get_by_role("region", name="Receipt")
    expect(receipt.get_by_text(re.compile("^(" + "|".join(digests) + ")$"))).to_be_visible()
    expect(receipt.get_by_text(sshd.fingerprint("host_ed25519"), exact=True)).to_be_visible()
    administrator.assert_accessible("delivery-delivered")
    assert len(sshd.names()) == len(digests)

    sshd.show_only("other_host")
    page.get_by_role("button", name="Send once more").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Send once more").click()
    expect(dialog.get_by_role("textbox", name="Reason")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_role("textbox", name="Reason").fill("They lost it")
    administrator.assert_accessible("delivery-redeliver")
    dialog.get_by_role("button", name="Send once more").click()
    expect(page.get_by_text("Sent on purpose for the 2nd time")).to_be_visible()
    again = page.url
    workers.deliver(run_id)
    expect(page.get_by_text("Stopped", exact=True)).to_be_visible()
    administrator.assert_accessible("delivery-stopped")
    page.get_by_role("link", name="Go to the destination").click()
    confirm_other_key(administrator, sshd)

    workers.deliver(run_id)
    page = administrator.open(again.removeprefix(administrator.address))
    receipt = page.get_by_role("region", name="Receipt")
    expect(receipt.get_by_text(sshd.fingerprint("other_host"), exact=True)).to_be_visible()
    expect(page.get_by_role("table", name="Attempts").get_by_text("Delivered", exact=True)).to_be_visible()
    assert len(sshd.names()) == len(digests), "the same file is recognised, and not doubled"

    page = administrator.open(f"/runs/{run_id}?tab=deliveries")
    page.get_by_role("link", name="Actions and history").first.click()
    expect(page.get_by_role("button", name="Send once more")).to_be_visible()
    pause_change_resume(administrator, destination, len(digests) + 1)


def create_destination(page: Page, sshd: OpenSsh) -> str:
    """By the form: test, compare the key, test again, store; its identifier."""
    page.get_by_role("textbox", name="Name", exact=True).fill("partner")
    page.get_by_role("radio", name="Test", exact=True).check()
    page.get_by_role("textbox", name="Host", exact=True).fill("127.0.0.1")
    page.get_by_role("textbox", name="Port", exact=True).fill(str(sshd.port))
    page.get_by_role("textbox", name="User", exact=True).fill(sshd.username)
    page.get_by_role("textbox", name="Folder", exact=True).fill(str(sshd.folder))
    page.get_by_role("textbox", name="Private key").fill(sshd.key("user"))
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text(sshd.fingerprint("host_ed25519"), exact=True)).to_be_visible()
    page.get_by_role("button", name="They are the same").click()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Files can be delivered")).to_be_visible()
    assert sshd.names() == [], "a test leaves nothing behind"
    page.get_by_role("button", name="Create destination").click()
    expect(page.get_by_role("heading", name="partner", exact=True)).to_be_visible()
    expect(page.get_by_text("In service", exact=True)).to_be_visible()
    return page.url.rpartition("/")[2]


def confirm_other_key(administrator: Visitor, sshd: OpenSsh) -> None:
    """Both keys are shown; the new one is trusted with a reason only."""
    page = administrator.page
    alert = page.get_by_role("alert")
    for key in ("host_ed25519", "other_host"):
        expect(alert.get_by_text(sshd.fingerprint(key), exact=True)).to_be_visible()
    administrator.assert_accessible("destination-stopped")
    administrator.assert_fits_narrow("destination-stopped")
    page.get_by_role("button", name="Confirm the new key").click()
    dialog = page.get_by_role("dialog", name="Trust another host key of partner")
    dialog.get_by_role("button", name="Confirm the new key").click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("textbox", name=re.compile("^Reason")).fill("Compared by telephone with their operator")
    administrator.assert_accessible("destination-confirm-other-key")
    dialog.get_by_role("button", name="Confirm the new key").click()
    expect(page.get_by_text("In service", exact=True)).to_be_visible()
    expect(alert).to_have_count(0)


def pause_change_resume(administrator: Visitor, destination: str, deliveries: int) -> None:
    """Paused with a reason that stands there; changed with what signs in kept; resumed; deliveries on its page."""
    page = administrator.open(f"/destinations/{destination}")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Reason").fill("Their maintenance")
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Reason: Their maintenance")).to_be_visible()
    administrator.assert_accessible("destination-paused")
    page.get_by_role("link", name="Settings", exact=True).last.click()
    expect(page.get_by_text("What signs in is stored, and is kept.")).to_be_visible()
    administrator.assert_accessible("destination-settings")
    administrator.assert_fits_narrow("destination-settings")
    page.get_by_role("button", name="How files are sent").click()
    page.get_by_role("switch", name="Checksum file").check()
    page.get_by_role("button", name="Save changes").click()
    policy = page.get_by_role("region", name="How files are sent")
    expect(policy.get_by_text("Checksum file")).to_be_visible()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Files can be delivered")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Reason").fill("They are back")
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    expect(page.get_by_text("In service", exact=True)).to_be_visible()
    page.get_by_role("link", name="Deliveries", exact=True).last.click()
    expect(page.get_by_role("table", name="Deliveries").get_by_role("row")).to_have_count(deliveries + 1)
    administrator.assert_accessible("destination-deliveries")
    administrator.open("/destinations")
    administrator.assert_accessible("destinations-list")
