"""Which columns of one frame have values, as NumPy masks; what is the same in every row is a plain ``bool``."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from backend.domain.regulations.model import Condition

Rows: TypeAlias = npt.NDArray[np.bool_]


class FrameFacts:
    """Answers about the rows of one frame that has at least one row, each computed once."""

    def __init__(self, target: pl.DataFrame, mapped: Collection[str]) -> None:
        self._target = target
        nulls = {name: target.get_column(name).null_count() for name in mapped}
        partly = [name for name, count in nulls.items() if 0 < count < target.height]
        self._values: dict[str, Rows | bool] = {name: not count for name, count in nulls.items()}
        masks = target.select(pl.col(partly).is_not_null())
        self._values.update({mask.name: mask.to_numpy() for mask in masks})
        self._conditions: dict[Condition, Rows | bool] = {}

    def has_value(self, column: str) -> Rows | bool:
        """Where the column is not null; False for a column that is not mapped."""
        return self._values.get(column, False)

    def holds(self, condition: Condition) -> Rows | bool:
        """Where the column has one of the values of the condition."""
        if condition not in self._conditions:
            self._conditions[condition] = self._find_holding(condition)
        return self._conditions[condition]

    def _find_holding(self, condition: Condition) -> Rows | bool:
        if condition.column not in self._values:
            return False
        column = self._target.get_column(condition.column)
        holding: Rows = column.is_in(condition.values).fill_null(value=False).to_numpy()
        first = bool(holding[0])
        return first if (holding == first).all() else holding
