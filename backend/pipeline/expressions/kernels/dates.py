"""Dates and times taken apart, cut and moved. Everything stays within the years 1 to 9999."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Final

import polars as pl

from backend.domain.expressions.calendar_units import (
    DAYS_IN,
    MAX_DAYS,
    MAX_MONTHS,
    MICROSECONDS_IN,
    MICROSECONDS_PER_DAY,
    MONTHS_IN,
    Unit,
    find_part,
    find_unit,
)
from backend.domain.expressions.nodes import Call, Interval, Literal, Node
from backend.domain.expressions.types import Kind
from backend.pipeline.expressions.columns import polars_type
from backend.pipeline.expressions.kernels.site import Kernel, Site, failing
from backend.pipeline.expressions.terms import RowError, Term

_FIRST: Final = datetime(1, 1, 1)  # noqa: DTZ001 - compared with wall-clock readings
_LAST: Final = datetime(9999, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001
_SUNDAY: Final = 7
_STEPS: Final[Mapping[Unit, str]] = {
    Unit.YEAR: "1y",
    Unit.QUARTER: "1q",
    Unit.MONTH: "1mo",
    Unit.WEEK: "1w",
    Unit.DAY: "1d",
    Unit.HOUR: "1h",
    Unit.MINUTE: "1m",
    Unit.SECOND: "1s",
    Unit.MILLISECOND: "1ms",
    Unit.MICROSECOND: "1us",
}
_CLOCK_PARTS: Final = frozenset({"hour", "minute", "second", "millisecond", "microsecond"})
_PARTS: Final[Mapping[str, Callable[[pl.Expr], pl.Expr]]] = {
    "year": lambda moment: moment.dt.year(),
    "quarter": lambda moment: moment.dt.quarter(),
    "month": lambda moment: moment.dt.month(),
    "week": lambda moment: moment.dt.week(),
    "day": lambda moment: moment.dt.day(),
    "hour": lambda moment: moment.dt.hour(),
    "minute": lambda moment: moment.dt.minute(),
    "second": lambda moment: moment.dt.second(),
    "millisecond": lambda moment: moment.dt.second().cast(pl.Int64) * 1_000 + moment.dt.millisecond(),
    "microsecond": lambda moment: moment.dt.second().cast(pl.Int64) * 1_000_000 + moment.dt.microsecond(),
    "dow": lambda moment: moment.dt.weekday() % _SUNDAY,
    "isodow": lambda moment: moment.dt.weekday(),
    "doy": lambda moment: moment.dt.ordinal_day(),
    "isoyear": lambda moment: moment.dt.iso_year(),
}


def as_clock(value: pl.Expr, kind: Kind) -> pl.Expr:
    """A date as its midnight; anything else as it is."""
    return value.cast(pl.Datetime("us")) if kind is Kind.DATE else value


def _unit(site: Site) -> Unit:
    unit = find_unit(site.text(0))
    if unit is None:
        raise TypeError(site.text(0))
    return unit


def _part(site: Site) -> pl.Expr:
    part, moment = str(find_part(site.text(0))), site.values[1]
    if part in _CLOCK_PARTS:
        moment = as_clock(moment, site.kind(1))
    return _PARTS[part](moment).cast(pl.Int64)


def _truncate(site: Site) -> pl.Expr:
    return as_clock(site.values[1], site.kind(1)).dt.truncate(_STEPS[_unit(site)])


def _within_calendar(moved: pl.Expr, known: pl.Expr, *, is_zoned: bool) -> Term:
    first, last = (edge.replace(tzinfo=UTC) if is_zoned else edge for edge in (_FIRST, _LAST))
    inside = moved.is_between(first, last)
    return failing(pl.when(inside).then(moved), ~inside & known, RowError.DATE_OVERFLOW)


def shift_days(day: pl.Expr, days: pl.Expr) -> Term:
    """A date moved by whole days."""
    far = days.clip(-MAX_DAYS - 1, MAX_DAYS + 1).cast(pl.Int32)
    moved = (day.cast(pl.Int32) + far).cast(pl.Date)
    inside = moved.is_between(date.min, date.max)
    return failing(pl.when(inside).then(moved), ~inside, RowError.DATE_OVERFLOW)


def date_difference(earlier: pl.Expr, later: pl.Expr) -> pl.Expr:
    """Days from one date to the other."""
    return later.cast(pl.Int32).cast(pl.Int64) - earlier.cast(pl.Int32).cast(pl.Int64)


def move(site: Site, *, sign: int) -> Term:
    """A moment moved by a span, forwards or (sign -1) backwards."""
    span_at = 0 if site.kind(0) is Kind.INTERVAL else 1
    moment = as_clock(site.values[1 - span_at], site.kind(1 - span_at))
    is_zoned = site.kind(1 - span_at) is Kind.TIMESTAMP
    span = site.argument(span_at)
    if isinstance(span, Literal) and isinstance(span.value, Interval):
        return _within_calendar(_move_constant(moment, span.value, sign), moment.is_not_null(), is_zoned=is_zoned)
    if isinstance(span, Literal):
        return Term(pl.when(False).then(moment))
    count = site.values[span_at]
    known = moment.is_not_null() & count.is_not_null()
    return _within_calendar(_move_counted(moment, count * sign, span), known, is_zoned=is_zoned)


def _move_constant(moment: pl.Expr, span: Interval, sign: int) -> pl.Expr:
    if span.months:
        return moment.dt.offset_by(f"{sign * span.months}mo")
    return moment + pl.duration(days=sign * span.days, microseconds=sign * span.microseconds, time_unit="us")


def _move_counted(moment: pl.Expr, count: pl.Expr, span: Node) -> pl.Expr:
    unit = _unit_of(span)
    if unit in MONTHS_IN:
        most = MAX_MONTHS // MONTHS_IN[unit] + 1
        months = count.clip(-most, most) * MONTHS_IN[unit]
        return moment.dt.offset_by(months.cast(pl.String) + "mo")
    if unit in DAYS_IN:
        most = MAX_DAYS // DAYS_IN[unit] + 1
        return moment + pl.duration(days=count.clip(-most, most) * DAYS_IN[unit], time_unit="us")
    most = MAX_DAYS * MICROSECONDS_PER_DAY // MICROSECONDS_IN[unit] + 1
    return moment + pl.duration(microseconds=count.clip(-most, most) * MICROSECONDS_IN[unit], time_unit="us")


def _unit_of(span: Node) -> Unit:
    name = span.arguments[1] if isinstance(span, Call) else None
    return Unit(str(name.value)) if isinstance(name, Literal) else Unit.DAY


def _months(moment: pl.Expr) -> pl.Expr:
    return moment.dt.year().cast(pl.Int64) * 12 + moment.dt.month()


def _boundaries(site: Site) -> pl.Expr:
    """``date_diff``: how many starts of a unit lie between; weeks have no start and are counted whole."""
    unit = _unit(site)
    if unit is Unit.WEEK:
        return _whole_units(site)
    start, end = site.values[1:]
    if unit is Unit.YEAR:
        return end.dt.year().cast(pl.Int64) - start.dt.year().cast(pl.Int64)
    if unit is Unit.QUARTER:
        quarters = [moment.dt.year().cast(pl.Int64) * 4 + moment.dt.quarter() for moment in (start, end)]
        return quarters[1] - quarters[0]
    if unit is Unit.MONTH:
        return _months(end) - _months(start)
    if unit is Unit.DAY and site.kind(1) is Kind.DATE:
        return date_difference(start, end)
    start, end = as_clock(start, site.kind(1)), as_clock(end, site.kind(2))
    size = MICROSECONDS_PER_DAY if unit is Unit.DAY else MICROSECONDS_IN[unit]
    floors = [moment.dt.truncate(_STEPS[unit]).dt.epoch("us") for moment in (start, end)]
    return (floors[1] - floors[0]) // size


def _whole_units(site: Site) -> pl.Expr:
    """``date_sub``: how many whole units fit between."""
    unit = _unit(site)
    start, end = (as_clock(site.values[index], site.kind(index)) for index in (1, 2))
    if unit not in MONTHS_IN:
        size = DAYS_IN[unit] * MICROSECONDS_PER_DAY if unit in DAYS_IN else MICROSECONDS_IN[unit]
        span = end.dt.epoch("us") - start.dt.epoch("us")
        whole = span.abs() // size
        return pl.when(span < 0).then(-whole).otherwise(whole)
    earlier, later = pl.min_horizontal(start, end), pl.max_horizontal(start, end)
    months = _months(later) - _months(earlier)
    overshoots = earlier.dt.offset_by(months.cast(pl.String) + "mo") > later
    whole = (months - overshoots.cast(pl.Int64)) // MONTHS_IN[unit]
    known = start.is_not_null() & end.is_not_null()
    return pl.when(known).then(pl.when(end < start).then(-whole).otherwise(whole))


def _run_date(site: Site) -> pl.Expr:
    return pl.lit(site.bindings.run_date or site.bindings.reporting_date, dtype=polars_type(site.type))


def _reporting_date(site: Site) -> pl.Expr:
    return pl.lit(site.bindings.reporting_date, dtype=polars_type(site.type))


DATES: Final[Mapping[str, Kernel]] = {
    "date_part": _part,
    "date_trunc": _truncate,
    "date_add": lambda site: move(site, sign=1),
    "date_diff": _boundaries,
    "date_sub": _whole_units,
    "reporting_date": _reporting_date,
    "run_date": _run_date,
}
