"""Renewing a lease beside long work: whoever loses it is told, and stops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from backend.core.errors import OpenRegError

RENEW_SECONDS: Final = 2.0

log = structlog.get_logger(__name__)


@asynccontextmanager
async def renewed(
    renew: Callable[[], Awaitable[None]], is_lost: threading.Event, lost: type[OpenRegError]
) -> AsyncIterator[None]:
    """Renew every two seconds while the block runs; ``is_lost`` is set when ``renew`` raises ``lost``.

    Any other fault is logged and tried again: a lease outlives some renewals that come late.
    """
    task = asyncio.create_task(_keep_on(renew, is_lost, lost))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_on(renew: Callable[[], Awaitable[None]], is_lost: threading.Event, lost: type[OpenRegError]) -> None:
    while not is_lost.is_set():
        await asyncio.sleep(RENEW_SECONDS)
        try:
            await renew()
        except lost:
            is_lost.set()
        except OpenRegError as error:
            log.warning("lease_not_renewed", lease=lost.code, reason=error.code)
