"""A cadence in the words of people."""

from __future__ import annotations

from typing import Final, Literal

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
        return cadence.explain()
    times = _list([one.strftime("%H:%M") for one in sorted(cadence.times)])
    return f"{_days(cadence)} at {times}"


def _days(
    cadence: DailyCadence | WeeklyCadence | MonthlyCadence | QuarterlyCadence | YearlyCadence | WorkingDayCadence,
) -> str:
    match cadence:
        case DailyCadence():
            days = "Every day"
        case WeeklyCadence():
            days = f"Every {_list([_WEEKDAYS[one] for one in sorted(cadence.days_of_week)])}"
        case WorkingDayCadence():
            place = f"{_ordinal(cadence.nth)} working day" if cadence.nth > 0 else _from_end(-cadence.nth)
            days = f"On the {place} of every {cadence.of}"
        case QuarterlyCadence():
            days = f"On {_day(cadence.day)} of the {_NTH[cadence.month_of_quarter]} month of every quarter"
        case YearlyCadence():
            days = f"Every year on {_day(cadence.day)} of {_MONTHS[cadence.month - 1]}"
        case MonthlyCadence():
            months = _list([_MONTHS[one - 1] for one in sorted(cadence.months)]) if cadence.months else "every month"
            days = f"On {_day(cadence.day)} of {months}"
    return days


def _day(day: int | Literal["last"]) -> str:
    return "the last day" if day == "last" else f"the {_ordinal(day)}"


def _from_end(nth: int) -> str:
    return "last working day" if nth == 1 else f"{_ordinal(nth)} last working day"


def _ordinal(number: int) -> str:
    ending = "th" if number in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _list(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
