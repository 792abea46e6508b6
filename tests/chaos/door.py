"""A door in front of the S3 server that can be shut, slow, or bad-tempered."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from enum import StrEnum
from typing import Any, TypeVar

Result = TypeVar("Result")
_PIECE = 16 * 1024
_REFUSAL = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Mood(StrEnum):
    """How the door treats who comes to it."""

    OPEN = "open"
    SHUT = "shut"
    SLOW = "slow"
    FAILING = "failing"


class Door:
    """A port that leads to another one; runs in a thread of its own."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._mood = Mood.OPEN
        self._count = 0
        self._passing: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def become(self, mood: Mood) -> None:
        """Change; a door that shuts also cuts what is passing."""
        self._mood = mood
        if mood is Mood.SHUT:
            self._call(self._cut())

    def close(self) -> None:
        """For good."""
        self.become(Mood.SHUT)
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _cut(self) -> None:
        for writer in list(self._passing):
            writer.transport.abort()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._server.wait_closed()
        await asyncio.sleep(0.1)  # aborted transports close their sockets in the loop's next turns

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._count += 1
        if self._mood is Mood.SHUT:
            writer.transport.abort()
            return
        self._passing.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            if self._mood is Mood.FAILING and self._count % 3 == 0:
                await reader.read(_PIECE)
                writer.write(_REFUSAL)
                await writer.drain()
            else:
                inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target)
                self._passing.add(inner_writer)
                await asyncio.gather(self._pump(reader, inner_writer), self._pump(inner_reader, writer))
                self._passing.discard(inner_writer)
        self._passing.discard(writer)
        writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                if self._mood is Mood.SLOW:
                    await asyncio.sleep(len(piece) / 200_000)  # as over a bad line: 200 kB/s for each connection
                writer.write(piece)
                await writer.drain()
                if self._mood is Mood.FAILING:
                    # In the middle of what it was told: the rest never comes.
                    self._count += 1
                    if self._count % 50 == 0:
                        writer.transport.abort()
                        return
        with suppress(OSError):
            writer.close()
