"""A load of GETs over kept connections: as little client as can be, so that the servers are what is measured."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping

CONNECTIONS = 8
_WITHOUT_BODY = 304
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


async def seconds_of(port: int, path: str, headers: Mapping[str, str], calls: int, status: int = 200) -> float:
    """How long ``calls`` calls take over ``CONNECTIONS`` connections. Raises when an answer has another status."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode()
    started = time.perf_counter()
    await asyncio.gather(*(_calls(port, request, calls // CONNECTIONS, status) for _ in range(CONNECTIONS)))
    return time.perf_counter() - started


async def _calls(port: int, request: bytes, count: int, status: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for _ in range(count):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(f"HTTP/1.1 {status} ".encode()), head
            length = _LENGTH.search(head)
            assert length is not None or status == _WITHOUT_BODY
            await reader.readexactly(int(length.group(1)) if length else 0)
    finally:
        writer.close()
