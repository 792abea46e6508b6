"""The source databases of the tests, reached through their ODBC drivers as Debian packages them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from backend.services.connectors.base import Connector, Credentials
from backend.services.connectors.factory import create_connector
from backend.services.connectors.odbc import SERVER_STEPS
from backend.services.egress import EgressGuard, EgressPolicy
from tests.services.mariadb import DATABASE, READER, MariadbSource
from tests.services.source_database import LOOPBACK, READER_PASSWORD, SourceDatabase

POSTGRESQL_DRIVER = "PostgreSQL Unicode"
MARIADB_DRIVER = "MariaDB Unicode"
SQLITE_DRIVER = "SQLite3"
FREETDS_DRIVER = "FreeTDS"


def odbc_connector(
    settings: dict[str, object], username: str, password: str, guard: EgressGuard = LOOPBACK
) -> Connector:
    return create_connector("odbc", settings, Credentials(username=username, password=SecretStr(password)), guard)


@dataclass(frozen=True)
class OdbcPostgresql(SourceDatabase):
    """PostgreSQL through psqlODBC."""

    steps = SERVER_STEPS

    @staticmethod
    def with_texts_of(longest: int) -> dict[str, object]:
        return {"longest_text_bytes": longest}

    def connect(self, *, username: str | None = None, password: str = READER_PASSWORD, **settings: object) -> Connector:
        where = {"host": "127.0.0.1", "port": self.port, "database": self.database, "ssl_mode": "disable"}
        return odbc_connector({"driver": POSTGRESQL_DRIVER, **where, **settings}, username or self.reader, password)


@dataclass(frozen=True)
class OdbcMariadb(MariadbSource):
    """MariaDB through its own driver."""

    steps = SERVER_STEPS

    @staticmethod
    def with_texts_of(longest: int) -> dict[str, object]:
        return {"longest_text_bytes": longest}

    def connect(self, *, username: str | None = None, password: str = READER_PASSWORD, **settings: object) -> Connector:
        where = {"host": "127.0.0.1", "port": self.port, "database": DATABASE, "ssl_mode": "disable"}
        return odbc_connector({"driver": MARIADB_DRIVER, **where, **settings}, username or READER, password)


@dataclass(frozen=True)
class OdbcSqlite:
    """A file, through SQLite's driver."""

    path: Path

    main_schema = "main"

    @staticmethod
    def with_texts_of(longest: int) -> dict[str, object]:
        return {"longest_text_bytes": longest}

    @staticmethod
    def series(rows: int) -> str:
        """A table of the numbers from 1, as ``g``."""
        counted = f"WITH RECURSIVE n(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM n WHERE g < {rows}) SELECT g FROM n"
        return f"({counted}) as s"

    def connect(self, **settings: object) -> Connector:
        guard = EgressGuard(EgressPolicy.OWN_NETWORK, source_folders=(self.path.parent,))
        given = {"driver": SQLITE_DRIVER, "database": str(self.path), "ssl_mode": "disable", **settings}
        return odbc_connector(given, "nobody", "unused", guard)

    def run(self, *statements: str) -> list[Any]:
        """Run statements past the driver; the rows of the last."""
        connection = sqlite3.connect(self.path)
        try:
            with connection:
                return [row for statement in statements for row in connection.execute(statement).fetchall()]
        finally:
            connection.close()


SQLITE_SCHEMA = (
    "CREATE TABLE trades (id bigint PRIMARY KEY, trade_date date NOT NULL, price decimal(18, 8), note varchar(20))",
    (
        "INSERT INTO trades WITH RECURSIVE n(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM n WHERE g < 1000)"
        " SELECT g, date('2026-03-01', '+' || (g % 2) || ' days'), g / 8.0,"
        " CASE WHEN g % 3 = 0 THEN NULL ELSE 'n' || g END FROM n"
    ),
    "CREATE VIEW cheap_trades AS SELECT * FROM trades WHERE price < 10",
)


@contextmanager
def sqlite_source(folder: Path) -> Iterator[OdbcSqlite]:
    """A database file of its own."""
    source = OdbcSqlite(folder / "source.db")
    source.run(*SQLITE_SCHEMA)
    yield source
    with suppress(FileNotFoundError):
        source.path.unlink()
