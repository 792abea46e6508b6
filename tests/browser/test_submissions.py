"""A report that two people send: held until the second types its reference; a second original needs a reason."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.core.ids import DeliveryId, ReportId
from backend.demo.sftp_server import SftpServer, started_sftp_server
from backend.domain.roles import ROLE_TEMPLATES
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.submission import Submission
from backend.services.delivery import DeliveryService, TransferOpener
from tests.browser.conftest import Arrive
from tests.factories.people import PASSWORD, Person, new_member
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups
from tests.harness.browser import Visitor
from tests.harness.installation import ADMINISTRATOR, REPORTING_DATE, Installation, create_demo_source
from tests.harness.supervise import supervise_apart
from tests.services.servers import PostgresServer

APPROVER = "bo@desk.example"


@pytest.fixture(scope="module")
def sftp() -> Iterator[SftpServer]:
    """The regulator's server, started in a thread of its own: in this one Playwright's loop runs."""
    server = started_sftp_server()
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield thread.submit(server.__enter__).result()
        thread.submit(server.__exit__, None, None, None).result()


@dataclass(frozen=True, slots=True)
class TwoRuns:
    """Two runs of one day by the administrator."""

    first: UUID
    second: UUID


@pytest.fixture(scope="module")
def runs(installation: Installation, postgres_server: PostgresServer, sftp: SftpServer) -> TwoRuns:
    """Seen to their end; whoever may approve has nothing to do with them."""
    source = create_demo_source(postgres_server, 60)

    async def request(report: object = None) -> tuple[UUID, object]:
        if report is None:
            person = Person(
                installation.tenant, "test", installation.scope.user_id, ADMINISTRATOR, installation.scope.user_id
            )
            rows = Rows(installation.database, installation.adapters.box, person)
            settings = {
                "host": sftp.host,
                "port": sftp.port,
                "username": sftp.username,
                "folder": ".",
                "host_key_fingerprint": sftp.fingerprint,
            }
            sealed = rows.box.seal({"private_key": sftp.private_key})
            destination = await rows.destination(settings, credentials=sealed, environment="test")
            await new_member(
                installation.database,
                installation.tenant,
                "test",
                APPROVER,
                permissions=ROLE_TEMPLATES["approver"].permissions,
            )
            report = await installation.add_demo_report(
                source,
                on_partial="deliver",
                deliver_to=[str(destination.id)],
                submission={"approval": "four_eyes"},
            )
        run = await installation.runs.request(ReportId(report), REPORTING_DATE, {})
        return run.id, report

    first, report = installation.run_now(request())
    supervise_apart(installation, first)
    second, _ = installation.run_now(request(report))
    supervise_apart(installation, second)
    return TwoRuns(first, second)


def submission_of(installation: Installation, run_id: UUID) -> Submission:
    async def read() -> Submission:
        async with installation.database.transaction(installation.tenant) as session:
            found = await session.scalar(select(Submission).where(Submission.run_id == run_id))
        assert found is not None
        return found

    return installation.run_now(read())


def deliver(installation: Installation, run_id: UUID) -> int:
    """What the workers do with deliveries that are due; how many there were."""

    async def send() -> int:
        async with installation.database.transaction(installation.tenant) as session:
            due = list(await session.scalars(select(Delivery.id).where(Delivery.run_id == run_id)))
        opener = TransferOpener(installation.adapters.box, installation.adapters.egress_own_network)
        service = DeliveryService(installation.database, installation.adapters.storage, opener, NotedWakeups(), utc_now)
        for one in due:
            await service.deliver(installation.tenant, DeliveryId(one))
        return len(due)

    return installation.run_now(send())


def test_four_eyes_then_sent_and_the_second_original_needs_a_reason(
    administrator: Visitor, arrive: Arrive, installation: Installation, runs: TwoRuns, sftp: SftpServer
) -> None:
    first, second = submission_of(installation, runs.first), submission_of(installation, runs.second)
    page = administrator.open(f"/runs/{runs.first}")
    page.get_by_role("region", name="Submission").get_by_role("link", name=first.reference).click()
    expect(page.get_by_text("You started or released its run: somebody else has to approve it.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve and send")).to_have_count(0)
    assert deliver(installation, runs.first) == 0

    approver = arrive()
    approver.begin_signed_in(APPROVER, PASSWORD)
    page = approver.open("/submissions?hold=approval")
    page.get_by_role("link", name=first.reference).click()
    page.get_by_role("button", name="Approve and send").click()
    dialog = page.get_by_role("dialog", name=f"Approve {first.reference}")
    typed = dialog.get_by_label(f"Type {first.reference} to confirm")
    typed.fill(first.reference[:-1])
    dialog.get_by_role("button", name="Approve and send").click()
    expect(dialog.get_by_text("This is not the reference.")).to_be_visible()
    approver.assert_accessible("submission-approve")
    typed.fill(first.reference)
    dialog.get_by_role("button", name="Approve and send").click()
    expect(page.get_by_text("The submission is approved")).to_be_visible()
    assert deliver(installation, runs.first) > 0
    page.reload()
    history = page.get_by_role("region", name="History")
    expect(history.get_by_text("Unchanged since it was written")).to_be_visible()
    expect(history.get_by_text("now sent")).to_be_visible()
    assert submission_of(installation, runs.first).state == "sent"
    sent = {one.name for one in sftp.folder.iterdir()}
    assert sent

    page.get_by_role("region", name="Submissions of the day").get_by_role("link", name=second.reference).click()
    expect(page.get_by_text("This day has an original already.")).to_be_visible()
    page.get_by_role("button", name="Send anyway").click()
    dialog = page.get_by_role("dialog", name=f"Send {second.reference} although the day has an original")
    dialog.get_by_label(f"Type {second.reference} to confirm").fill(second.reference)
    dialog.get_by_role("button", name="Send anyway").click()
    expect(dialog.get_by_text("Say why.")).to_be_visible()
    dialog.get_by_label("Reason").fill("The first one lacked a desk.")
    approver.assert_accessible("submission-override")
    dialog.get_by_role("button", name="Send anyway").click()
    expect(page.get_by_text("The first one lacked a desk.").first).to_be_visible()
    expect(page.get_by_role("button", name="Approve and send")).to_be_visible()
    approver.assert_fits_narrow("submission")
    assert deliver(installation, runs.second) == 0
