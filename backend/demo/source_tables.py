"""The source's tables with their rows: static ones, one day of trades and a few of the day before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import polars as pl

from backend.demo.instruments import basket_rows, instrument_rows
from backend.demo.parties import Row, algorithm_rows, client_rows, entity_rows, trader_rows
from backend.demo.trades import Day, make_trades

#: What is told of the progress: how many trades were written since the last call.
Loaded = Callable[[int], None]
TRADES: Final = "trades"
_ROWS_PER_FRAME: Final = 50_000
#: Trades of the day before, which a report of the reporting date must not hold.
_EARLIER_TRADES: Final = 40

_STATIC_TABLES: Final[dict[str, Callable[[int], list[Row]]]] = {
    "entities": entity_rows,
    "clients": client_rows,
    "traders": trader_rows,
    "algorithms": algorithm_rows,
    "instruments": instrument_rows,
    "basket_constituents": basket_rows,
}


@dataclass(frozen=True, slots=True)
class TablePart:
    """Some rows of a table; a table comes in one or several parts, in its order."""

    table: str
    rows: pl.DataFrame

    @property
    def trades(self) -> int:
        """How many trades it holds."""
        return self.rows.height if self.table == TRADES else 0


def source_tables(day: Day) -> Iterator[TablePart]:
    """Every row of the source, table by table."""
    for table, make_rows in _STATIC_TABLES.items():
        yield TablePart(table, _frame(make_rows(day.seed)))
    for start in range(0, day.rows, _ROWS_PER_FRAME):
        yield TablePart(TRADES, make_trades(day, start, min(start + _ROWS_PER_FRAME, day.rows)))
    rows = day.rows + _EARLIER_TRADES
    yesterday = replace(day, reporting_date=day.reporting_date - timedelta(days=1), rows=rows)
    yield TablePart(TRADES, make_trades(yesterday, day.rows, rows))


def _frame(rows: list[Row]) -> pl.DataFrame:
    """Rows that leave out what they do not have, as one table."""
    return pl.from_dicts(rows, infer_schema_length=None)
