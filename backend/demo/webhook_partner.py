"""The demo's side of the webhook endpoint: starts its process, hands it the secret, reads what it recorded."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.demo.child_process import LOOPBACK, start_module, stop


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """One request the endpoint got: the event, and whether each signature form was right."""

    type: str
    event_id: str
    data: dict[str, object]
    has_standard_signature: bool
    has_openreg_signature: bool

    @property
    def is_authentic(self) -> bool:
        """Both forms were right."""
        return self.has_standard_signature and self.has_openreg_signature


@dataclass(frozen=True, slots=True)
class WebhookPartner:
    """A running endpoint."""

    address: str
    port: int
    folder: Path

    @property
    def url(self) -> str:
        """Where events are to be sent."""
        return f"http://{self.address}:{self.port}/openreg-events"

    def learn_secret(self, secret: str) -> None:
        """Tell the endpoint the signing secret, as a partner copies it from the screen."""
        (self.folder / "secret").write_text(secret, encoding="ascii")

    def received(self, run_id: str) -> list[ReceivedEvent]:
        """What came in about the run, in order of arrival; a repeated delivery stands here twice."""
        file = self.folder / "received.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [event for event in map(_event, lines) if event.data.get("run_id") == run_id]


@contextmanager
def started_webhook_partner(address: str = LOOPBACK) -> Iterator[WebhookPartner]:
    """An endpoint for the length of the block. Raises DemoServerNotStarted."""
    folder = Path(tempfile.mkdtemp(prefix="openreg-webhook-"))
    try:
        process, ready = start_module("backend.demo.webhook_receiver", [str(folder), address])
        try:
            yield WebhookPartner(address, int(str(ready["port"])), folder)
        finally:
            stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def count_types(events: list[ReceivedEvent]) -> dict[str, int]:
    """How many different events of each type; repeated deliveries of one event count once."""
    distinct = {event.event_id: event.type for event in events}
    return dict(sorted(Counter(distinct.values()).items()))


def _event(line: str) -> ReceivedEvent:
    record = json.loads(line)
    event = record["event"]
    return ReceivedEvent(
        type=str(event.get("type")),
        event_id=str(event.get("id")),
        data=dict(event.get("data") or {}),
        has_standard_signature=bool(record["standard"]),
        has_openreg_signature=bool(record["openreg"]),
    )
