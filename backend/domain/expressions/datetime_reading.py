"""``strptime`` of one text, as DuckDB reads it.

Numbers take as many digits as their directive allows, never giving one back; spaces in the format stand for
one or more white spaces, and spaces around the text are ignored; names of months and AM/PM in any case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from backend.domain.expressions.datetime_formats import DateTimeFormat

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORT_MONTHS: Final = tuple(month[:3] for month in _MONTHS)
_SHAPES: Final = {
    "Y": r"(?P<Y>\d{1,4}+)",
    **{letter: rf"(?P<{letter}>\d{{1,2}}+)" for letter in "ymdHIMS"},
    "f": r"(?P<f>\d{1,6}+)",
    "p": "(?P<p>[AP]M)",
    "b": f"(?P<b>{'|'.join(_SHORT_MONTHS)})",
    "B": f"(?P<B>{'|'.join(_MONTHS)})",
    "z": r"(?P<sign>[+-])(?P<hours>\d{2})(?::?(?P<minutes>\d{2}))?",
}
_CENTURY_PIVOT: Final = 69
_MAX_OFFSET_HOURS: Final = 15
_HALF_DAY: Final = 12


def reader_of(wanted: DateTimeFormat) -> Callable[[str], datetime | None]:
    """Reads a text in this format, as an aware datetime when it states an offset, else a naive one."""
    pattern = re.compile(
        r"\s*+" + "".join(_shape(letter, text) for letter, text in wanted.pieces) + r"\s*+",
        re.ASCII | re.IGNORECASE,
    )

    def read(text: str) -> datetime | None:
        match = pattern.fullmatch(text)
        return None if match is None else _moment(match)

    return read


def _shape(letter: str, text: str) -> str:
    if letter:
        return _SHAPES[letter]
    parts = re.split(r"(\s+)", text)
    return "".join(r"\s++" if part.isspace() else f"(?-i:{re.escape(part)})" for part in parts if part)


def _moment(match: re.Match[str]) -> datetime | None:
    parts = {letter: found for letter, found in match.groupdict().items() if found is not None}
    try:
        moment = datetime(  # noqa: DTZ001 - the zone is attached below, where the text states one
            _year(parts),
            _month(parts),
            int(parts["d"]),
            _hour(parts),
            int(parts.get("M", 0)),
            int(parts.get("S", 0)),
            int(parts.get("f", "0").ljust(6, "0")),
        )
        return (moment - _offset(parts)).replace(tzinfo=UTC) if "sign" in parts else moment
    except (ValueError, OverflowError):
        return None


def _offset(parts: dict[str, str]) -> timedelta:
    hours, minutes = int(parts["hours"]), int(parts.get("minutes", 0))
    if hours > _MAX_OFFSET_HOURS:
        raise ValueError("no zone is that far from UTC")
    span = timedelta(hours=hours, minutes=minutes)
    return -span if parts["sign"] == "-" else span


def _year(parts: dict[str, str]) -> int:
    if "Y" in parts:
        return int(parts["Y"])
    short = int(parts["y"])
    return short + (1900 if short >= _CENTURY_PIVOT else 2000)


def _month(parts: dict[str, str]) -> int:
    if "m" in parts:
        return int(parts["m"])
    if "b" in parts:
        return _SHORT_MONTHS.index(parts["b"].lower()) + 1
    return _MONTHS.index(parts["B"].lower()) + 1


def _hour(parts: dict[str, str]) -> int:
    if "I" not in parts:
        return int(parts.get("H", 0))
    hour = int(parts["I"])
    if not 1 <= hour <= _HALF_DAY:
        raise ValueError("a clock of twelve hours")
    return hour % _HALF_DAY + (_HALF_DAY if parts["p"].upper() == "PM" else 0)
