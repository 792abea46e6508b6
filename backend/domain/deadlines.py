"""Deadlines: until when a report of a day must have arrived, and what became of that.

A deadline counts working days by a named calendar and ends at a time of day on the clocks of a named zone, which are
those of the supervisor and not those of the organisation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.calendars import WorkCalendar
from backend.domain.schedules.faults import CalendarWithoutDays
from backend.domain.schedules.local_time import moment_of, zone_of

DEFAULT_WARNING: Final = timedelta(hours=4)
MAX_WORKING_DAYS: Final = 60
#: A calendar without a working day in so many days has none.
_LONGEST_CLOSURE: Final = timedelta(days=400)


class DeadlineNotFound(OpenRegError):
    """There is no such deadline."""

    code: ClassVar[str] = "deadline_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class DeadlineExists(OpenRegError):
    """The report has a deadline already."""

    code: ClassVar[str] = "deadline_exists"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ObligationState(StrEnum):
    """What became of a report's duty for a day. ``not_required``: there was nothing to report."""

    OPEN = "open"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    MET = "met"
    MET_LATE = "met_late"
    NOT_REQUIRED = "not_required"


#: A day without anything to report may turn out to have had something: its source was late, not empty.
OBLIGATION_TRANSITIONS: Final[Mapping[ObligationState, frozenset[ObligationState]]] = {
    ObligationState.OPEN: frozenset(set(ObligationState) - {ObligationState.OPEN}),
    ObligationState.AT_RISK: frozenset(set(ObligationState) - {ObligationState.AT_RISK}),
    ObligationState.BREACHED: frozenset({ObligationState.MET_LATE, ObligationState.NOT_REQUIRED}),
    ObligationState.NOT_REQUIRED: frozenset({ObligationState.MET, ObligationState.MET_LATE}),
    ObligationState.MET: frozenset(),
    ObligationState.MET_LATE: frozenset(),
}
#: Nothing satisfying has happened yet, and the due time has not come.
UPCOMING: Final = (ObligationState.OPEN, ObligationState.AT_RISK)
UNSATISFIED: Final = (*UPCOMING, ObligationState.BREACHED)


class MetBy(StrEnum):
    """What satisfies a deadline: the files have arrived where they go, or the run has ended well."""

    HANDED_OVER = "handed_over"
    RUN = "run"


class RiskReason(StrEnum):
    """Why an obligation is at risk: the warning time has come, or the report's usual run no longer fits."""

    WARNING_TIME = "warning_time"
    USUAL_DURATION = "usual_duration"


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """``working_days`` after the reporting date, at ``local_time`` on the clocks of ``zone``.

    Zero working days are the reporting date itself, or the next working day where nobody works on it.
    """

    working_days: int
    local_time: time
    zone: str

    def due_at(self, reporting_date: date, calendar: WorkCalendar) -> datetime:
        """The instant in UTC after which a report is late. Raises CalendarWithoutDays."""
        day = working_day_after(reporting_date, self.working_days, calendar)
        return moment_of(datetime.combine(day, self.local_time), zone_of(self.zone))


def working_day_after(day: date, working_days: int, calendar: WorkCalendar) -> date:
    """The n-th working day after a day; the 0th is the day itself or the next one. Raises CalendarWithoutDays."""
    left = working_days
    found = day
    if working_days == 0:
        return _next_open(day, calendar)
    while left:
        found = _next_open(found + timedelta(days=1), calendar)
        left -= 1
    return found


def working_days_between(first: date, last: date, calendar: WorkCalendar) -> Iterator[date]:
    """Working days from the first to the last, both included."""
    day = first
    while day <= last:
        if calendar.is_open(day):
            yield day
        day += timedelta(days=1)


def _next_open(day: date, calendar: WorkCalendar) -> date:
    found, last = day, day + _LONGEST_CLOSURE
    while not calendar.is_open(found):
        found += timedelta(days=1)
        if found > last:
            raise CalendarWithoutDays(fix="Take days out of the calendar's weekend or of its days off.")
    return found
