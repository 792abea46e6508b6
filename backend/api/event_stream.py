"""Server-sent events of a run: resumable, because every event is a row with a sequence number."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from backend.core.ids import RunId
from backend.domain.runs import RunState
from backend.persistence.models.run import RunEvent
from backend.services.run_events import RunEventKind
from backend.services.runs import RunService

MEDIA_TYPE = "text/event-stream"
POLL_SECONDS = 0.3
#: A comment line after this much time, so that proxies and clients see a living connection; whether the reader is
#: still signed in is asked then too.
HEARTBEAT_SECONDS = 15.0


async def run_event_stream(
    runs: RunService, run_id: RunId, last_sequence: int, may_go_on: Callable[[], Awaitable[bool]]
) -> AsyncIterator[str]:
    """Events after ``last_sequence`` until the run has ended and everything is told, or the reader may not go on."""
    told_at = time.monotonic()
    while True:
        if time.monotonic() - told_at >= HEARTBEAT_SECONDS:
            if not await may_go_on():
                return
            told_at = time.monotonic()
            yield ": still here\n\n"
        events = await runs.events_after(run_id, last_sequence)
        for event in events:
            last_sequence = event.sequence
            yield _message(event)
        if events:
            if _is_end(events[-1]):
                return
            continue
        if last_sequence and RunState((await runs.get(run_id)).state).is_terminal:
            return
        await asyncio.sleep(POLL_SECONDS)


def _message(event: RunEvent) -> str:
    document = json.dumps({"at": event.at.isoformat(), **event.payload}, separators=(",", ":"))
    return f"id: {event.sequence}\nevent: {event.kind}\ndata: {document}\n\n"


def _is_end(event: RunEvent) -> bool:
    return event.kind == RunEventKind.STATE and RunState(str(event.payload["state"])).is_terminal
