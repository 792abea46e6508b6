"""A partner's webhook endpoint on loopback that answers what the test tells it to and keeps what it was sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """``answers`` are used up one by one; when they are, everything is accepted with 204."""

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    #: Requests wait here until it is set; it is set unless a test says otherwise.
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Keep the request, wait at the gate, answer."""
        self.received.append(
            Received({name.lower(): value for name, value in request.headers.items()}, await request.read())
        )
        status, headers = self.answers.pop(0) if self.answers else (204, {})
        await self.gate.wait()
        return web.Response(status=status, headers=headers)


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    """A receiver for the length of the block."""
    receiver = Receiver()
    receiver.gate.set()
    application = web.Application()
    application.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        receiver.url = f"http://{host}:{port}/hook"
        yield receiver
    finally:
        await runner.cleanup()
