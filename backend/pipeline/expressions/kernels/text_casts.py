"""Text read as values: the usual spellings by column, the rest one distinct text at a time.

A column that is null after its conversion holds no such value there; the readers of the domain decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from backend.domain.expressions.casting import (
    read_boolean,
    read_date,
    read_decimal,
    read_double,
    read_integer,
    read_timestamp,
)
from backend.domain.expressions.types import MAX_PRECISION, DataType, Kind
from backend.pipeline.expressions.buffers import byte_table, text_buffer
from backend.pipeline.expressions.columns import polars_type
from backend.pipeline.expressions.kernels.distinct import fill_distinct
from backend.pipeline.expressions.kernels.iso_dates import ISO_DATE_WIDTH, looks_like_date

_WHOLE: Final = r"\A-?[0-9]+\z"
_FIRST_DAY: Final = date(1, 1, 1)
_LOWER_CASE: Final = 0x20
"""The bit that tells a small letter of ASCII from its capital."""
_USUAL_INSTANT: Final = (
    r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}(?::[0-5][0-9]){2}(?:\.[0-9]{1,6})?(?:Z|\+00(?::?00)?)?\z"
)


def read_column(value: pl.Expr, to: DataType) -> pl.Expr:
    """The text column as this type; NULL where the text is no such value."""
    kernel = partial(_read_decimals, to=to) if to.kind is Kind.DECIMAL else _READERS[to.kind]
    return value.map_batches(kernel, return_dtype=polars_type(to))


def _computed(texts: pl.Series, expression: pl.Expr) -> pl.Series:
    return pl.DataFrame({"text": texts}).select(value=expression)["value"]


def _read_integers(texts: pl.Series) -> pl.Series:
    return fill_distinct(texts, texts.cast(pl.Int64, strict=False), read_integer)


def _read_decimals(texts: pl.Series, *, to: DataType) -> pl.Series:
    """Polars rounds surplus decimals to even: texts with more of them than wanted are read wide and rounded here."""
    precision, scale = to.digits
    kind = pl.Decimal(precision, scale)
    if not _has_surplus(texts, scale):
        return fill_distinct(texts, texts.cast(kind, strict=False), lambda text: read_decimal(text, precision, scale))
    spare = MAX_PRECISION - precision
    usual = pl.col("text").str.contains(rf"\A-?[0-9]+(?:\.[0-9]{{1,{scale + spare}}})?\z" if scale + spare else _WHOLE)
    read = pl.when(usual).then("text").cast(pl.Decimal(MAX_PRECISION, scale + spare), strict=False)
    largest = 10 ** (precision - scale) - 1
    fitting: pl.Expr = pl.when(read.is_between(-largest, largest)).then(read)
    if spare:
        fitting = fitting.round(scale, mode="half_away_from_zero")
    exact = _computed(texts, fitting.cast(kind, strict=False))
    return fill_distinct(texts, exact, lambda text: read_decimal(text, precision, scale))


def _has_surplus(texts: pl.Series, scale: int) -> bool:
    """Whether a text has (or, through an exponent, may have) more decimals than these."""
    offsets, content = text_buffer(texts)
    if np.any((content | _LOWER_CASE) == ord("e")):
        return True
    points = np.flatnonzero(content == ord("."))
    ends = offsets[1:]
    if len(points) != len(ends) or np.any(points >= ends) or np.any(points < offsets[:-1]):
        ends = offsets[np.searchsorted(offsets, points, side="right")]
    return bool(np.any(ends - points - 1 > scale))


def _read_doubles(texts: pl.Series) -> pl.Series:
    read = texts.cast(pl.Float64, strict=False)
    finite = pl.select(pl.when(read.is_finite()).then(read)).to_series()
    return fill_distinct(texts, finite, read_double)


def _read_booleans(texts: pl.Series) -> pl.Series:
    read = texts.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
    return fill_distinct(texts, read, read_boolean)


def _read_dates(texts: pl.Series) -> pl.Series:
    wide = (texts.str.len_bytes() == ISO_DATE_WIDTH).fill_null(value=False)
    if wide.all():
        usual = pl.Series(looks_like_date(byte_table(texts, ISO_DATE_WIDTH)), dtype=pl.Boolean)
    else:
        shaped = looks_like_date(byte_table(texts.filter(wide), ISO_DATE_WIDTH))
        usual = wide.scatter(wide.arg_true(), pl.Series(shaped, dtype=pl.Boolean))
    candidates = texts if usual.all() else _computed(texts, pl.when(usual).then("text"))
    read = candidates.str.to_date("%Y-%m-%d", strict=False, cache=False)
    return fill_distinct(texts, _from_year_one(read), read_date)


def _read_instants(texts: pl.Series) -> pl.Series:
    usual = pl.when(pl.col("text").str.contains(_USUAL_INSTANT)).then("text")
    clock = pl.concat_str(
        [usual.str.head(10), usual.str.slice(11).str.strip_suffix("Z").str.split("+").list.first()], separator=" "
    )
    read = _computed(texts, clock.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False))
    return fill_distinct(texts, _from_year_one(read).dt.replace_time_zone("UTC"), read_timestamp)


def _from_year_one(read: pl.Series) -> pl.Series:
    """Polars also reads the year 0 and years before it."""
    return _computed(read, pl.when(pl.col("text") >= _FIRST_DAY).then("text"))


_READERS: Final[Mapping[Kind, Callable[[pl.Series], pl.Series]]] = {
    Kind.INTEGER: _read_integers,
    Kind.DOUBLE: _read_doubles,
    Kind.BOOLEAN: _read_booleans,
    Kind.DATE: _read_dates,
    Kind.TIMESTAMP: _read_instants,
}
