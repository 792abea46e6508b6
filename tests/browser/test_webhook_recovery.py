"""A partner's receiver breaks and is repaired: what it missed meanwhile is seen, sent again and taken, once each."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.domain.webhooks import WebhookEventType
from backend.persistence.outbox import Outbox
from backend.services.webhook_drain import WebhookDrain
from backend.services.webhook_recoveries import WebhookRecoverySweep
from backend.services.webhook_sender import WebhookSender
from tests.factories.event_schemas import data_of
from tests.factories.wakeups import NotedWakeups
from tests.harness.browser import ROOT, Visitor
from tests.harness.installation import Installation
from tests.services.servers import run_now

MISSED = 3
#: Verifies each request with FOLDER/secret; answers 503 while there is FOLDER/broken; writes down what it answered.
_RECEIVER = """
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from backend.demo.webhook_receiver import is_standard_signature

folder = Path(sys.argv[1])

class Endpoint(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if (folder / "broken").exists():
            status = 503
        else:
            status = 204 if is_standard_signature((folder / "secret").read_text(), body, self.headers) else 401
        with (folder / "answered.jsonl").open("a") as log:
            print(json.dumps([self.headers["webhook-id"], status]), file=log)
        self.send_response(status)
        self.send_header("X-Served-By", "partner")
        self.end_headers()

    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Endpoint)
print(server.server_port, flush=True)
server.serve_forever()
"""


@dataclass(frozen=True, slots=True)
class Partner:
    """A receiver in a process of its own."""

    folder: Path
    port: int

    @property
    def broken(self) -> Path:
        """While this file is there, nothing is taken."""
        return self.folder / "broken"

    def answered(self) -> list[tuple[str, int]]:
        """The id of every request and what was answered, in their order."""
        lines = (self.folder / "answered.jsonl").read_text("utf-8").splitlines()
        return [(identity, status) for identity, status in map(json.loads, lines)]


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[Partner]:
    """It takes what is signed rightly."""
    command = [sys.executable, "-c", _RECEIVER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Partner(tmp_path, int(process.stdout.readline()))
        process.terminate()


def publish(installation: Installation, count: int) -> None:
    """Facts that come true, each in a transaction of its own."""

    async def add() -> None:
        mine = Installation(installation.env, installation.tenant, installation.scope.user_id)
        for _ in range(count):
            async with mine.database.transaction(mine.tenant) as session:
                outbox = Outbox(session, mine.tenant)
                kind = WebhookEventType.RUN_COMPLETED
                await outbox.add(kind, new_id(), data_of(kind), utc_now())
        await mine.close()

    run_now(add())


def work(installation: Installation) -> None:
    """What the workers do: recoveries go on, and what is due is sent."""

    async def done() -> None:
        mine = Installation(installation.env, installation.tenant, installation.scope.user_id)
        try:
            await WebhookRecoverySweep(mine.database, mine.system, NotedWakeups(), utc_now).advance()
            async with WebhookSender(mine.adapters.egress_public_web) as sender:
                await WebhookDrain(mine.database, mine.adapters.box, sender, utc_now).drain(mine.tenant)
        finally:
            await mine.close()

    run_now(done())


def register(visitor: Visitor, partner: Partner) -> str:
    """An endpoint at the partner, who is given the secret; the secret."""
    page = visitor.open("/webhook-endpoints/new")
    page.get_by_role("textbox", name="Address").fill(f"http://127.0.0.1:{partner.port}/events")
    page.get_by_role("button", name="Create webhook").click()
    dialog = page.get_by_role("dialog", name="Signing secret of the webhook")
    secret = dialog.get_by_text(re.compile("^whsec_")).inner_text().strip()
    (partner.folder / "secret").write_text(secret, encoding="ascii")
    dialog.get_by_role("button", name="Done").click()
    dialog.get_by_role("button", name="Close without copying").click()
    return secret


def look_at_a_failure(visitor: Visitor, secret: str) -> None:
    """What was sent and answered stands beside the list, at an address that can be kept, without the secret."""
    page = visitor.page
    page.get_by_role("button", name="run.completed").first.click()
    sheet = page.get_by_role("dialog", name="What was sent")
    expect(sheet.get_by_text("Answered 503")).to_be_visible()
    expect(sheet.get_by_text("X-Served-By: partner")).to_be_visible()
    expect(sheet.get_by_text('"type":"run.completed"')).to_be_visible()
    assert secret not in page.content()
    visitor.assert_accessible("webhook-delivery-sheet")
    page.reload()
    expect(sheet.get_by_text("Answered 503")).to_be_visible()
    page.keyboard.press("Escape")


def test_from_the_first_ping_over_an_outage_to_everything_taken(
    administrator: Visitor, installation: Installation, partner: Partner
) -> None:
    secret = register(administrator, partner)
    page = administrator.page
    expect(page.get_by_text("Nothing waits")).to_be_visible()

    page.get_by_role("button", name="Send a ping").click()
    expect(page.get_by_text("A ping is on its way")).to_be_visible()
    work(installation)
    page.get_by_role("link", name="Deliveries", exact=True).last.click()
    row = page.get_by_role("row").filter(has_text="openreg.ping")
    expect(row.get_by_text("Delivered")).to_be_visible()

    partner.broken.touch()
    publish(installation, MISSED)
    work(installation)
    expect(page.get_by_role("row").filter(has_text="Retrying")).to_have_count(MISSED)
    administrator.assert_accessible("webhook-deliveries")
    look_at_a_failure(administrator, secret)
    page.get_by_role("navigation", name="States").get_by_role("link", name=re.compile("^Retrying")).click()
    expect(page).to_have_url(re.compile("state=retrying"))
    expect(page.get_by_role("row").filter(has_text="openreg.ping")).to_have_count(0)

    partner.broken.unlink()
    page.get_by_role("link", name="Recoveries").click()
    page.get_by_role("button", name="Recover or replay").click()
    administrator.assert_accessible("webhook-recover")
    page.get_by_role("dialog").get_by_label("Reason").fill("The receiver was repaired.")
    page.get_by_role("dialog").get_by_role("button", name="Send again").click()
    row = page.get_by_role("row").filter(has_text="The receiver was repaired.")
    expect(row.get_by_text("Running")).to_be_visible()
    administrator.assert_accessible("webhook-recovery-running")
    work(installation)
    expect(row.get_by_text("Completed")).to_be_visible()
    expect(row.get_by_text(f"{MISSED} deliveries sent again")).to_be_visible()
    administrator.picture("webhook-recovery-completed")
    row.get_by_role("link", name=f"{MISSED} delivered").click()
    expect(page.get_by_role("row").filter(has_text="Delivered")).to_have_count(MISSED)

    page.get_by_role("link", name="Deliveries", exact=True).last.click()
    expect(page.get_by_role("row").filter(has_text="Delivered")).to_have_count(MISSED + 1)
    expect(page.get_by_role("row").filter(has_text="Retrying")).to_have_count(0)
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_text("57.14%")).to_be_visible()
    administrator.assert_accessible("webhook-overview")
    answered = partner.answered()
    refused, taken = ([one for one, status in answered if status == wanted] for wanted in (503, 204))
    assert len(answered) == 2 * MISSED + 1, "each was sent once before the outage ended and once after"
    assert sorted(taken[1:]) == sorted(refused), "what was refused has come again under the same id"
