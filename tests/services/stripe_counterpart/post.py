"""Delivery of events: signed, and as badly as a test wants it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.services.stripe_counterpart.ledger import Ledger, Thing


@dataclass
class Post:
    """How events go out; nothing is sent without an address."""

    ledger: Ledger
    url: str | None = None
    secret: str = "whsec_counterpart"
    old_secret: str = "whsec_counterpart_old"
    mode: str = "send"
    copies: int = 1
    delay: float = 0.0
    is_shuffled: bool = False
    sign_with: str = "secret"
    skew: int = 0
    deliveries: list[Thing] = field(default_factory=list)
    _going: set[asyncio.Task[None]] = field(default_factory=set)

    def configure(self, wanted: dict[str, Any]) -> None:
        """Another way to deliver from now on."""
        for name, value in wanted.items():
            if not hasattr(self, name):
                raise ValueError(name)
            setattr(self, name, value)

    def heard(self, event: Thing) -> None:
        """Something has happened."""
        if self.url is not None and self.mode == "send":
            self.send([event])

    def send(self, events: list[Thing]) -> None:
        """Send events now, or a little later."""
        for event in events:
            for _ in range(self.copies):
                task = asyncio.get_running_loop().create_task(self._deliver(event))
                self._going.add(task)
                task.add_done_callback(self._going.discard)

    def signed(self, event: Thing, *, sign_with: str | None = None, skew: int | None = None) -> tuple[str, str]:
        """Body and header."""
        body = json.dumps(event, indent=2)
        at = int(time.time()) + (self.skew if skew is None else skew)
        secrets = {"secret": self.secret, "old": self.old_secret, "wrong": "whsec_somebody_elses"}
        secret = secrets[sign_with or self.sign_with]
        signature = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
        return body, f"t={at},v1={signature}"

    async def _deliver(self, event: Thing) -> None:
        """Three tries with a pause, as long as nobody says 2xx."""
        await asyncio.sleep(self.delay + (random.random() / 2 if self.is_shuffled else 0))
        body, header = self.signed(event)
        for attempt in range(3):
            status = await self._put(body, header)
            self.deliveries.append({"event": event["id"], "type": event["type"], "status": status})
            if 200 <= status < 300:
                return
            await asyncio.sleep(0.5 * 2**attempt)

    async def _put(self, body: str, header: str) -> int:
        headers = {"Stripe-Signature": header, "Content-Type": "application/json; charset=utf-8"}
        try:
            async with httpx.AsyncClient(timeout=10) as client:
                return (await client.post(str(self.url), content=body, headers=headers)).status_code
        except httpx.HTTPError:
            return 0
