"""Waiting for what another process or thread does, where nothing can be subscribed to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

LOOK_EVERY_SECONDS = 0.02


async def until(condition: Callable[[], bool | Coroutine[None, None, bool]], within_seconds: float = 300) -> None:
    """Look again and again until it is true. Raises TimeoutError."""
    async with asyncio.timeout(within_seconds):
        while True:
            seen = condition()
            if seen if isinstance(seen, bool) else await seen:
                return
            await asyncio.sleep(LOOK_EVERY_SECONDS)
