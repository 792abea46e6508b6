"""What a node compiles to: a value per row, and the conditions under which the row fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

import polars as pl


class RowError(StrEnum):
    """Why a row could not be evaluated."""

    INVALID_CAST = "invalid_cast"
    CAST_OVERFLOW = "cast_overflow"
    DIVISION_BY_ZERO = "division_by_zero"
    INTEGER_OVERFLOW = "integer_overflow"
    DECIMAL_OVERFLOW = "decimal_overflow"
    DOUBLE_OVERFLOW = "double_overflow"
    DATE_OVERFLOW = "date_overflow"
    KEY_MISSING = "key_missing"


@dataclass(frozen=True, slots=True)
class Failure:
    """A condition per row (NULL counts as false) and what is wrong when it holds.

    ``absent_from`` names the input whose missing key sets the record aside instead of stopping the run.
    """

    condition: pl.Expr
    error: RowError
    detail: str = ""
    absent_from: str | None = None

    def only_where(self, guard: pl.Expr) -> Failure:
        """The same failure in the rows where the failing part is evaluated at all."""
        return replace(self, condition=self.condition & guard)


@dataclass(frozen=True, slots=True)
class Term:
    """A value and its failures, first come first reported; the value of a failing row is NULL."""

    value: pl.Expr
    failures: tuple[Failure, ...] = ()

    def guarded(self, guard: pl.Expr) -> tuple[Failure, ...]:
        """The failures, only where the guard holds."""
        return tuple(failure.only_where(guard) for failure in self.failures)


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression ready to select: the value, and what happens to rows that cannot be evaluated.

    ``error`` is the text per row, NULL where the row evaluates; ``failed`` says the same as true or false and is
    cheaper, so a batch selects ``failed`` and asks for ``error`` only where it is true. Both are None when no row
    can fail. The value of a failed row is NULL. ``absent`` says per input in which rows a key is missing that sets
    the record aside.
    """

    value: pl.Expr
    error: pl.Expr | None = None
    failed: pl.Expr | None = None
    absent: Mapping[str, pl.Expr] = field(default_factory=lambda: MappingProxyType({}))

    @staticmethod
    def of(value: pl.Expr, failures: Sequence[Failure]) -> Compiled:
        """The compiled form of a value and its failures."""
        stopping = [one for one in failures if one.absent_from is None]
        failed = any_failure(stopping) if stopping else None
        return Compiled(value, error_column(stopping), failed, absences(failures))


def gather(terms: Iterable[Term]) -> tuple[Failure, ...]:
    """The failures of all operands, in order."""
    return tuple(failure for term in terms for failure in term.failures)


def absences(failures: Iterable[Failure]) -> dict[str, pl.Expr]:
    """Per input whether a key is missing in it."""
    found: dict[str, list[Failure]] = {}
    for one in failures:
        if one.absent_from is not None:
            found.setdefault(one.absent_from, []).append(one)
    return {name: any_failure(missing) for name, missing in found.items()}


def any_failure(failures: Sequence[Failure]) -> pl.Expr:
    """Whether the row fails, never NULL."""
    conditions = [failure.condition for failure in failures]
    failed = conditions[0] if len(conditions) == 1 else pl.any_horizontal(conditions)
    return failed.fill_null(value=False)


def error_column(failures: Sequence[Failure]) -> pl.Expr | None:
    """The first failure of each row as text ``code: where``, or NULL."""
    if not failures:
        return None
    error: pl.Expr = pl.lit(None, dtype=pl.String)
    for failure in reversed(failures):
        error = pl.when(failure.condition).then(pl.lit(_text(failure))).otherwise(error)
    return error


def _text(failure: Failure) -> str:
    return f"{failure.error.value}: {failure.detail}" if failure.detail else failure.error.value
