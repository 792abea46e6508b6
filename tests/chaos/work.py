"""The work that chaos strikes: reports that run at once, and afterwards the question what became of each.

The bytes of a file hold the run's identifier and the time it was requested, so that two runs never give the same ones.
These, and nothing else, are made equal before files are compared.
"""

import gzip
import hashlib
import io
import re
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from backend.demo.database import build_source
from backend.demo.platform_client import PlatformClient
from backend.demo.platform_setup import EVENT_TYPES, _connector, _destination
from backend.demo.report import demo_document
from backend.demo.sftp_server import SftpServer, started_sftp_server
from backend.demo.trades import Day
from backend.demo.webhook_partner import ReceivedEvent, WebhookPartner, _event, started_webhook_partner
from tests.chaos.platform import ChaosPlatform

REPORTING_DATE = date(2026, 11, 20)
SEED = 7
FILES_PER_RUN = 2
ENDED = frozenset({"succeeded", "partial", "failed"})
#: Facts that are told once for their subject, however often the work was begun.
TOLD_ONCE = ("run.requested", "run.started", "run.completed", "artifact.created", "delivery.completed")
_IDENTIFIER = re.compile(rb"OR[0-9A-F]{28}")
_REQUESTED_AT = re.compile(rb"<CreDt>[^<]*</CreDt>")


Strike = Callable[[ChaosPlatform], None]


@dataclass
class Outcome:
    """What became of the runs of one case."""

    runs: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    recovery_seconds: float = 0.0
    finish_seconds: float = 0.0
    repeats: int = 0


