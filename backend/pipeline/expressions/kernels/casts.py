"""Conversions between types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

import polars as pl

from backend.domain.expressions.types import MAX_PRECISION, DataType, Kind
from backend.pipeline.expressions.columns import polars_type
from backend.pipeline.expressions.kernels.decimals import round_places
from backend.pipeline.expressions.kernels.distinct import map_distinct
from backend.pipeline.expressions.kernels.site import failing
from backend.pipeline.expressions.kernels.text_casts import read_column
from backend.pipeline.expressions.terms import RowError, Term

Conversion = Callable[[pl.Expr, DataType, DataType], pl.Expr]


def cast_column(value: pl.Expr, source: DataType, to: DataType) -> Term:
    """The column as another type; a value that cannot be converted is NULL and a failure."""
    converted = _CONVERSIONS[source.kind, to.kind](value, source, to)
    error = _error(source, to)
    if error is None:
        return Term(converted)
    return failing(converted, converted.is_null() & value.is_not_null(), error)


def _error(source: DataType, to: DataType) -> RowError | None:
    """What can go wrong, None when the types prove that nothing can."""
    if source.kind is Kind.TEXT and to.kind is not Kind.TEXT:
        return RowError.INVALID_CAST
    if to.kind is Kind.DECIMAL and source.kind is not Kind.DOUBLE:
        (precision, scale), (wanted, decimals) = source.digits, to.digits
        whole = precision - scale + (1 if decimals < scale else 0)
        return RowError.CAST_OVERFLOW if whole > wanted - decimals else None
    if to.kind is Kind.DECIMAL or (to.kind is Kind.INTEGER and source.kind in {Kind.DECIMAL, Kind.DOUBLE}):
        return RowError.CAST_OVERFLOW
    return None


def _plain(value: pl.Expr, _source: DataType, to: DataType) -> pl.Expr:
    return value.cast(polars_type(to), strict=False)


def _as_is(value: pl.Expr, _source: DataType, _to: DataType) -> pl.Expr:
    return value


def _from_text(value: pl.Expr, _source: DataType, to: DataType) -> pl.Expr:
    return read_column(value, to)


def _decimal_to_decimal(value: pl.Expr, source: DataType, to: DataType) -> pl.Expr:
    (precision, scale), decimals = source.digits, to.digits[1]
    rounded = round_places(value, precision, scale, decimals) if decimals < scale else value
    return rounded.cast(polars_type(to), strict=False)


def _decimal_to_integer(value: pl.Expr, source: DataType, _to: DataType) -> pl.Expr:
    precision, scale = source.digits
    return round_places(value, precision, scale, 0).cast(pl.Int64, strict=False)


def _double_to_integer(value: pl.Expr, _source: DataType, _to: DataType) -> pl.Expr:
    return value.round(0, mode="half_to_even").cast(pl.Int64, strict=False)


def _double_to_decimal(value: pl.Expr, _source: DataType, to: DataType) -> pl.Expr:
    """As DuckDB: scaled as a double, then rounded to the nearest whole."""
    scale = to.digits[1]
    digits = (value * 10.0**scale).round(0, mode="half_away_from_zero").cast(pl.Int128, strict=False)
    whole = digits.cast(pl.Decimal(MAX_PRECISION, 0), strict=False)
    if scale:
        whole = whole * pl.lit(Decimal(1).scaleb(-scale), dtype=pl.Decimal(MAX_PRECISION, scale))
    return whole.cast(polars_type(to), strict=False)


def _double_to_text(value: pl.Expr, _source: DataType, _to: DataType) -> pl.Expr:
    return value.map_batches(_shown_doubles, return_dtype=pl.String())


def _shown_doubles(values: pl.Series) -> pl.Series:
    """The shortest text that reads back as the double, in the spelling DuckDB shares with Python."""
    bits = values.reinterpret(signed=True).cast(pl.String)
    empty = pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
    if len(values) == 0:
        return empty.clear()
    by_bits = dict(zip(bits.to_list(), values.to_list(), strict=True))
    return map_distinct(bits, bits.is_not_null(), empty, lambda text: repr(by_bits[text]))


def _date_to_text(value: pl.Expr, _source: DataType, _to: DataType) -> pl.Expr:
    return value.dt.to_string("%Y-%m-%d")


def _clock_to_text(value: pl.Expr, source: DataType, _to: DataType) -> pl.Expr:
    """With only as many decimals of the second as needed, and +00 for an instant."""
    shown = value.dt.to_string("%Y-%m-%d %H:%M:%S.%6f").str.strip_chars_end("0").str.strip_suffix(".")
    return shown + "+00" if source.kind is Kind.TIMESTAMP else shown


def _date_to_clock(value: pl.Expr, _source: DataType, to: DataType) -> pl.Expr:
    clock = value.cast(pl.Datetime("us"))
    return clock.dt.replace_time_zone("UTC") if to.kind is Kind.TIMESTAMP else clock


def _clock_to_date(value: pl.Expr, _source: DataType, _to: DataType) -> pl.Expr:
    return value.dt.date()


def _clock_to_instant(value: pl.Expr, _source: DataType, _to: DataType) -> pl.Expr:
    return value.dt.replace_time_zone("UTC")


def _integer_to_boolean(value: pl.Expr, _source: DataType, _to: DataType) -> pl.Expr:
    return value != 0


_CONVERSIONS: Final[Mapping[tuple[Kind, Kind], Conversion]] = {
    **{
        (Kind.TEXT, kind): _from_text
        for kind in (Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE, Kind.BOOLEAN, Kind.DATE, Kind.TIMESTAMP)
    },
    **{(kind, kind): _as_is for kind in Kind if kind is not Kind.DECIMAL},
    (Kind.INTEGER, Kind.TEXT): _plain,
    (Kind.INTEGER, Kind.DECIMAL): _plain,
    (Kind.INTEGER, Kind.DOUBLE): _plain,
    (Kind.INTEGER, Kind.BOOLEAN): _integer_to_boolean,
    (Kind.DECIMAL, Kind.TEXT): _plain,
    (Kind.DECIMAL, Kind.INTEGER): _decimal_to_integer,
    (Kind.DECIMAL, Kind.DECIMAL): _decimal_to_decimal,
    (Kind.DECIMAL, Kind.DOUBLE): _plain,
    (Kind.DOUBLE, Kind.TEXT): _double_to_text,
    (Kind.DOUBLE, Kind.INTEGER): _double_to_integer,
    (Kind.DOUBLE, Kind.DECIMAL): _double_to_decimal,
    (Kind.BOOLEAN, Kind.TEXT): _plain,
    (Kind.BOOLEAN, Kind.INTEGER): _plain,
    (Kind.DATE, Kind.TEXT): _date_to_text,
    (Kind.DATE, Kind.TIMESTAMP): _date_to_clock,
    (Kind.DATE, Kind.LOCAL_TIMESTAMP): _date_to_clock,
    (Kind.TIMESTAMP, Kind.TEXT): _clock_to_text,
    (Kind.TIMESTAMP, Kind.DATE): _clock_to_date,
    (Kind.LOCAL_TIMESTAMP, Kind.TEXT): _clock_to_text,
    (Kind.LOCAL_TIMESTAMP, Kind.DATE): _clock_to_date,
    (Kind.LOCAL_TIMESTAMP, Kind.TIMESTAMP): _clock_to_instant,
}
