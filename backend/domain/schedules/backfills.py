"""Backfills: which reporting dates of a range are run, and how far that is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.calendars import WorkCalendar

MAX_DAYS: Final = 3700


class BackfillRangeInvalid(OpenRegError):
    """The range of a backfill has no day, or too many."""

    code: ClassVar[str] = "backfill_range_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class BackfillState(StrEnum):
    """How far a backfill is."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class BackfillDayState(StrEnum):
    """What became of one reporting date."""

    WAITING = "waiting"
    STARTED = "started"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class BackfillWay(StrEnum):
    """How a date is reported: by a run of its own, or by a supplemental run of the records amended since."""

    RUN = "run"
    CORRECTION = "correction"


def backfill_days(first: date, last: date, calendar: WorkCalendar | None) -> tuple[date, ...]:
    """The reporting dates of a range: all, or the working days of a calendar. Raises BackfillRangeInvalid."""
    if last < first:
        raise BackfillRangeInvalid(f"The range ends on {last}, before it begins.", fix="Swap the two dates.")
    if (last - first).days >= MAX_DAYS:
        raise BackfillRangeInvalid(f"A range has at most {MAX_DAYS} days.", fix="Backfill it in parts.")
    days = tuple(one for one in _days(first, last) if calendar is None or calendar.is_open(one))
    if not days:
        raise BackfillRangeInvalid(f"There is no working day from {first} to {last}.", fix="Choose another range.")
    return days


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
