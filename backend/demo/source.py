"""Builds the source in PostgreSQL: schema, then rows, then keys."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

import psycopg
from psycopg import sql

from backend.demo.errors import DemoSourceUnavailable
from backend.demo.source_tables import Loaded, TablePart, source_tables
from backend.demo.trades import Day

# Nothing a cell holds begins with a backslash; an empty text stays apart from a missing value.
_NULL: Final = "\\N"


def create_source(dsn: str, day: Day, loaded: Loaded | None = None) -> None:
    """Create schema ``trading`` in the database and fill it; an earlier schema of that name is replaced.

    Raises DemoSourceUnavailable.
    """
    try:
        with psycopg.connect(dsn) as connection:
            connection.execute("SET LOCAL synchronous_commit = off")
            connection.execute(script("source.sql").encode())
            for part in source_tables(day):
                _copy(connection, part)
                if loaded is not None and part.trades:
                    loaded(part.trades)
            connection.execute(script("source_keys.sql").encode())
    except psycopg.Error as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise DemoSourceUnavailable(
            f"The demo's source database could not be built: {reason}",
            fix="Check that the PostgreSQL server of the platform runs, and that its disk has room.",
        ) from error


def script(name: str) -> str:
    """The statements of one of the demo's files."""
    return files("backend.demo").joinpath(name).read_text(encoding="utf-8")


def _copy(connection: psycopg.Connection, part: TablePart) -> None:
    statement = sql.SQL("COPY trading.{} ({}) FROM STDIN (FORMAT csv, NULL {})").format(
        sql.Identifier(part.table), sql.SQL(", ").join(map(sql.Identifier, part.rows.columns)), sql.Literal(_NULL)
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(part.rows.write_csv(include_header=False, null_value=_NULL))
