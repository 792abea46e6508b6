"""Ways to make a server call what it must not, and a listener that notices every one that works."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from tests.services.raw_server import RawServer, raw_server

NON_GLOBAL: Final = (
    *("127.0.0.1", "10.1.2.3", "10.255.255.254", "169.254.169.254", "100.64.0.1", "192.0.0.8", "198.18.0.1"),
    *("0.0.0.0", "240.0.0.1", "255.255.255.255", "203.0.113.5", "::1", "::", "fe80::1", "fc00::1"),
    *("fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2001:db8::1", "100::1"),
)
#: What the standard library's ``is_global`` says True to.
WRONGLY_GLOBAL: Final = (
    *("224.0.0.1", "ff02::1", "192.88.99.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "5f00::1"),
    "3fff::1",
)
ODD_SPELLINGS: Final = ("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "①②⑦.0.0.1", "localhost")
SPECIAL_HOSTS: Final = (*NON_GLOBAL, *WRONGLY_GLOBAL, *ODD_SPELLINGS)
PUBLIC: Final = ("8.8.8.8", "2606:4700::1111")


def hook_at(host: str, port: int | None = None) -> str:
    """An endpoint's URL there."""
    place = f"[{host}]" if ":" in host else host
    return f"https://{place}/hook" if port is None else f"https://{place}:{port}/hook"


async def _count_and_hang_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Nothing to say: that somebody connected is what is counted."""


@asynccontextmanager
async def canary() -> AsyncIterator[RawServer]:
    """What counts its connections, at one port of both loopback addresses, where the machine has both."""
    async with raw_server(_count_and_hang_up, also=("::1",)) as bird:
        yield bird


def names_have(monkeypatch: pytest.MonkeyPatch, names: dict[str, Sequence[Sequence[str]]]) -> list[str]:
    """Give names their addresses, one answer after the other and then the last for ever; gives what was asked for."""
    loop = asyncio.get_running_loop()
    real, asked = loop.getaddrinfo, list[str]()
    left = {name: [list(answer) for answer in answers] for name, answers in names.items()}

    async def getaddrinfo(host: Any, port: Any, **rest: Any) -> Any:
        if host not in left:
            return await real(host, port, **rest)
        asked.append(host)
        answers = left[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found
        ]

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    return asked
