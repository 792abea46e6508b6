"""Which columns of one frame have values, as NumPy masks; what is the same in every row is a plain ``bool``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from backend.domain.regulations.model import Condition, Element

Rows: TypeAlias = npt.NDArray[np.bool_]


class FrameFacts:
    """Answers about the rows of one frame that has at least one row, for the given columns and conditions."""

    def __init__(self, target: pl.DataFrame, mapped: Collection[str], conditions: Sequence[Condition]) -> None:
        nulls = {name: target.get_column(name).null_count() for name in mapped}
        partly = [name for name, count in nulls.items() if 0 < count < target.height]
        self._values: dict[str, Rows | bool] = {name: not count for name, count in nulls.items()}
        self._masks = {mask.name: mask for mask in target.select(pl.col(partly).is_not_null())}
        self._values.update({name: mask.to_numpy() for name, mask in self._masks.items()})
        known = [condition for condition in conditions if condition.column in self._values]
        holding = target.select(
            pl.col(one.column).is_in(one.values).fill_null(value=False).alias(str(number))
            for number, one in enumerate(known)
        )
        self._conditions = {one: _folded(mask) for one, mask in zip(known, holding, strict=True)}

    def has_value(self, column: str) -> Rows | bool:
        """Where the column is not null; False for a column that is not mapped."""
        return self._values.get(column, False)

    def find_rows(self, column: str) -> pl.Series | None:
        """Where the column is not null, as a series; None where that is the same in every row."""
        return self._masks.get(column)

    def holds(self, condition: Condition) -> Rows | bool:
        """Where the column has one of the values of the condition."""
        return self._conditions.get(condition, False)


def list_conditions(record: Element) -> list[Condition]:
    """Every condition below an element, once."""
    return list(dict.fromkeys(element.when for _, element in record.walk() if element.when is not None))


def _folded(mask: pl.Series) -> Rows | bool:
    if mask.all():
        return True
    return mask.to_numpy() if mask.any() else False
