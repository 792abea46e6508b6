"""The way to the regulator and back on screen: rejected, corrected, told again as cancellation and new, accepted."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from backend.core.clock import utc_now
from backend.core.ids import DeliveryId, RunId
from backend.demo.sftp_server import SftpServer, started_sftp_server
from backend.persistence.models.delivery import Delivery, Destination
from backend.persistence.models.feedback import FeedbackFile
from backend.persistence.models.submission import Submission
from backend.services.delivery import DeliveryService, TransferOpener
from backend.services.feedback_polling import FeedbackPolling
from backend.services.feedback_reading import FeedbackReader
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups
from tests.harness.browser import Visitor
from tests.harness.installation import ADMINISTRATOR, REPORTING_DATE, Installation, create_demo_source
from tests.harness.supervise import supervise_apart
from tests.services.servers import PostgresServer, run_now
from tests.services.skips import schemas_folder
from tests.services.waiting import until

ROOT = Path(__file__).resolve().parents[2]
RESPONSES = "responses"
#: Of the first file the regulator rejects some and lets some wait, of which it rejects one in the end.
REJECTED, HELD = 3, 2
WANTED = REJECTED + 1
ROWS = 400


@pytest.fixture(scope="module")
def sftp() -> Iterator[SftpServer]:
    """The regulator's server, started in a thread of its own: in this one Playwright's loop runs."""
    server = started_sftp_server()
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield thread.submit(server.__enter__).result()
        thread.submit(server.__exit__, None, None, None).result()


@contextmanager
def regulator(sftp: SftpServer, schemas: Path) -> Iterator[None]:
    """The simulated regulator, watching the server's folder."""
    command = [sys.executable, "-m", "tests.services.regulator", str(sftp.folder), str(sftp.folder / RESPONSES)]
    counts = ["--reject", str(REJECTED), "--hold", str(HELD)]
    process = subprocess.Popen(
        [*command, str(schemas), *counts], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.communicate(timeout=10)


@pytest.fixture(scope="module")
def run_id(installation: Installation, postgres_server: PostgresServer, sftp: SftpServer) -> UUID:
    """A run whose files go to the regulator's server."""
    source = create_demo_source(postgres_server, ROWS)
    person = Person(installation.tenant, "test", installation.scope.user_id, ADMINISTRATOR, installation.scope.user_id)

    async def request() -> UUID:
        rows = Rows(installation.database, installation.adapters.box, person)
        settings = {
            "host": sftp.host,
            "port": sftp.port,
            "username": sftp.username,
            "folder": ".",
            "host_key_fingerprint": sftp.fingerprint,
        }
        sealed = rows.box.seal({"private_key": sftp.private_key})
        destination = await rows.destination(
            settings, credentials=sealed, environment="test", response_folder=RESPONSES
        )
        report = await installation.add_demo_report(source, on_partial="deliver", deliver_to=[str(destination.id)])
        run = await installation.runs.request(report, REPORTING_DATE, {})
        return run.id

    requested = installation.run_now(request())
    supervise_apart(installation, requested)
    return requested


def opener(mine: Installation) -> TransferOpener:
    return TransferOpener(mine.adapters.box, mine.adapters.egress_own_network)


async def deliver_all(mine: Installation) -> None:
    """Every delivery that is due."""
    service = DeliveryService(mine.database, mine.adapters.storage, opener(mine), NotedWakeups(), utc_now)
    async with mine.database.transaction(mine.tenant) as session:
        due = list(await session.scalars(select(Delivery.id)))
    for one in due:
        await service.deliver(mine.tenant, DeliveryId(one))


async def fetch_answers(mine: Installation) -> None:
    """Look into the folder twice, and read what was new."""
    polling = FeedbackPolling(mine.database, mine.adapters.storage, opener(mine), NotedWakeups(), utc_now)
    reader = FeedbackReader(mine.database, mine.adapters.storage, NotedWakeups(), utc_now)
    for _ in range(2):
        async with mine.database.transaction(mine.tenant) as session:
            folders = list(
                await session.scalars(select(Destination.id).where(Destination.response_folder.is_not(None)))
            )
            await session.execute(update(Destination).values(next_look_at=None))
        for one in folders:
            await polling.look(mine.tenant, one)
    async with mine.database.transaction(mine.tenant) as session:
        waiting = list(await session.scalars(select(FeedbackFile.id).order_by(FeedbackFile.id)))
    for one in waiting:
        await reader.read(mine.tenant, one)


def set_aside_of(installation: Installation, run: UUID) -> int:
    found: list[int] = []

    async def read(mine: Installation) -> None:
        found.append((await mine.runs.get(RunId(run))).set_aside)

    installation.run_now(read(installation))
    return found[0]


def submission_of(installation: Installation, run: UUID) -> Submission:
    found: list[Submission] = []

    async def read(mine: Installation) -> None:
        async with mine.database.transaction(mine.tenant) as session:
            found.extend(await session.scalars(select(Submission).where(Submission.run_id == run)))

    installation.run_now(read(installation))
    (one,) = found
    return one


def answered(sftp: SftpServer, count: int) -> None:
    """Wait until the regulator has written so many answers."""
    folder = sftp.folder / RESPONSES
    run_now(until(lambda: folder.is_dir() and len(list(folder.glob("*.xml"))) >= count, 60))


def told(sftp: SftpServer, run: UUID) -> list[tuple[str, str]]:
    """Kind and reference of each report in the file that a run has left at the regulator, in its order."""
    message = f"OR{run.hex[:28].upper()}".encode()
    for path in sftp.folder.glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            content = archive.read(archive.namelist()[0])
        if message in content:
            found = re.findall(rb"<Tx><(New|Cxl)>.*?<TxId>(.*?)</TxId>", content, re.DOTALL)
            return [(kind.decode(), reference.decode()) for kind, reference in found]
    raise AssertionError("the run has left no file")


@pytest.mark.schemas
def test_what_the_regulator_rejects_is_corrected_and_accepted(
    administrator: Visitor, installation: Installation, run_id: UUID, sftp: SftpServer
) -> None:
    folder = schemas_folder()
    assert folder is not None
    assert set_aside_of(installation, run_id) > 0
    with regulator(sftp, folder / "mifir"):
        installation.run_now(deliver_all(installation))
        answered(sftp, 2)
        installation.run_now(fetch_answers(installation))
        original = submission_of(installation, run_id)
        page = administrator.open(f"/submissions/{original.id}")
        expect(page.get_by_text("Partially accepted", exact=True).first).to_be_visible()
        see_feedback_block(administrator)
        see_answers(administrator)

        supplemental = correct(administrator)
        supervise_apart(installation, supplemental)
        installation.run_now(deliver_all(installation))
        answered(sftp, 3)
        installation.run_now(fetch_answers(installation))

    reports = told(sftp, supplemental)
    assert [kind for kind, _ in reports] == ["Cxl", "New"] * WANTED
    assert [one for _, one in reports[::2]] == [one for _, one in reports[1::2]]
    assert {one for _, one in reports} < {one for _, one in told(sftp, run_id)}
    correction = submission_of(installation, supplemental)
    page = administrator.open(f"/submissions/{correction.id}")
    expect(page.get_by_text("Accepted", exact=True).first).to_be_visible()
    administrator.picture("submission-accepted")
    page.get_by_role("link", name=original.reference).first.click()
    expect(page.get_by_role("heading", name=original.reference)).to_be_visible()
    expect(page.get_by_text("Corrected", exact=True).first).to_be_visible()
    administrator.assert_accessible("submission-corrected")
    page = administrator.open("/exceptions?state=resolved&origin=feedback")
    expect(page.get_by_role("table", name="Exceptions").get_by_role("row")).to_have_count(WANTED + 1)


def see_feedback_block(visitor: Visitor) -> None:
    """Both files, and why records are rejected, on the submission's page."""
    page = visitor.page
    answers = page.get_by_role("table", name="Files of the regulator, newest first")
    expect(answers.get_by_role("row")).to_have_count(3)
    rejections = page.get_by_role("table", name="Rejected records by rule")
    expect(rejections.get_by_role("row").nth(1)).to_contain_text("SIM-001")
    expect(rejections.get_by_role("row").nth(1)).to_contain_text(str(REJECTED))
    expect(rejections.get_by_role("row", name="CON-412")).to_contain_text("Instrument identification code")
    visitor.assert_accessible("submission-partially-accepted")
    visitor.picture("submission-partially-accepted")
    answers.scroll_into_view_if_needed()
    visitor.picture("submission-feedback")
    answers.get_by_role("link").first.click()
    page.get_by_role("link", name="Open the submission").click()
    page.get_by_role("link", name="Open the exceptions of rejected records").click()
    expect(page.get_by_role("table", name="Exceptions").get_by_role("row")).to_have_count(WANTED + 1)


def see_answers(visitor: Visitor) -> None:
    """Both answers in the inbox; the one that rejects leads to an exception with the rule, its text and our field."""
    page = visitor.open("/feedback")
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(3)
    visitor.picture("feedback-inbox")
    page.get_by_role("link", name=re.compile("_2.xml$")).click()
    expect(page.get_by_text("CON-412").first).to_be_visible()
    page.get_by_role("link", name="Open the exception").click()
    expect(page.get_by_text("The instrument is not in the reference data of the day.").first).to_be_visible()
    expect(page.get_by_text("Regulator: Instrument identification code").first).to_be_visible()
    visitor.picture("exception-of-the-regulator")


def correct(visitor: Visitor) -> UUID:
    """Amend all that was rejected at once, and have it told again; the supplemental run."""
    page = visitor.open("/exceptions?state=open&origin=feedback")
    expect(page.get_by_role("table", name="Exceptions").get_by_role("row")).to_have_count(WANTED + 1)
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_role("region", name="Selected exceptions").get_by_role("button", name="Amend").click()
    dialog = page.get_by_role("dialog", name=f"Amend {WANTED} records")
    dialog.get_by_role("combobox", name="Change a column").fill("quantity")
    page.get_by_role("option", name="quantity", exact=True).first.click()
    dialog.get_by_label("New value of Source column quantity", exact=True).fill("17")
    dialog.get_by_role("button", name="Show what would change").click()
    expect(dialog.get_by_role("table", name="What would change")).to_contain_text("17")
    dialog.get_by_role("textbox", name="Reason").fill("Booked wrongly; the regulator rejected it")
    dialog.get_by_role("button", name=f"Amend {WANTED} records").click()
    expect(page.get_by_text(f"{WANTED} records amended")).to_be_visible()
    return resubmitted(visitor.open("/exceptions?state=amended&origin=feedback"))


def resubmitted(page: Page) -> UUID:
    expect(page.get_by_role("table", name="Exceptions").get_by_role("row")).to_have_count(WANTED + 1)
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_role("button", name="Resubmit").click()
    dialog = page.get_by_role("dialog", name=re.compile("^Resubmit"))
    # Nobody has to know that a rejected record is cancelled before it is told again.
    expect(dialog.get_by_role("radio", name="What each record needs")).to_be_checked()
    dialog.get_by_role("button", name="Resubmit").click()
    dialog.get_by_role("link", name="Open the supplemental run").click()
    expect(page.get_by_text("Supplemental").first).to_be_visible()
    return UUID(page.url.rpartition("/")[2].partition("?")[0])
