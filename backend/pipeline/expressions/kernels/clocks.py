"""Time zones, and dates as text in a format."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import polars as pl

from backend.domain.expressions.datetime_formats import DateTimeFormat, read_input_format, read_output_format
from backend.domain.expressions.datetime_reading import reader_of
from backend.domain.expressions.types import Kind
from backend.pipeline.expressions.columns import polars_type
from backend.pipeline.expressions.kernels.dates import as_clock
from backend.pipeline.expressions.kernels.distinct import fill_distinct
from backend.pipeline.expressions.kernels.patterns import escape
from backend.pipeline.expressions.kernels.site import Kernel, Site, failing
from backend.pipeline.expressions.terms import RowError, Term

_CHRONO: Final = {"f": "%6f", "g": "%3f"}
"""chrono counts fractions in nanoseconds unless told otherwise."""

_STRICT: Final = {
    "Y": r"[0-9]{4}",
    **dict.fromkeys("ymdHI", r"[0-9]{2}"),
    **dict.fromkeys("MS", r"[0-5][0-9]"),
    "f": r"[0-9]{6}",
    "p": "(?:AM|PM)",
    "b": "[A-Za-z]{3}",
    "B": "[A-Za-z]{3,9}",
    "z": "[+-](?:0[0-9]|1[0-4])(?:00|:00|30|:30)",
}
"""The usual spelling of each directive, which chrono reads as DuckDB does; other spellings are read one by one."""


def _timezone(site: Site) -> pl.Expr:
    zone, moment = site.text(0), site.values[1]
    if site.kind(1) is Kind.TIMESTAMP:
        return moment.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return moment.map_batches(partial(_instants, zone=zone), return_dtype=pl.Datetime("us", "UTC"))


def _instants(readings: pl.Series, *, zone: str) -> pl.Series:
    """Wall-clock readings as instants: the later one of two, and a skipped one by the offset before the change."""
    instants = _in_zone(readings, zone)
    skipped = readings.is_not_null() & instants.is_null()
    if not skipped.any():
        return instants
    hours = pl.duration(hours=3)
    before = pl.select(readings - hours).to_series()
    counted = pl.select(_in_zone(before, zone) + hours).to_series()
    return instants.zip_with(~skipped, counted)


def _in_zone(readings: pl.Series, zone: str) -> pl.Series:
    return readings.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null").dt.convert_time_zone("UTC")


def _strftime(site: Site) -> pl.Expr:
    moment = as_clock(site.values[0], site.kind(0))
    wanted = read_output_format(site.text(1))
    if not wanted.directives:
        literal = "".join(text for _, text in wanted.pieces)
        return pl.when(moment.is_not_null()).then(pl.lit(literal))
    return moment.dt.to_string(_chrono_format(wanted))


def _chrono_format(wanted: DateTimeFormat) -> str:
    return "".join(
        _CHRONO.get(letter, f"%{letter}") if letter else text.replace("%", "%%") for letter, text in wanted.pieces
    )


def _strptime(site: Site) -> Term:
    text = site.values[0]
    moment = _try_strptime(site)
    return failing(moment, moment.is_null() & text.is_not_null(), RowError.INVALID_CAST)


def _try_strptime(site: Site) -> pl.Expr:
    wanted = read_input_format(site.text(1))
    return site.values[0].map_batches(partial(_read_all, wanted=wanted), return_dtype=polars_type(site.type))


def _read_all(texts: pl.Series, *, wanted: DateTimeFormat) -> pl.Series:
    strict = "".join(_STRICT[letter] if letter else escape(text) for letter, text in wanted.pieces)
    kind = pl.Datetime("us", "UTC") if wanted.has_offset else pl.Datetime("us")
    usual = pl.col("text").str.contains(rf"\A(?:{strict})\z")
    fast = pl.when(usual).then("text").str.strptime(kind, _chrono_format(wanted), strict=False)
    read = pl.DataFrame({"text": texts}).select(moment=fast)["moment"]
    in_calendar = read.dt.year() >= 1
    return fill_distinct(texts, pl.select(pl.when(in_calendar).then(read)).to_series(), reader_of(wanted))


CLOCKS: Final[Mapping[str, Kernel]] = {
    "timezone": _timezone,
    "strftime": _strftime,
    "strptime": _strptime,
    "try_strptime": _try_strptime,
}
