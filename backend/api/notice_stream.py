"""Server-sent events of a person's notices.

One connection per process listens for all viewers (``NoticeFeed``); a viewer reads from the database only when its
tenant has something new, and holds no connection while it waits.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog

from backend.api.schemas.notices import NoticeAnswer
from backend.core.errors import OpenRegError
from backend.core.ids import TenantId
from backend.persistence.notices import CHANNEL
from backend.persistence.session import Database
from backend.services.notices import NoticeService

log = structlog.get_logger(__name__)

#: After this long a comment line is sent, the database is asked, should a notification have been lost, and whether
#: the viewer is still signed in.
HEARTBEAT_SECONDS = 15.0
#: A stream ends after this long and the client comes back.
STREAM_SECONDS = 600.0
RETRY_SECONDS = 2.0


class NoticeFeed:
    """Wakes the viewers of this process when their tenant has new notices; listens only while somebody watches."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._viewers: dict[str, set[asyncio.Event]] = {}
        self._listener: asyncio.Task[None] | None = None
        #: Every task that listens, or gives back the connection it listened on.
        self._tasks: set[asyncio.Task[None]] = set()

    @contextmanager
    def watch(self, tenant: TenantId) -> Iterator[asyncio.Event]:
        """An event that is set when there may be something new for a tenant."""
        woken = asyncio.Event()
        watching = self._viewers.setdefault(str(tenant), set())
        watching.add(woken)
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
            self._tasks.add(self._listener)
            self._listener.add_done_callback(self._tasks.discard)
        try:
            yield woken
        finally:
            watching.discard(woken)
            if not watching:
                self._viewers.pop(str(tenant), None)
            if not self._viewers:
                self._listener.cancel()
                self._listener = None

    async def close(self) -> None:
        """Stop listening, and wait until every connection has been given back."""
        for task in self._tasks:
            task.cancel()
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._database.listen(CHANNEL, self._wake) as lost:
                    for tenant in list(self._viewers):  # what was said before anybody listened
                        self._wake(tenant)
                    await lost.wait()
            except OpenRegError as error:
                log.warning("notices_not_heard", code=error.code)
            await asyncio.sleep(RETRY_SECONDS)

    def _wake(self, tenant: str) -> None:
        for woken in self._viewers.get(tenant, ()):
            woken.set()


async def notice_stream(
    feed: NoticeFeed, notices: NoticeService, last_sequence: int | None, may_go_on: Callable[[], Awaitable[bool]]
) -> AsyncIterator[str]:
    """Notices behind ``last_sequence``, from now on when it is None; until the viewer may not go on."""
    ends_at, asked_at = time.monotonic() + STREAM_SECONDS, time.monotonic()
    with feed.watch(notices.scope.tenant) as woken:
        sequence = await notices.last_sequence() if last_sequence is None else last_sequence
        yield ": watching\n\n"
        while time.monotonic() < ends_at:
            if time.monotonic() - asked_at >= HEARTBEAT_SECONDS:
                if not await may_go_on():
                    return
                asked_at = time.monotonic()
            woken.clear()
            found = await notices.after(sequence)
            for notice in found:
                sequence = notice.sequence
                document = NoticeAnswer.model_validate(notice).model_dump_json()
                yield f"id: {sequence}\nevent: notice\ndata: {document}\n\n"
            if found:
                continue
            try:
                await asyncio.wait_for(woken.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
