"""Text read as a value, with the grammar of DuckDB's casts.

One home for two readers: constants are converted when an expression is saved, and the pipeline falls back on
these functions for the rare values that its columnar conversion does not know. Each returns None for text
that is not such a value. Refused here though DuckDB takes them: hexadecimal and binary integers, ``nan`` and
``infinity``, ``epoch``, years before 1 and after 9999, and zone names inside a timestamp.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Final

_SPACE: Final = " \t\n\v\f\r"
_NUMBER: Final = re.compile(
    r"[+-]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d{1,5})?", re.ASCII
)
_DATE: Final = re.compile(r"(\d{1,6})([-/\\ ])(\d{1,2})\2(\d{1,2})", re.ASCII)
_TIME: Final = re.compile(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?", re.ASCII)
_OFFSET: Final = re.compile(r"([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?", re.ASCII)
_TRUE: Final = frozenset({"true", "t", "1", "yes", "y"})
_FALSE: Final = frozenset({"false", "f", "0", "no", "n"})
_EXACT: Final = Context(prec=200, rounding=ROUND_HALF_UP)

MIN_INTEGER: Final = -(2**63)
MAX_INTEGER: Final = 2**63 - 1


def read_number(text: str) -> Decimal | None:
    """The number a text shows, with all its digits."""
    stripped = text.strip(_SPACE)
    if not _NUMBER.fullmatch(stripped):
        return None
    try:
        return _EXACT.create_decimal(stripped.replace("_", ""))
    except InvalidOperation:
        return None


def read_integer(text: str) -> int | None:
    """A 64-bit integer; decimals are rounded half away from zero."""
    number = read_number(text)
    if number is None or number.adjusted() > len(str(MAX_INTEGER)):
        return None
    rounded = int(number.quantize(Decimal(1), context=_EXACT))
    return rounded if MIN_INTEGER <= rounded <= MAX_INTEGER else None


def read_decimal(text: str, precision: int, scale: int) -> Decimal | None:
    """A decimal of these digits, rounded half away from zero; None when the whole part does not fit."""
    number = read_number(text)
    return None if number is None else round_decimal(number, precision, scale)


def round_decimal(number: Decimal, precision: int, scale: int) -> Decimal | None:
    """The number at this scale, rounded half away from zero; None when it needs more digits."""
    if number.adjusted() > precision:
        return None
    rounded = number.quantize(Decimal(1).scaleb(-scale), context=_EXACT)
    return rounded if abs(rounded) < Decimal(10) ** (precision - scale) else None


def read_double(text: str) -> float | None:
    """A finite double."""
    stripped = text.strip(_SPACE)
    if not _NUMBER.fullmatch(stripped):
        return None
    value = float(stripped.replace("_", ""))
    return value if math.isfinite(value) else None


def read_boolean(text: str) -> bool | None:
    """True or false, as true/t/yes/y/1 and false/f/no/n/0 in any case."""
    lowered = text.lower()
    if lowered in _TRUE:
        return True
    return False if lowered in _FALSE else None


def read_date(text: str) -> date | None:
    """Year, month and day with one separator (dash, slash, backslash, space); a time behind it is read and dropped."""
    stripped = text.strip(_SPACE)
    match = _DATE.match(stripped)
    if match is None:
        return None
    if match.end() < len(stripped):
        moment = read_timestamp(stripped)
        if moment is None:
            return None
    return _date_of(match)


def read_timestamp(text: str) -> datetime | None:
    """An instant in UTC; without an offset the text is taken as UTC; digits after the microsecond are cut."""
    match = _DATE.match(text)
    day = None if match is None else _date_of(match)
    if match is None or day is None:
        return None
    rest = text[match.end() :]
    if not rest:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    clock = _TIME.match(rest.lstrip(" ") if rest[0] == " " else rest[1:]) if rest[0] in " T" else None
    if clock is None:
        return None
    since_midnight = _time_of(clock)
    zone = _zone_of(clock.string[clock.end() :])
    if since_midnight is None or zone is None:
        return None
    try:
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + since_midnight - zone
    except OverflowError:
        return None


def _date_of(match: re.Match[str]) -> date | None:
    try:
        return date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return None


def _time_of(match: re.Match[str]) -> timedelta | None:
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    microsecond = int((match[4] or "")[:6].ljust(6, "0"))
    end_of_day = (hour, minute, second, microsecond) == (24, 0, 0, 0)
    if not end_of_day and (hour > 23 or minute > 59 or second > 59):  # noqa: PLR2004 - the clock's own limits
        return None
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microsecond)


def _zone_of(text: str) -> timedelta | None:
    if text.strip(_SPACE) in {"", "Z", "UTC"} and not text.endswith(" Z"):
        return timedelta(0)
    match = _OFFSET.fullmatch(text.rstrip(_SPACE))
    if match is None:
        return None
    span = timedelta(hours=int(match[2]), minutes=int(match[3] or 0), seconds=int(match[4] or 0))
    try:
        timezone(span)
    except ValueError:
        return None
    return -span if match[1] == "-" else span
