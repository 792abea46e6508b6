"""A partner in a process of its own that notes which event came when; ``python -m tests.services.noting_receiver``.

POST /hook takes everything, POST /never is never answered, GET /noted gives what came since a place in the notes.
Prints ``{"port": n}`` when ready, stops when standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from backend.demo.child_process import start_module, stop


@dataclass(frozen=True, slots=True)
class Noted:
    """One request: which event, when it came (seconds since 1970), whether its body named the same event."""

    event_id: str
    at: float
    is_consistent: bool


@dataclass(frozen=True, slots=True)
class NotingReceiver:
    """A running receiver."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def silent_url(self) -> str:
        """Where nobody ever answers."""
        return f"http://127.0.0.1:{self.port}/never"

    def noted(self, since: int = 0) -> list[Noted]:
        """What came to the first address, in its order."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/noted?since={since}", timeout=30) as answer:
            return [Noted(*one) for one in json.load(answer)]


@contextmanager
def noting_receiver() -> Iterator[NotingReceiver]:
    """A receiver for the length of the block."""
    process, ready = start_module("tests.services.noting_receiver", [])
    try:
        yield NotingReceiver(int(str(ready["port"])))
    finally:
        stop(process)


async def _serve() -> None:
    notes: list[tuple[str, float, bool]] = []

    async def hook(request: web.Request) -> web.Response:
        at, event_id = time.time(), request.headers.get("webhook-id", "")
        notes.append((event_id, at, event_id.encode() in await request.read()))
        return web.Response(status=204)

    async def never(_: web.Request) -> web.Response:
        await asyncio.sleep(3600)
        return web.Response(status=204)

    async def noted(request: web.Request) -> web.Response:
        return web.json_response(notes[int(request.query["since"]) :])

    application = web.Application()
    application.add_routes([web.post("/hook", hook), web.post("/never", never), web.get("/noted", noted)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    sys.stdout.write(json.dumps({"port": runner.addresses[0][1]}) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.buffer.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve())