@dataclass
class Work:
    """Reports, destination and partner on a chaos platform."""

    platform: ChaosPlatform
    client: PlatformClient
    sftp: SftpServer
    partner: WebhookPartner
    reports: tuple[str, ...]
    #: Inodes under which each file of the partner's folder was seen: a second one is a second transfer.
    seen: dict[str, set[int]] = field(default_factory=dict)

    def request(self) -> tuple[str, ...]:
        """One run of every report."""
        body = {"reporting_date": REPORTING_DATE.isoformat(), "parameters": {}}
        return tuple(str(self.client.post(f"/reports/{report}/runs", body)["id"]) for report in self.reports)

    def state(self, runs: tuple[str, ...]) -> list[dict]:
        """The rows of the runs."""
        self.look()
        return self.platform.ask("SELECT * FROM runs WHERE id = ANY(%s::uuid[]) ORDER BY id", list(runs))

    def is_under_way(self, runs: tuple[str, ...]) -> bool:
        """Whether some run is in the middle of its file."""
        return any(run["state"] == "running" and run["row_groups_done"] > 0 for run in self.state(runs))

    def marks(self, runs: tuple[str, ...]) -> dict[str, tuple]:
        """How far each run is; another value means that somebody works on it."""
        return {
            str(run["id"]): (run["state"], run["stage"], run["row_groups_done"], run["rows_in"])
            for run in self.state(runs)
        }

    def is_finished(self, runs: tuple[str, ...]) -> bool:
        """Whether all runs have ended, and everything that follows from them has been done."""
        if not all(run["finished_at"] for run in self.state(runs)):
            return False
        ids = list(runs)
        open_deliveries = self.platform.ask(
            "SELECT count(*) AS n FROM deliveries WHERE run_id = ANY(%s::uuid[]) AND finished_at IS NULL", ids
        )
        open_webhooks = self.platform.ask("SELECT count(*) AS n FROM webhook_deliveries WHERE finished_at IS NULL")
        return open_deliveries[0]["n"] == 0 and open_webhooks[0]["n"] == 0

    def look(self) -> None:
        """Note which files lie in the partner's folder."""
        for file in self.sftp.folder.iterdir():
            try:
                self.seen.setdefault(file.name, set()).add(file.stat().st_ino)
            except FileNotFoundError:
                continue  # renamed while we looked

    def strike(self, act: Strike, undisturbed: dict[str, str], *, within_seconds: float) -> Outcome:
        """Request runs, strike in the middle, see everything to its end, and judge."""
        outcome, platform = Outcome(len(self.reports)), self.platform
        try:
            runs = self.request()
            platform.until(lambda: self.is_under_way(runs), "a run under way", within_seconds)
            act(platform)
            over = time.monotonic()
            outcome.recovery_seconds = self._recovered_after(runs, within_seconds)
            platform.until(lambda: self.is_finished(runs), "the end of everything", within_seconds)
            outcome.finish_seconds = time.monotonic() - over
            self.judge(runs, undisturbed, outcome)
        finally:
            platform.jump(0)
        return outcome

    def judge(self, runs: tuple[str, ...], expected: dict[str, str], outcome: Outcome) -> None:
        """Find what was lost, and what was done twice."""
        self.look()
        for run in self.state(runs):
            self._judge_run(run, expected, outcome)
        self._judge_events(runs, outcome)
        self._judge_partner(runs, outcome)

    def hashes(self, run_id: str) -> dict[str, str]:
        """Of each format, the hash of what does not depend on which run it was. The stored file is looked at whole."""
        found = {}
        for artifact in self.artifacts(run_id):
            stored = self.platform.storage.read(artifact["object_key"])
            assert hashlib.sha256(stored).hexdigest() == artifact["sha256"]
            content = _REQUESTED_AT.sub(b"", _IDENTIFIER.sub(b"", _unpacked(stored)))
            found[artifact["format"]] = hashlib.sha256(content).hexdigest()
        return found

    def artifacts(self, run_id: str) -> list[dict]:
        return self.platform.ask("SELECT * FROM artifacts WHERE run_id = %s ORDER BY format", run_id)

    def _recovered_after(self, runs: tuple[str, ...], within_seconds: float) -> float:
        """Seconds until every run has ended, or somebody works on it: its marks have changed since the strike."""
        before: dict[str, tuple] = {}

        def note() -> bool:
            before.update(self.marks(runs))
            return True

        def goes_on() -> bool:
            now = self.marks(runs)
            return all(now[run] != before[run] or now[run][0] in ENDED for run in runs)

        noted = self.platform.until(note, "the database", within_seconds)
        return noted + self.platform.until(goes_on, "recovery", within_seconds)

    def _judge_run(self, run: dict, expected: dict[str, str], outcome: Outcome) -> None:
        run_id = str(run["id"])
        if run["state"] not in {"succeeded", "partial"}:
            outcome.lost.append(f"run {run_id} is {run['state']}: {run['reason']}")
            return
        artifacts = self.artifacts(run_id)
        if len(artifacts) > FILES_PER_RUN:
            outcome.doubled.append(f"run {run_id} has {len(artifacts)} files")
        if self.hashes(run_id) != expected:
            outcome.lost.append(f"run {run_id} made other bytes")
        for artifact in artifacts:
            self._judge_file(artifact, outcome)

    def _judge_file(self, artifact: dict, outcome: Outcome) -> None:
        name = artifact["name"]
        (delivery,) = self.platform.ask("SELECT * FROM deliveries WHERE artifact_id = %s", artifact["id"])
        there = self.sftp.folder / name
        if delivery["state"] != "delivered" or not there.is_file():
            outcome.lost.append(f"{name} is {delivery['state']}: {delivery['last_error']}")
        elif hashlib.sha256(there.read_bytes()).hexdigest() != artifact["sha256"]:
            outcome.lost.append(f"{name} arrived with other bytes")
        if len(self.seen.get(name, set())) > 1:
            outcome.doubled.append(f"{name} was sent {len(self.seen[name])} times")

    def _judge_events(self, runs: tuple[str, ...], outcome: Outcome) -> None:
        told = self.platform.ask(
            "SELECT type, subject_id, count(*) AS n FROM events WHERE type = ANY(%s) "
            "AND (subject_id = ANY(%s::uuid[]) OR payload->>'run_id' = ANY(%s)) GROUP BY 1, 2",
            list(TOLD_ONCE),
            list(runs),
            list(runs),
        )
        outcome.doubled += [f"{row['type']} of {row['subject_id']}: {row['n']} events" for row in told if row["n"] > 1]
        counts = Counter(row["type"] for row in told)
        wanted = {"run.completed": len(runs), "delivery.completed": FILES_PER_RUN * len(runs)}
        outcome.lost += [f"{counts[kind]} of {n} {kind} events" for kind, n in wanted.items() if counts[kind] < n]

    def _judge_partner(self, runs: tuple[str, ...], outcome: Outcome) -> None:
        heard = [event for event in self.received() if event.data.get("run_id") in runs]
        outcome.repeats = len(heard) - len({event.event_id for event in heard})
        ids: dict[tuple[str, str], set[str]] = {}
        for event in heard:
            if event.type in TOLD_ONCE:
                ids.setdefault((event.type, _subject(event)), set()).add(event.event_id)
        outcome.doubled += [f"the partner heard {kind} of {one} twice" for (kind, one), n in ids.items() if len(n) > 1]
        counts = Counter(kind for kind, _ in ids)
        wanted = {"run.completed": len(runs), "artifact.created": FILES_PER_RUN * len(runs)}
        wanted["delivery.completed"] = wanted["artifact.created"]
        outcome.lost += [
            f"the partner heard {counts[one]} of {n} {one}" for one, n in wanted.items() if counts[one] < n
        ]
        outcome.lost += [f"{event.event_id} was not authentic" for event in heard if not event.is_authentic]

    def received(self) -> list[ReceivedEvent]:
        file = self.partner.folder / "received.jsonl"
        return [_event(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


@contextmanager
def set_up_work(platform: ChaosPlatform, *, rows: int, reports: int) -> Iterator[Work]:
    """Source, destination, partner and active reports, all over HTTP."""
    source = build_source(platform.services.postgresql.superuser_url(), Day(SEED, REPORTING_DATE, rows))
    known = platform.known
    with (
        started_sftp_server() as sftp,
        started_webhook_partner() as partner,
        PlatformClient(platform.api_url, known.administrator_email, known.administrator_password) as administrator,
        PlatformClient(platform.api_url, known.author_email, known.author_password) as author,
        PlatformClient(platform.api_url, known.approver_email, known.approver_password) as approver,
    ):
        connector = _connector(administrator, "chaos", source)
        destination = _destination(administrator, "chaos", sftp)
        webhook = administrator.post(
            "/webhooks", {"url": partner.url, "event_types": list(EVENT_TYPES), "description": "chaos"}
        )
        partner.learn_secret(str(webhook["secret"]))
        made = []
        for number in range(reports):
            report = author.post("/reports", {"name": f"Chaos {number}", "slug": f"chaos-{number}"})
            document = demo_document(connector, [destination])
            version = author.post(f"/reports/{report['id']}/versions", {"document": document, "note": "chaos"})
            path = f"/reports/{report['id']}/versions/{version['id']}"
            author.post(f"{path}/submit", {"comment": "chaos"})
            approver.post(f"{path}/approve", {"comment": "chaos"})
            made.append(str(report["id"]))
        yield Work(platform, administrator, sftp, partner, tuple(made))


def _subject(event: ReceivedEvent) -> str:
    for name in ("delivery_id", "artifact_id", "run_id"):
        if name in event.data:
            return str(event.data[name])
    return event.event_id


def _unpacked(stored: bytes) -> bytes:
    if stored[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(stored)) as archive:
            (name,) = archive.namelist()
            return archive.read(name)
    return gzip.decompress(stored) if stored[:2] == b"\x1f\x8b" else stored
