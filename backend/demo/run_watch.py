"""Follows a run by its event stream: resumes where a broken connection stopped, falls back on asking."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx

from backend.demo.errors import DemoTookTooLong
from backend.demo.platform_client import Answer, PlatformClient

TERMINAL_STATES: Final = frozenset({"succeeded", "partial", "failed", "cancelled"})
_PAUSE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One event of a run: its number, its type (state, step, progress, log), and what it says."""

    sequence: str
    type: str
    data: dict[str, Any]


def watch_run(
    platform: PlatformClient, run_id: str, told: Callable[[RunEvent], None], timeout_seconds: float
) -> Answer:
    """Tell every event once, in order, until the run has ended; its final document. Raises DemoTookTooLong."""
    deadline = time.monotonic() + timeout_seconds
    last = ""
    while True:
        try:
            for event in _events(platform, run_id, last):
                last = event.sequence or last
                told(event)
        except httpx.TransportError:
            # Whatever broke the stream, the run goes on; the next request starts after the last event seen.
            time.sleep(_PAUSE_SECONDS)
        run = platform.get(f"/runs/{run_id}")
        if run["state"] in TERMINAL_STATES:
            return run
        if time.monotonic() > deadline:
            raise DemoTookTooLong(
                f"The run {run_id} is still {run['state']} after {timeout_seconds:.0f} s.",
                fix="Look at `openreg logs` for the worker, or start the demo with fewer rows.",
            )
        time.sleep(_PAUSE_SECONDS)


def _events(platform: PlatformClient, run_id: str, last: str) -> Iterator[RunEvent]:
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
    with platform.stream_lines(f"/runs/{run_id}/events", headers) as lines:
        yield from parse_events(lines)


def parse_events(lines: Iterable[str]) -> Iterator[RunEvent]:
    """Server-sent events from their lines (WHATWG HTML, section 9.2.6); comments and retry hints are passed over."""
    fields: dict[str, list[str]] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        if "data" in fields:
            yield RunEvent(
                sequence=fields.get("id", [""])[-1],
                type=fields.get("event", ["message"])[-1],
                data=json.loads("\n".join(fields["data"])),
            )
        fields = {}
