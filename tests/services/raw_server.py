"""A server that speaks whatever a test writes, and leaves no connection open whenever its clients go."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class RawServer:
    """Where it listens and how many connections were made."""

    talk: Talk
    port: int = 0
    connections: int = 0
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _talking: list[asyncio.Task[None]] = field(default_factory=list)

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Note a connection before anything awaits: a conversation that never begins is closed as well."""
        self.connections += 1
        self._writers.append(writer)
        self._talking.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side has gone
        finally:
            writer.close()

    async def hang_up(self) -> None:
        """End every conversation and close what it used."""
        for task, writer in zip(self._talking, self._writers, strict=True):
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*self._talking, return_exceptions=True)
        await asyncio.sleep(0)  # an aborted transport closes its socket in the next turn of the loop


@asynccontextmanager
async def raw_server(talk: Talk, *, also: tuple[str, ...] = ()) -> AsyncIterator[RawServer]:
    """Listening on 127.0.0.1 for the length of the block, and at the same port of ``also`` where the machine has it."""
    found = RawServer(talk)
    servers = [await asyncio.start_server(found.connected, "127.0.0.1", 0)]
    found.port = servers[0].sockets[0].getsockname()[1]
    for host in also:
        with suppress(OSError):
            servers.append(await asyncio.start_server(found.connected, host, found.port))
    try:
        yield found
    finally:
        for server in servers:
            server.close()
        await asyncio.sleep(0)  # a connection that was just taken is made known in the next turn of the loop
        await found.hang_up()
