"""Functions of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from backend.domain.expressions.casting import MIN_INTEGER
from backend.domain.expressions.types import Kind
from backend.pipeline.expressions.kernels import decimals
from backend.pipeline.expressions.kernels.site import Kernel, Site, failing
from backend.pipeline.expressions.terms import RowError, Term

_MOST_PLACES: Final = 300


def _round(site: Site) -> Term | pl.Expr:
    value, places = site.values[0], site.integer(1) if site.has(1) else 0
    if site.kind(0) is Kind.INTEGER:
        return _round_whole(value, places)
    if site.kind(0) is Kind.DOUBLE:
        return _round_double(value, places)
    precision, scale = site.argument(0).type.digits
    return decimals.round_places(value, precision, scale, places)


def _round_whole(value: pl.Expr, places: int) -> Term | pl.Expr:
    if places >= 0:
        return value
    if -places > len(str(-MIN_INTEGER)):
        return value - value
    unit = pl.lit(10**-places, dtype=pl.Int128)
    wide = value.cast(pl.Int128)
    size = (wide.abs() + unit // pl.lit(2, dtype=pl.Int128)) // unit * unit
    rounded = pl.when(wide < 0).then(pl.lit(0, dtype=pl.Int128) - size).otherwise(size).cast(pl.Int64, strict=False)
    return failing(rounded, rounded.is_null() & value.is_not_null(), RowError.INTEGER_OVERFLOW)


def _round_double(value: pl.Expr, places: int) -> pl.Expr:
    """As DuckDB: the double is scaled, rounded and scaled back; where that overflows it has no such places."""
    if places == 0:
        return value.round(0, mode="half_away_from_zero")
    if abs(places) > _MOST_PLACES:
        return value if places > 0 else value * 0.0
    unit = 10.0 ** abs(places)
    if places > 0:
        rounded = (value * unit).round(0, mode="half_away_from_zero") / unit
    else:
        rounded = (value / unit).round(0, mode="half_away_from_zero") * unit
    return pl.when(rounded.is_finite()).then(rounded).otherwise(value)


def _floor(site: Site) -> pl.Expr:
    value = site.values[0]
    if site.kind(0) is Kind.INTEGER:
        return value
    if site.kind(0) is Kind.DOUBLE:
        return value.floor()
    return decimals.floor_whole(value, site.argument(0).type.digits[1])


def _ceil(site: Site) -> pl.Expr:
    value = site.values[0]
    if site.kind(0) is Kind.INTEGER:
        return value
    if site.kind(0) is Kind.DOUBLE:
        return value.ceil()
    return decimals.ceil_whole(value, site.argument(0).type.digits[1])


def _abs(site: Site) -> Term | pl.Expr:
    value = site.values[0]
    if site.kind(0) is not Kind.INTEGER:
        return value.abs()
    overflows = value == MIN_INTEGER
    return failing(pl.when(~overflows).then(value.abs()), overflows, RowError.INTEGER_OVERFLOW)


def _sign(site: Site) -> pl.Expr:
    value = site.values[0]
    above, below = (value > 0).cast(pl.Int64), (value < 0).cast(pl.Int64)
    return above - below


NUMBERS: Final[Mapping[str, Kernel]] = {"round": _round, "floor": _floor, "ceil": _ceil, "abs": _abs, "sign": _sign}
