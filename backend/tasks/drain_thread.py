"""A thread of a worker's process that sends webhooks: a task only wakes it, and holds no place of the worker's.

It has an event loop and a pool of its own, since both belong to the loop that made them. It begins with the first
tenant that is woken, so that processes of other queues have none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event, Lock, Thread

from backend.config import Settings
from backend.core.ids import TenantId
from backend.persistence.session import Database
from backend.services.adapters import Adapters
from backend.services.webhook_drain import WebhookDrain
from backend.services.webhook_drains import ENDING_SECONDS, WebhookDrains
from backend.services.webhook_sender import WebhookSender

#: After the wait for answers: pools and connections are closed.
CLOSE_SECONDS = ENDING_SECONDS + 5.0


class DrainThread:
    """Of one process, made after the fork; ``ended`` is called in the thread when a tenant's drain has ended."""

    def __init__(self, settings: Settings, adapters: Adapters, ended: Callable[[], None]) -> None:
        """Nothing runs yet."""
        self._settings, self._adapters, self._ended = settings, adapters, ended
        self._lock = Lock()
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._drains: WebhookDrains | None = None
        self._closing: asyncio.Event | None = None

    def wake(self, tenant: TenantId) -> None:
        """Something is due for a tenant."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                is_ready = Event()
                self._thread = Thread(target=self._run, args=(is_ready,), name="webhooks", daemon=True)
                self._thread.start()
                is_ready.wait()
        if self._loop is not None and self._drains is not None:
            self._loop.call_soon_threadsafe(self._drains.wake, tenant)

    def close(self) -> None:
        """Record what is answered within a few seconds, and end."""
        if self._thread is None or self._loop is None or self._closing is None:
            return
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(CLOSE_SECONDS)

    def _run(self, is_ready: Event) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._serve(is_ready))

    async def _serve(self, is_ready: Event) -> None:
        database = Database(
            self._settings.database.url.get_secret_value(),
            pool_size=self._settings.database.pool_size,
            name="openreg-webhooks",
        )
        proxy = self._settings.security.webhook_proxy_url
        sender = WebhookSender(
            self._adapters.egress_public_web, proxy_url=proxy.get_secret_value() if proxy is not None else None
        )
        drain = WebhookDrain(database, self._adapters.box, sender, database.now)
        self._drains, self._closing = WebhookDrains(drain, self._ended), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        is_ready.set()
        await self._closing.wait()
        await self._drains.close()
        await sender.close()
        await database.dispose()
