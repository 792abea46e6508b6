"""Doubles: IEEE arithmetic whose result must be a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from backend.pipeline.expressions.kernels.site import Site
from backend.pipeline.expressions.terms import Failure, RowError, Term


def _fmod(columns: Sequence[pl.Series]) -> pl.Series:
    """C's fmod: exact, with the sign of the dividend."""
    value, divisor = broadcast(columns)
    known = value.is_not_null() & divisor.is_not_null()
    with np.errstate(all="ignore"):
        rest = np.fmod(value.fill_null(0.0).to_numpy(), divisor.fill_null(1.0).to_numpy())
    return pl.select(pl.when(known).then(pl.Series(rest, dtype=pl.Float64))).to_series()


def broadcast(columns: Sequence[pl.Series]) -> list[pl.Series]:
    """Columns of one length: a constant arrives as a single value."""
    longest = max(len(column) for column in columns)
    if any(len(column) == 0 for column in columns):
        return [column.clear() for column in columns]
    return [column if len(column) == longest else column.new_from_index(0, longest) for column in columns]


_OPERATIONS: Final[Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": lambda left, right: pl.map_batches([left, right], _fmod, return_dtype=pl.Float64()),
}


def double_operation(site: Site) -> Term:
    """The operation on two doubles; a zero divisor and a result that is no finite number fail the row."""
    left, right = site.values
    result = _OPERATIONS[site.node.function](left, right)
    failures: list[Failure] = []
    if site.node.function in {"/", "%"} and site.constant(1) is None:
        failures.append(Failure((right == 0) & left.is_not_null(), RowError.DIVISION_BY_ZERO))
    failures.append(Failure(~result.is_finite(), RowError.DOUBLE_OVERFLOW))
    return Term(pl.when(result.is_finite()).then(result), tuple(failures))
