"""The rare rows that no columnar kernel handles: each distinct value is computed once."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl


def map_distinct(
    column: pl.Series, affected: pl.Series, computed: pl.Series, read: Callable[[str], object]
) -> pl.Series:
    """``computed`` with the affected rows replaced by ``read`` of the text in ``column``."""
    if not affected.any():
        return computed
    rows = affected.arg_true()
    texts = column.gather(rows)
    distinct = texts.unique()
    answers = pl.Series([read(text) for text in distinct.to_list()], dtype=computed.dtype)
    mapped = pl.DataFrame({"text": texts}).join(
        pl.DataFrame({"text": distinct, "answer": answers}), on="text", how="left", maintain_order="left"
    )
    return computed.scatter(rows, mapped["answer"])


def fill_distinct(column: pl.Series, computed: pl.Series, read: Callable[[str], object]) -> pl.Series:
    """``computed``, with ``read`` asked for every text that the columnar conversion did not understand."""
    return map_distinct(column, column.is_not_null() & computed.is_null(), computed, read)
