"""Builds the source database: schema, static tables, one day of trades and a few of the day before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from typing import Final

import polars as pl
import psycopg
from psycopg import sql

from backend.demo.errors import DemoSourceUnavailable
from backend.demo.instruments import basket_rows, instrument_rows
from backend.demo.parties import Row, algorithm_rows, client_rows, entity_rows, trader_rows
from backend.demo.trades import Day, make_trades

_ROWS_PER_COPY: Final = 50_000
#: Trades of the day before, which a report of the reporting date must not hold.
_EARLIER_TRADES: Final = 40
# Nothing a cell holds begins with a backslash; an empty text stays apart from a missing value.
_NULL: Final = "\\N"

_STATIC_TABLES: Final[dict[str, Callable[[int], list[Row]]]] = {
    "entities": entity_rows,
    "clients": client_rows,
    "traders": trader_rows,
    "algorithms": algorithm_rows,
    "instruments": instrument_rows,
    "basket_constituents": basket_rows,
}


def create_source(dsn: str, day: Day, loaded: Callable[[int], None] | None = None) -> None:
    """Create schema ``trading`` in the database and fill it; an earlier schema of that name is replaced.

    ``loaded`` is told how many trades were written since its last call. Raises DemoSourceUnavailable.
    """
    try:
        with psycopg.connect(dsn) as connection:
            connection.execute("SET LOCAL synchronous_commit = off")
            _run(connection, "source.sql")
            for table, make_rows in _STATIC_TABLES.items():
                _copy(connection, table, [_frame(make_rows(day.seed))])
            _copy(connection, "trades", _trades(day), loaded)
            _run(connection, "source_keys.sql")
    except psycopg.Error as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise DemoSourceUnavailable(
            f"The demo's source database could not be built: {reason}",
            fix="Check that the PostgreSQL server of the platform runs, and that its disk has room.",
        ) from error


def _trades(day: Day) -> Iterable[pl.DataFrame]:
    for start in range(0, day.rows, _ROWS_PER_COPY):
        yield make_trades(day, start, min(start + _ROWS_PER_COPY, day.rows))
    rows = day.rows + _EARLIER_TRADES
    yesterday = replace(day, reporting_date=day.reporting_date - timedelta(days=1), rows=rows)
    yield make_trades(yesterday, day.rows, rows)


def _frame(rows: list[Row]) -> pl.DataFrame:
    """Rows that leave out what they do not have, as one table."""
    return pl.from_dicts(rows, infer_schema_length=None)


def _copy(
    connection: psycopg.Connection,
    table: str,
    frames: Iterable[pl.DataFrame],
    loaded: Callable[[int], None] | None = None,
) -> None:
    for frame in frames:
        statement = sql.SQL("COPY trading.{} ({}) FROM STDIN (FORMAT csv, NULL {})").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, frame.columns)), sql.Literal(_NULL)
        )
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(frame.write_csv(include_header=False, null_value=_NULL))
        if loaded is not None:
            loaded(frame.height)


def _run(connection: psycopg.Connection, script: str) -> None:
    text = files("backend.demo").joinpath(script).read_text(encoding="utf-8")
    connection.execute(text.encode())
