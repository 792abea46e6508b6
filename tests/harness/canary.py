"""A client that plants secrets and keeps every answer, and the search for what was planted."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg import sql

_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CHUNK_BYTES = 1024 * 1024


@dataclass
class Canaries:
    """Secrets by the name of the field they were put into."""

    planted: dict[str, str] = field(default_factory=dict)

    def plant(self, name: str, value: str) -> str:
        """Remember a secret; returns it."""
        assert len(value) >= 10, f"{name} is too short to be told from other text"
        self.planted[name] = value
        return value

    def found_in(self, content: bytes) -> set[str]:
        """The names of the secrets that stand in bytes, as they are or as hexadecimal digits or base64."""
        return {name for name, value in self.planted.items() if any(form in content for form in _forms(value))}


def _forms(value: str) -> tuple[bytes, ...]:
    plain = value.encode()
    escaped = json.dumps(value)[1:-1].encode()
    # Without the last digits, which depend on what follows.
    encoded = base64.b64encode(plain).rstrip(b"=")[:-2]
    return plain, escaped, plain.hex().encode(), encoded


@dataclass(frozen=True, slots=True)
class Told:
    """One answer."""

    call: str
    status: int
    content: bytes


class RecordingClient:
    """Calls the API and keeps what it says, headers included."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=f"{address}/api/v1", timeout=60, trust_env=False)
        self.told: list[Told] = []

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One call; the session's cookie is kept apart from what other answers show."""
        answer = self._http.request(method, path, **options)
        headers = "".join(f"{name}: {value}\n" for name, value in answer.headers.items() if name != "set-cookie")
        name = f"{method} {_IDENTIFIER.sub('…', path)}"
        self.told.append(Told(name, answer.status_code, headers.encode() + answer.content))
        return answer

    def done(self, method: str, path: str, **options: Any) -> Any:
        """A call that succeeds; its JSON."""
        answer = self.call(method, path, **options)
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def cookie(self) -> str:
        """The session's cookie as it is now."""
        return str(self._http.cookies["openreg_session"])

    def speak_as(self, token: str) -> None:
        """Authorize the next calls."""
        self._http.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self._http.close()


def rows_of(superuser_dsn: str) -> Iterator[tuple[str, bytes]]:
    """Every row of every table as text, bytes as hexadecimal digits and as they are, with the table's name."""
    with psycopg.connect(superuser_dsn) as connection:
        tables = connection.execute(
            "select c.oid::regclass::text, relname from pg_class c join pg_namespace n on n.oid = relnamespace "
            "where relkind = 'r' and nspname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert len(tables) > 25, tables
        for _, name in tables:
            table = sql.Identifier(name)
            for (row,) in connection.execute(sql.SQL("select t::text from {} t").format(table)):
                yield name, str(row).encode()


def files_of(folder: Path, known: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, in parts that overlap; without those that are known to hold secrets."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name in known or path.is_symlink() or not path.is_file():
            continue
        before = b""
        with path.open("rb") as file:
            while part := file.read(CHUNK_BYTES):
                yield name, before + part
                before = part[-200:]
