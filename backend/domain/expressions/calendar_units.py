"""Calendar units and zones as authors spell them."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Final
from zoneinfo import available_timezones

MAX_MONTHS: Final = 12 * 9_999
MAX_DAYS: Final = 3_652_059
"""Days from year 1 to year 9999: a longer span leaves the calendar."""

MICROSECONDS_PER_DAY: Final = 86_400_000_000


class Unit(StrEnum):
    """A unit of time, longest first."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"
    MILLISECOND = "millisecond"
    MICROSECOND = "microsecond"


_UNITS: Final = {unit.value: unit for unit in Unit}
MONTHS_IN: Final = {Unit.YEAR: 12, Unit.QUARTER: 3, Unit.MONTH: 1}
DAYS_IN: Final = {Unit.WEEK: 7, Unit.DAY: 1}
MICROSECONDS_IN: Final = {
    Unit.HOUR: 3_600_000_000,
    Unit.MINUTE: 60_000_000,
    Unit.SECOND: 1_000_000,
    Unit.MILLISECOND: 1_000,
    Unit.MICROSECOND: 1,
}
PARTS: Final = frozenset({*(unit.value for unit in Unit), "dow", "isodow", "doy", "isoyear"})
"""What ``date_part`` can answer: the units, Sunday-based and Monday-based weekday, day of the year, ISO year."""


def find_unit(name: str) -> Unit | None:
    """The unit of this name, singular or plural, in any case."""
    lowered = name.lower()
    return _UNITS.get(lowered) or _UNITS.get(lowered.removesuffix("s"))


def find_part(name: str) -> str | None:
    """The part of this name."""
    lowered = name.lower()
    if lowered in PARTS:
        return lowered
    unit = find_unit(lowered)
    return None if unit is None else unit.value


@cache
def list_zones() -> frozenset[str]:
    """The IANA zones an author may name: those with a region, and UTC."""
    return frozenset(
        name
        for name in available_timezones()
        if name == "UTC" or ("/" in name and not name.startswith(("Etc/", "SystemV/", "posix/", "right/", "US/")))
    )
