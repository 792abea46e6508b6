"""Cadences: on which local days and at which local times something is to happen, before any calendar has its say."""

from __future__ import annotations

import calendar as months
from abc import abstractmethod
from collections.abc import Iterator
from copy import copy
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Final, Literal, Self

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from backend.domain.calendars import WorkCalendar

MAX_TIMES: Final = 48
_CRON_FIELDS: Final = 5
_EXPRESSIONS_HELD: Final = 1024
_DAY: Final = timedelta(days=1)
_MONTHS: Final = 12
_QUARTER: Final = 3
#: More working days no month has.
_MAX_WORKING_DAYS: Final = 23


def _whole_minutes(value: time) -> time:
    if value.second or value.microsecond or value.tzinfo is not None:
        raise ValueError("a time of day has hours and minutes, and no zone of its own")
    return value


TimeOfDay = Annotated[time, AfterValidator(_whole_minutes)]
Times = Annotated[tuple[TimeOfDay, ...], Field(min_length=1, max_length=MAX_TIMES)]
DayOfMonth = Annotated[int, Field(ge=1, le=31)] | Literal["last"]
MonthOfYear = Annotated[int, Field(ge=1, le=_MONTHS)]


class WorkingDaysOf(StrEnum):
    """The period in which working days are counted."""

    MONTH = "month"
    QUARTER = "quarter"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CronCadence(_Part):
    """Five cron fields, read as Debian's cron reads them, on the wall clock of the schedule's zone."""

    kind: Literal["cron"] = "cron"
    expression: Annotated[str, Field(min_length=9, max_length=200)]

    @model_validator(mode="after")
    def _is_cron(self) -> Self:
        if len(self.expression.split()) != _CRON_FIELDS:
            raise ValueError("a cron expression has five fields: minute, hour, day of month, month, day of week")
        try:
            self._parsed()
        except CronSimError as error:
            raise ValueError(f"this is no cron expression: {str(error).lower()}") from error
        return self

    def explain(self) -> str:
        """The expression in words."""
        return self._parsed().explain()

    def nominal(self, after: datetime, _calendar: WorkCalendar) -> Iterator[datetime]:
        """Local times after one, in order."""
        found = copy(self._parsed())
        found.dt = after.replace(microsecond=0)
        return found

    def _parsed(self) -> CronSim:
        """From any moment on. Raises CronSimError."""
        return _cron(self.expression)


@lru_cache(_EXPRESSIONS_HELD)
def _cron(expression: str) -> CronSim:
    """What an expression says; reading it takes as long as finding ten of its times. Not to be moved on: copy it."""
    return CronSim(expression, datetime.combine(date(2000, 1, 1), time()))


class _AtTimes(_Part):
    times: Times

    @model_validator(mode="after")
    def _times_are_told_once(self) -> Self:
        if len(set(self.times)) != len(self.times):
            raise ValueError("a time of day is told twice")
        return self

    def nominal(self, after: datetime, calendar: WorkCalendar) -> Iterator[datetime]:
        """Local times after one, in order."""
        times = sorted(self.times)
        for day in self.days(after.date(), calendar):
            for one in times:
                if (found := datetime.combine(day, one)) > after:
                    yield found

    @abstractmethod
    def days(self, first: date, calendar: WorkCalendar) -> Iterator[date]:
        """Days from one on."""


class DailyCadence(_AtTimes):
    """Every day."""

    kind: Literal["daily"] = "daily"

    def days(self, first: date, _calendar: WorkCalendar) -> Iterator[date]:
        """Days from one on."""
        return _days_from(first)


class WeeklyCadence(_AtTimes):
    """Chosen days of the week, 0 is Monday."""

    kind: Literal["weekly"] = "weekly"
    days_of_week: Annotated[frozenset[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1)]

    def days(self, first: date, _calendar: WorkCalendar) -> Iterator[date]:
        """Days from one on."""
        return (day for day in _days_from(first) if day.weekday() in self.days_of_week)


class MonthlyCadence(_AtTimes):
    """A day of every month, or of chosen ones; where the month is shorter, its last day."""

    kind: Literal["monthly"] = "monthly"
    day: DayOfMonth
    months: frozenset[MonthOfYear] = frozenset()

    def days(self, first: date, _calendar: WorkCalendar) -> Iterator[date]:
        """Days from one on."""
        return (
            day
            for year, month in _months_from(first)
            if (not self.months or month in self.months) and (day := _day_of(year, month, self.day)) >= first
        )


class QuarterlyCadence(_AtTimes):
    """A day of the first, second or third month of every quarter."""

    kind: Literal["quarterly"] = "quarterly"
    month_of_quarter: Annotated[int, Field(ge=1, le=_QUARTER)]
    day: DayOfMonth

    def days(self, first: date, _calendar: WorkCalendar) -> Iterator[date]:
        """Days from one on."""
        return (
            day
            for year, month in _months_from(first)
            if (month - 1) % _QUARTER == self.month_of_quarter - 1 and (day := _day_of(year, month, self.day)) >= first
        )


class YearlyCadence(_AtTimes):
    """A day of one month of the year."""

    kind: Literal["yearly"] = "yearly"
    month: MonthOfYear
    day: DayOfMonth

    def days(self, first: date, _calendar: WorkCalendar) -> Iterator[date]:
        """Days from one on."""
        return (
            day for year in range(first.year, date.max.year) if (day := _day_of(year, self.month, self.day)) >= first
        )


class WorkingDayCadence(_AtTimes):
    """The nth working day of every month or quarter; -1 is the last one. A period that is too short has none."""

    kind: Literal["working_day"] = "working_day"
    nth: Annotated[int, Field(ge=-_MAX_WORKING_DAYS, le=_MAX_WORKING_DAYS)]
    of: WorkingDaysOf = WorkingDaysOf.MONTH

    @model_validator(mode="after")
    def _counts_from_one(self) -> Self:
        if self.nth == 0:
            raise ValueError("working days are counted from 1, or from -1 at the end")
        return self

    def days(self, first: date, calendar: WorkCalendar) -> Iterator[date]:
        """Days from one on."""
        length = _QUARTER if self.of is WorkingDaysOf.QUARTER else 1
        begin = date(first.year, first.month - (first.month - 1) % length, 1)
        for year, month in _months_from(begin):
            if (month - 1) % length:
                continue
            found = self._of_period(date(year, month, 1), _day_of(year, month + length - 1, "last"), calendar)
            if found is not None and found >= first:
                yield found

    def _of_period(self, begin: date, end: date, calendar: WorkCalendar) -> date | None:
        day, step, wanted = (begin, _DAY, self.nth) if self.nth > 0 else (end, -_DAY, -self.nth)
        while begin <= day <= end:
            wanted -= calendar.is_open(day)
            if not wanted:
                return day
            day += step
        return None


Cadence = Annotated[
    CronCadence | DailyCadence | WeeklyCadence | MonthlyCadence | QuarterlyCadence | YearlyCadence | WorkingDayCadence,
    Field(discriminator="kind"),
]


def _days_from(first: date) -> Iterator[date]:
    day = first
    while day < date.max:
        yield day
        day += _DAY


def _months_from(first: date) -> Iterator[tuple[int, int]]:
    for year in range(first.year, date.max.year):
        for month in range(first.month if year == first.year else 1, _MONTHS + 1):
            yield year, month


def _day_of(year: int, month: int, day: int | Literal["last"]) -> date:
    last = months.monthrange(year, month)[1]
    return date(year, month, last if day == "last" else min(day, last))
