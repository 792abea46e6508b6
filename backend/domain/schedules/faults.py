"""Why a schedule is refused."""

from __future__ import annotations

from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class ScheduleNeverFires(OpenRegError):
    """The schedule has no fire time in the years ahead."""

    code: ClassVar[str] = "schedule_never_fires"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class CalendarWithoutDays(OpenRegError):
    """The calendar has no working day in the year ahead."""

    code: ClassVar[str] = "calendar_without_days"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class PlaceholderUnknown(OpenRegError):
    """A parameter of the schedule holds a placeholder that does not exist."""

    code: ClassVar[str] = "placeholder_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID
