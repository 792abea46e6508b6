"""Large expressions computed step by step.

A Polars expression is a tree: a part that is used five times is written five times, and nested parts multiply.
An expression that would grow that way becomes a list of small steps instead, each of which adds a column to a
few thousand rows at a time, so that time and memory stay in proportion to the expression and the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Final

import polars as pl

from backend.pipeline.expressions.kernels.doubles import broadcast
from backend.pipeline.expressions.terms import Compiled, Failure, absences, error_column

_PREFIX: Final = "\u241f step "
"""Begins the names of step columns; no source gives its columns names with this sign."""

_CELLS: Final = 4_000_000
"""Most values that the steps of one slice may hold at once."""


Rounds = tuple[tuple[pl.Expr, ...], ...]


@dataclass(slots=True)
class Stage:
    """Steps in order; a later one reads the columns of earlier ones."""

    steps: list[pl.Expr] = field(default_factory=list)
    _levels: dict[str, int] = field(default_factory=dict)

    def share(self, part: pl.Expr) -> pl.Expr:
        """The part as a column of its own, computed once however often it is used."""
        if part.meta.is_column():
            return part
        name = f"{_PREFIX}{len(self.steps)}"
        self._levels[name] = 1 + max((self._levels.get(read, 0) for read in part.meta.root_names()), default=0)
        self.steps.append(part.alias(name))
        return pl.col(name)

    def _ordered(self) -> tuple[tuple[pl.Expr, ...], ...]:
        """The steps in rounds; those of one round do not read each other."""
        numbered = sorted(zip(self._levels.values(), self.steps, strict=True), key=itemgetter(0))
        return tuple(tuple(step for _, step in steps) for _, steps in groupby(numbered, key=itemgetter(0)))

    def finish(
        self, columns: Sequence[str], value: pl.Expr, failures: Sequence[Failure], dtype: pl.DataType
    ) -> Compiled:
        """The steps as one function of the columns they start from."""
        absent = {name: self.share(one) for name, one in absences(failures).items()}
        if not failures:
            return Compiled(_function(columns, self._ordered(), value, dtype))
        error: pl.Expr = pl.lit(None, dtype=pl.String)
        stopping = [one for one in failures if one.absent_from is None]
        for failure in stopping:
            error = self.share(pl.coalesce(error, error_column([failure])))
        kept = error.is_null() & ~pl.any_horizontal(pl.lit(value=False), *absent.values())
        compiled_value = _function(columns, self._ordered(), pl.when(kept).then(value), dtype)
        missing = {name: _function(columns, self._ordered(), one, pl.Boolean()) for name, one in absent.items()}
        if not stopping:
            return Compiled(compiled_value, absent=missing)
        compiled_error = _function(columns, self._ordered(), error, pl.String())
        return Compiled(compiled_value, compiled_error, compiled_error.is_not_null(), missing)


def _function(columns: Sequence[str], rounds: Rounds, wanted: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    kernel = partial(_run, names=tuple(columns), rounds=rounds, wanted=wanted)
    return pl.map_batches([pl.col(name) for name in columns], kernel, return_dtype=dtype)


def _run(columns: Sequence[pl.Series], *, names: tuple[str, ...], rounds: Rounds, wanted: pl.Expr) -> pl.Series:
    frame = pl.DataFrame(dict(zip(names, broadcast(columns), strict=True)))
    slices = frame.iter_slices(max(1_000, _CELLS // (sum(map(len, rounds)) + 1))) if frame.height else iter([frame])
    results: list[pl.Series] = []
    for part in slices:
        computed = part
        for steps in rounds:
            computed = computed.with_columns(steps)
        results.append(computed.select(wanted.alias("wanted"))["wanted"])
    return pl.concat(results)
