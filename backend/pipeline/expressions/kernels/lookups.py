"""``lookup()`` over the rows of an input: which row a key means, and what stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import polars as pl

from backend.domain.expressions.types import DataType
from backend.domain.reports.document import MissingKey
from backend.pipeline.expressions.kernels.casts import cast_column
from backend.pipeline.expressions.kernels.doubles import broadcast
from backend.pipeline.expressions.lookup_rows import LookupRows
from backend.pipeline.expressions.terms import Failure, RowError, Term

_PLACE: Final = "place"


def find_rows(rows: LookupRows, keys: Sequence[tuple[Term, DataType]]) -> pl.Expr:
    """The place of the row each key means; NULL where there is none or a part of the key is NULL."""
    wanted = [kind for _, kind in keys]
    typed = [
        pl.col(name) if kind == to else cast_column(pl.col(name), kind, to).value
        for (name, kind), to in zip(rows.key.items(), wanted, strict=True)
    ]
    named = [column.alias(str(number)) for number, column in enumerate(typed)]
    known = rows.frame.select(named).with_row_index(_PLACE).drop_nulls()
    return pl.map_batches([term.value for term, _ in keys], partial(_find, known=known), return_dtype=pl.UInt32())


def take(values: pl.Series, places: pl.Expr) -> pl.Expr:
    """What stands in a column in the rows found."""
    return pl.map_batches([places], partial(_take, values=values), return_dtype=values.dtype)


def absence(missing: MissingKey, table: str, keys: Sequence[pl.Expr], places: pl.Expr) -> tuple[Failure, ...]:
    """What it means that a key is not there; a key with a NULL in it is no key, and nothing is missing."""
    if missing is MissingKey.NULL:
        return ()
    condition = places.is_null() & pl.all_horizontal([key.is_not_null() for key in keys])
    absent_from = table if missing is MissingKey.FINDING else None
    return (Failure(condition, RowError.KEY_MISSING, absent_from=absent_from),)


def _find(columns: Sequence[pl.Series], *, known: pl.DataFrame) -> pl.Series:
    asked = pl.DataFrame({str(number): column for number, column in enumerate(broadcast(columns))})
    names = asked.columns
    # The hash table is built of the few keys of the batch, not of all rows of the input.
    found = known.join(asked.unique(names), on=names, how="inner")
    return asked.join(found, on=names, how="left", maintain_order="left")[_PLACE]


def _take(columns: Sequence[pl.Series], *, values: pl.Series) -> pl.Series:
    # Not ``gather``, which plans a query for it.
    return values[columns[0]]
