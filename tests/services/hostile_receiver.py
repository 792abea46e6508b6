"""A receiver that answers without end, in a process of its own: what it needs is not counted as the sender's.

``python -m tests.services.hostile_receiver`` prints its port; the path of a request names what it does. Ends when
standard input closes.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache

GIBIBYTE = 1024**3
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
#: So much that it is more than is kept even when it is packed.
BOMB_BYTES = 64 * 1024**2

Talk = Callable[[asyncio.StreamWriter], AsyncIterator[bytes]]


async def _gibibyte(_: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    yield OK + f"Content-Length: {GIBIBYTE}\r\n\r\n".encode()
    for _round in range(GIBIBYTE // 65536):
        yield b"x" * 65536


async def _drip(_: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    yield OK + b"Content-Length: 100000\r\n\r\n"
    while True:
        yield b"x"
        await asyncio.sleep(0.02)


async def _chunks(_: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    yield CHUNKED
    while True:
        yield b"1\r\nx\r\n" * 10
        await asyncio.sleep(0.02)


async def _extension(_: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    yield CHUNKED + b"1;"
    while True:
        yield b"x" * 65536


@cache
def _packed() -> bytes:
    return gzip.compress(bytes(BOMB_BYTES), compresslevel=1)


async def _bomb(_: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    packed = _packed()
    yield OK + f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed


async def _headers(_: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    yield OK
    number = 0
    while True:
        yield b"".join(f"X-{number + one}: y\r\n".encode() for one in range(500))
        number += 500


async def _hints(_: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    while True:
        yield b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" * 100
        await asyncio.sleep(0)


async def _status(_: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 "
    while True:
        yield b"O" * 65536


TALKS: dict[str, Talk] = {
    one.__name__.removeprefix("_"): one
    for one in (_gibibyte, _drip, _chunks, _extension, _bomb, _headers, _hints, _status)
}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        request = await reader.readuntil(b"\r\n\r\n")
        async for piece in TALKS[request.split(b" ", 2)[1].decode().strip("/")](writer):
            writer.write(piece)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


@asynccontextmanager
async def hostile_receiver() -> AsyncIterator[str]:
    """Its address, without a path, for the length of the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(_main())
