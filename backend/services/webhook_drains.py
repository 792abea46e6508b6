"""The drains of all tenants for which something is due, side by side in one event loop.

Each claims and records inside its tenant, under row-level security; none waits for another. While many tenants send,
the places are shared out among them: who holds more than its share, say for endpoints that never answer, gets no new
ones, and who comes finds its share free whatever the others hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

import structlog

from backend.core.errors import OpenRegError
from backend.core.ids import TenantId
from backend.services.webhook_drain import PLACES, DrainCall, WebhookDrain

log = structlog.get_logger(__name__)

#: Requests of one process at a time, and how many a tenant may have whatever others do.
ALL_PLACES: Final = 512
LEAST_PLACES: Final = 16
#: A process that ends waits for answers no longer; what is sent then is sent again, under the same webhook-id.
ENDING_SECONDS: Final = 5.0


class WebhookDrains:
    """Bound to one event loop; ``ended`` is called when the drain of a tenant has come to its end."""

    def __init__(self, drain: WebhookDrain, ended: Callable[[], None] = lambda: None) -> None:
        """Nobody is woken yet."""
        self._drain, self._ended = drain, ended
        self._calls: dict[TenantId, DrainCall] = {}
        self._tasks: dict[TenantId, asyncio.Task[int]] = {}
        self._is_closing = False

    def wake(self, tenant: TenantId) -> None:
        """Something is due for a tenant: its drain begins, or looks again at once."""
        if self._is_closing:
            return
        if (call := self._calls.get(tenant)) is not None:
            call.look()
            return
        call = self._calls[tenant] = DrainCall()
        self._share_out()
        task = self._tasks[tenant] = asyncio.create_task(self._drain.drain(tenant, call))
        task.add_done_callback(partial(self._end, tenant, call))

    async def close(self) -> None:
        """Claim nothing more, and record what is answered within a few seconds."""
        self._is_closing = True
        for call in self._calls.values():
            call.end()
        if tasks := list(self._tasks.values()):
            _, late = await asyncio.wait(tasks, timeout=ENDING_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _end(self, tenant: TenantId, call: DrainCall, task: asyncio.Task[int]) -> None:
        del self._calls[tenant], self._tasks[tenant]
        self._share_out()
        if not task.cancelled() and (error := task.exception()) is not None:
            # Whatever it was, the others go on, and the sweep wakes this one again.
            if isinstance(error, OpenRegError):
                log.warning("webhook_drain_failed", tenant_id=str(tenant), reason=error.code)
            else:
                log.error("webhook_drain_failed", tenant_id=str(tenant), exc_info=error)
        elif call.has_more:
            self.wake(tenant)
        self._ended()

    def _share_out(self) -> None:
        share = ALL_PLACES // max(1, len(self._calls))
        for call in self._calls.values():
            call.places = min(PLACES, max(LEAST_PLACES, share))
