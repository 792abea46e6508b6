"""The source in MariaDB: the same tables and rows as in PostgreSQL, in MySQL's words."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl
import pymysql

from backend.demo.database import READER
from backend.demo.errors import DemoSourceUnavailable
from backend.demo.mariadb_server import ADMINISTRATOR, MariadbServer, started_mariadb_server
from backend.demo.report import source_query
from backend.demo.source import script
from backend.demo.source_kinds import DemoSource
from backend.demo.source_tables import Loaded, TablePart, source_tables
from backend.demo.trades import Day

DATABASE: Final = "trading"
#: What MySQL calls otherwise; everything else of the demo's statements is said alike.
_WORDS: Final = {
    f"DROP SCHEMA IF EXISTS {DATABASE} CASCADE": f"DROP SCHEMA IF EXISTS {DATABASE}",
    f"CREATE SCHEMA {DATABASE}": f"CREATE SCHEMA {DATABASE} CHARACTER SET utf8mb4",
    "timestamptz": "timestamp(6)",
    "(instrument_id, basket, position)": "(instrument_id, basket(20), position)",
    "ANALYZE": "ANALYZE TABLE",
    "string_agg(isin, ',' ORDER BY position)": "group_concat(isin ORDER BY position SEPARATOR ',')",
}
_NULL: Final = "NULL"
_MICROSECONDS: Final = "%Y-%m-%d %H:%M:%S%.6f"


@contextmanager
def mysql_source(address: str, day: Day, loaded: Loaded | None = None) -> Iterator[DemoSource]:
    """A server with the day's trades. Raises DemoServerNotStarted, DemoSourceUnavailable."""
    with started_mariadb_server(address) as server:
        password = secrets.token_hex(16)
        try:
            with _connected(server) as connection:
                _build(connection, day, password, loaded)
        except pymysql.Error as error:
            raise DemoSourceUnavailable(
                f"The demo's source database could not be built: {error.args[-1]}",
                fix="Check that the disk below the system's temporary folder has room.",
            ) from error
        settings = {"host": server.host, "port": server.port, "database": DATABASE, "ssl_mode": "disable"}
        credentials = {"username": READER, "password": password}
        yield DemoSource(
            {"kind": "mysql", "settings": settings, "credentials": credentials},
            f"mysql://{READER}:{password}@{server.host}:{server.port}/{DATABASE}",
            in_mysql(source_query()),
        )


def in_mysql(statements: str) -> str:
    """Statements of the demo as MySQL says them."""
    for ours, theirs in _WORDS.items():
        statements = statements.replace(ours, theirs)
    return statements


def _connected(server: MariadbServer) -> pymysql.Connection[Any]:
    return pymysql.connect(
        host=server.host, port=server.port, user=ADMINISTRATOR, password=server.password.encode(),
        charset="utf8mb4", autocommit=True, local_infile=True,
    )  # fmt: skip


def _build(connection: pymysql.Connection[Any], day: Day, password: str, loaded: Loaded | None) -> None:
    with connection.cursor() as cursor, tempfile.TemporaryDirectory(prefix="openreg-rows-") as folder:
        # Times of the files are UTC, and wrong values are errors instead of zeros.
        cursor.execute("SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE'")
        _run(cursor, "source.sql")
        for part in source_tables(day):
            _load(cursor, part, Path(folder) / "rows.csv")
            if loaded is not None and part.trades:
                loaded(part.trades)
        _run(cursor, "source_keys.sql")
        cursor.execute(f"CREATE USER {READER}@'%%' IDENTIFIED BY %s", [password])
        cursor.execute(f"GRANT SELECT ON {DATABASE}.* TO {READER}@'%'")


def _load(cursor: Any, part: TablePart, file: Path) -> None:
    rows = part.rows.with_columns(
        pl.selectors.boolean().cast(pl.Int8), pl.selectors.datetime().dt.strftime(_MICROSECONDS)
    )
    # Texts are in quotes and a missing value is not: an empty text stays apart, and so does the text NULL.
    rows.write_csv(file, include_header=False, null_value=_NULL, quote_style="non_numeric")
    columns = ", ".join(f"`{name}`" for name in rows.columns)
    cursor.execute(
        f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE {DATABASE}.{part.table} CHARACTER SET utf8mb4"
        f" FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY '\\n' ({columns})"
    )
    if cursor.rowcount != rows.height:
        raise DemoSourceUnavailable(f"{cursor.rowcount} of {rows.height} rows of {part.table} were taken.")


def _run(cursor: Any, name: str) -> None:
    lines = [line for line in in_mysql(script(name)).splitlines() if not line.startswith("--")]
    for statement in "\n".join(lines).split(";"):
        if statement.strip():
            cursor.execute(statement)
            cursor.fetchall()
