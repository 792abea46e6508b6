"""A real Redis server: append-only file, password, nothing evicted."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from backend.embedded.account import own
from backend.embedded.errors import DataFolderCorrupt, EmbeddedError, with_last_lines
from backend.embedded.ports import LOOPBACK
from backend.embedded.services.service import EmbeddedService, Placement

_DAMAGE_WORDS = (
    "bad file format reading the append only file",
    "unexpected end of file",
    "wrong signature",
    "crc error",
)


class RedisServer(EmbeddedService):
    """One Redis for queue messages, caches and counters; PostgreSQL holds every truth."""

    name: ClassVar[str] = "redis"

    def __init__(
        self,
        placement: Placement,
        *,
        program: Path,
        password: str,
    ) -> None:
        """``program`` is redis-server."""
        super().__init__(placement)
        self._program = program
        self._password = password

    @property
    def url(self) -> str:
        """``redis://`` address of database 0."""
        return f"redis://:{quote(self._password, safe='')}@{LOOPBACK}:{self.port}/0"

    @property
    def _configuration(self) -> Path:
        return self.folder / "redis.conf"

    def prepare(self) -> None:
        """Create the data folder."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        own(self.folder, self.account)

    def command(self) -> list[str]:
        """redis-server with a configuration file: a password on the command line is readable by everybody."""
        settings = [
            f"bind {LOOPBACK}",
            f"port {self.port}",
            f"dir {json.dumps(str(self.folder))}",
            f"requirepass {self._password}",
            "daemonize no",
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",  # an evicted queue message would be a lost wake-up
            "loglevel notice",
            'logfile ""',
        ]
        self._configuration.unlink(missing_ok=True)
        self._configuration.touch(mode=0o600)
        self._configuration.write_text("\n".join(settings) + "\n", "utf-8")
        own(self._configuration, self.account)
        return [str(self._program), str(self._configuration)]

    def is_ready(self) -> bool:
        """Whether our password signs in and PING is answered (not while the file is being loaded)."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:  # noqa: PLR2004 - one line per command
                    received = connection.recv(256)
                    if not received:
                        return False
                    answer += received
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")

    def explain(self, lines: list[str]) -> EmbeddedError | None:
        """A damaged append-only file may simply be removed."""
        if any(word in line.lower() for line in lines for word in _DAMAGE_WORDS):
            return DataFolderCorrupt(
                with_last_lines(f"The Redis data in {self.folder} is damaged.", lines),
                fix=f"Remove {self.folder}: it holds only queued messages and counters, no business data.",
            )
        return None
