"""A cadence in the words of people."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from cronsim import CronSim

from backend.domain.schedules.cadence import (
    Cadence,
    CronCadence,
    DailyCadence,
    MonthlyCadence,
    QuarterlyCadence,
    WeeklyCadence,
    WorkingDayCadence,
    YearlyCadence,
)

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_NTH: Final = {1: "first", 2: "second", 3: "third"}
_TEENS: Final = range(11, 14)


def in_words(cadence: Cadence) -> str:
    """When it happens, in a sentence without its full stop."""
    if isinstance(cadence, CronCadence):
        return CronSim(cadence.expression, datetime(2000, 1, 1)).explain()  # noqa: DTZ001 - a wall clock has no zone
    times = _list([one.strftime("%H:%M") for one in sorted(cadence.times)])
    return f"{_days(cadence)} at {times}"


def _days(  # noqa: PLR0911 - one sentence for each kind
    cadence: DailyCadence | WeeklyCadence | MonthlyCadence | QuarterlyCadence | YearlyCadence | WorkingDayCadence,
) -> str:
    if isinstance(cadence, DailyCadence):
        return "Every day"
    if isinstance(cadence, WeeklyCadence):
        return f"Every {_list([_WEEKDAYS[one] for one in sorted(cadence.days_of_week)])}"
    if isinstance(cadence, WorkingDayCadence):
        place = f"{_ordinal(cadence.nth)} working day" if cadence.nth > 0 else _from_end(-cadence.nth)
        return f"On the {place} of every {cadence.of}"
    if isinstance(cadence, QuarterlyCadence):
        month = _NTH[cadence.month_of_quarter]
        return f"On {_day(cadence.day)} of the {month} month of every quarter"
    if isinstance(cadence, YearlyCadence):
        return f"Every year on {_day(cadence.day)} of {_MONTHS[cadence.month - 1]}"
    if cadence.months:
        return f"On {_day(cadence.day)} of {_list([_MONTHS[one - 1] for one in sorted(cadence.months)])}"
    return f"On {_day(cadence.day)} of every month"


def _day(day: int | Literal["last"]) -> str:
    return "the last day" if day == "last" else f"the {_ordinal(day)}"


def _from_end(nth: int) -> str:
    return "last working day" if nth == 1 else f"{_ordinal(nth)} last working day"


def _ordinal(number: int) -> str:
    ending = "th" if number in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _list(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
