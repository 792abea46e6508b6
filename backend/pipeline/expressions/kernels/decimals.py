"""Exact decimals. Polars stops the whole frame when 38 digits are too few, so such rows are kept from it.

Where the types prove that a result fits, Polars computes alone. Where they do not, the rows near the limit
(by their size as doubles) are computed with Python's decimals, which knows whether they fit; there are none
in ordinary data. Quotients are computed on the scaled integers behind the decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import partial
from typing import Final

import polars as pl

from backend.domain.expressions.casting import round_decimal
from backend.domain.expressions.coercion import exact_type
from backend.domain.expressions.decimals import may_overflow
from backend.domain.expressions.nodes import Literal
from backend.domain.expressions.types import MAX_PRECISION, Kind
from backend.pipeline.expressions.kernels.doubles import broadcast
from backend.pipeline.expressions.kernels.site import Site, failing
from backend.pipeline.expressions.terms import Failure, RowError, Term

_EXACT: Final = Context(prec=120, rounding=ROUND_HALF_UP)
_NEAR: Final = 0.999
"""Share of the limit from which a row is computed apart: far more than doubles are inexact."""

_OPERATIONS: Final[Mapping[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": _EXACT.add,
    "-": _EXACT.subtract,
    "*": _EXACT.multiply,
    "/": _EXACT.divide,
}


def _operand(site: Site, index: int) -> tuple[pl.Expr, int]:
    """An operand as a decimal column, and its scale."""
    node, value = site.argument(index), site.values[index]
    kind = exact_type(node)
    if isinstance(node, Literal) and node.type.kind is Kind.INTEGER and isinstance(node.value, int):
        return pl.lit(Decimal(node.value), dtype=pl.Decimal(*kind.digits)), 0
    if kind.kind is Kind.INTEGER:
        return value.cast(pl.Decimal(MAX_PRECISION, 0)), 0
    return value, kind.digits[1]


def _scale(site: Site) -> int:
    return site.type.digits[1]


def _overflowing(site: Site, value: pl.Expr) -> Term:
    left, right = site.values
    lost = value.is_null() & left.is_not_null() & right.is_not_null()
    return failing(value, lost, RowError.DECIMAL_OVERFLOW)


def total(site: Site) -> Term | pl.Expr:
    """``a + b`` and ``a - b``."""
    (left, _), (right, _) = _operand(site, 0), _operand(site, 1)
    if not may_overflow(exact_type(site.argument(0)), exact_type(site.argument(1)), "+"):
        return left + right if site.node.function == "+" else left - right
    return _overflowing(site, _watched(site, left, right))


def product(site: Site) -> Term | pl.Expr:
    """``a * b``: Polars keeps the larger scale, so one side is given the scale of the result first."""
    (left, left_scale), (right, right_scale) = _operand(site, 0), _operand(site, 1)
    if may_overflow(exact_type(site.argument(0)), exact_type(site.argument(1)), "*"):
        return _overflowing(site, _watched(site, left, right))
    if left_scale and right_scale:
        left = left.cast(pl.Decimal(MAX_PRECISION, _scale(site)))
    return left * right


def _watched(site: Site, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    scale = _scale(site)
    kernel = partial(_near_the_limit, operation=site.node.function, scale=scale)
    return pl.map_batches([left, right], kernel, return_dtype=pl.Decimal(MAX_PRECISION, scale))


def _near_the_limit(columns: Sequence[pl.Series], *, operation: str, scale: int) -> pl.Series:
    """The operation by Polars in all rows but those that may overflow, those one by one."""
    frame = pl.DataFrame(dict(zip("ab", broadcast(columns), strict=True)))
    limit = 10.0 ** (MAX_PRECISION - scale) * _NEAR
    left, right = (pl.col(name).cast(pl.Float64).abs() for name in "ab")
    size = left * right if operation == "*" else left + right
    near = ((size >= limit) | (left >= limit) | (right >= limit)) & size.is_not_null()
    kind = pl.Decimal(MAX_PRECISION, scale)
    safe_left, safe_right = (pl.when(~near).then(pl.col(name)) for name in "ab")
    if operation == "*":
        computed = safe_left.cast(kind, strict=False) * safe_right
    else:
        computed = safe_left + safe_right if operation == "+" else safe_left - safe_right
    result = frame.select(value=computed.cast(kind), near=near.fill_null(value=False))
    if not result["near"].any():
        return result["value"]
    rows = frame.filter(result["near"]).iter_rows()
    exact = [round_decimal(_OPERATIONS[operation](a, b), MAX_PRECISION, scale) for a, b in rows]
    return result["value"].scatter(result["near"].arg_true(), pl.Series(exact, dtype=kind))


def quotient(site: Site) -> Term:
    """``a / b`` rounded half away from zero at the scale of the result."""
    (left, left_scale), (right, right_scale) = _operand(site, 0), _operand(site, 1)
    scale = _scale(site)
    kernel = partial(_divide, scales=(left_scale, right_scale), scale=scale)
    value = pl.map_batches([left, right], kernel, return_dtype=pl.Decimal(MAX_PRECISION, scale))
    by_zero = (right == 0) & left.is_not_null()
    overflow = Failure(value.is_null() & left.is_not_null() & (right != 0), RowError.DECIMAL_OVERFLOW)
    divisor = site.constant(1)
    if divisor is not None:
        return Term(value, (overflow,))
    return Term(value, (Failure(by_zero, RowError.DIVISION_BY_ZERO), overflow))


def _divide(columns: Sequence[pl.Series], *, scales: tuple[int, int], scale: int) -> pl.Series:
    """Scaled integers divided with one digit more than asked for, then rounded by that digit."""
    left, right = (column.to_physical() for column in broadcast(columns))
    shift = scale + 1 - scales[0] + scales[1]
    kind = pl.Decimal(MAX_PRECISION, scale)
    frame = pl.DataFrame({"a": left, "b": right})
    largest = _whole(10 ** max(0, MAX_PRECISION - shift))
    fits = pl.col("a").is_between(-largest, largest)
    dividend = pl.when(fits).then(pl.col("a")).abs() * _whole(10 ** min(shift, MAX_PRECISION))
    divisor = pl.when(pl.col("b") != 0).then(pl.col("b")).abs()
    digits = (dividend // divisor + _whole(5)) // _whole(10)
    signed = pl.when((pl.col("a") < 0) != (pl.col("b") < 0)).then(_whole(0) - digits).otherwise(digits)
    apart = (~fits & (pl.col("b") != 0)).fill_null(value=False)
    result = frame.select(value=scaled_to_decimal(signed, scale), near=apart)
    if not result["near"].any():
        return result["value"]
    rows = frame.filter(result["near"]).iter_rows()
    exact = [
        round_decimal(_EXACT.divide(Decimal(a).scaleb(-scales[0]), Decimal(b).scaleb(-scales[1])), MAX_PRECISION, scale)
        for a, b in rows
    ]
    return result["value"].scatter(result["near"].arg_true(), pl.Series(exact, dtype=kind))


def remainder(site: Site) -> Term:
    """``a % b`` with the sign of a."""
    (left, _), (right, _) = _operand(site, 0), _operand(site, 1)
    kind = pl.Decimal(MAX_PRECISION, _scale(site))
    value, divisor = left.cast(kind, strict=False), right.cast(kind, strict=False)
    safe = pl.when(divisor != 0).then(divisor)
    floored = value % safe
    signed = pl.when((floored != 0) & ((value < 0) != (safe < 0))).then(floored - safe).otherwise(floored)
    failures = (
        [] if site.constant(1) is not None else [Failure((right == 0) & left.is_not_null(), RowError.DIVISION_BY_ZERO)]
    )
    lost = Failure(signed.is_null() & left.is_not_null() & (right != 0), RowError.DECIMAL_OVERFLOW)
    return Term(signed, (*failures, lost))


def round_places(value: pl.Expr, precision: int, scale: int, places: int) -> pl.Expr:
    """A decimal column rounded half away from zero; the result has ``max(0, min(scale, places))`` decimals."""
    if places >= scale:
        return value
    kept = max(0, places)
    if places >= 0 and precision < MAX_PRECISION:
        rounded = value.round(places, mode="half_away_from_zero")
        return rounded.cast(pl.Decimal(MAX_PRECISION, kept), strict=False)
    dropped = scale - places
    if dropped > MAX_PRECISION:
        return scaled_to_decimal(value.to_physical() * _whole(0), 0)
    unit = 10**dropped
    physical = value.to_physical()
    digits = (physical.abs() + _whole(unit // 2)) // _whole(unit)
    signed = pl.when(physical < 0).then(_whole(0) - digits).otherwise(digits)
    return scaled_to_decimal(signed * _whole(10 ** max(0, -places)), kept)


def floor_whole(value: pl.Expr, scale: int) -> pl.Expr:
    """The next whole decimal below."""
    return scaled_to_decimal(value.to_physical() // _whole(10**scale), 0) if scale else value


def ceil_whole(value: pl.Expr, scale: int) -> pl.Expr:
    """The next whole decimal above."""
    if not scale:
        return value
    return scaled_to_decimal(_whole(0) - (_whole(0) - value.to_physical()) // _whole(10**scale), 0)


def scaled_to_decimal(digits: pl.Expr, scale: int) -> pl.Expr:
    """The decimal of this scale behind 128-bit integers; NULL where it has more than 38 digits."""
    whole = digits.cast(pl.Decimal(MAX_PRECISION, 0), strict=False)
    if not scale:
        return whole
    return whole * pl.lit(Decimal(1).scaleb(-scale), dtype=pl.Decimal(MAX_PRECISION, scale))


def _whole(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.Int128)
