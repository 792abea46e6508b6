"""What a schedule says: cadence, zone, calendar, reporting date, parameters, dependencies, and what is missed."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.domain.calendars import WorkCalendar
from backend.domain.schedules.cadence import Cadence
from backend.domain.schedules.local_time import ZoneName

MAX_BLACKOUTS: Final = 200
MAX_DEPENDENCIES: Final = 20
MAX_PARAMETERS: Final = 50
_DAY: Final = timedelta(days=1)
#: How far working days are looked for before a calendar counts as one without.
SEARCHED_DAYS: Final = 366
#: A calendar of a tenant, or a national one; parts of countries have a dash.
NameOfCalendar = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{1,62}$")]


class ClosedDay(StrEnum):
    """What happens to a fire time on a day on which nobody works."""

    RUN = "run"
    SKIP = "skip"
    NEXT = "next"
    PREVIOUS = "previous"


class DayCount(StrEnum):
    """How the days between fire and reporting date are counted."""

    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"


class MissedRule(StrEnum):
    """What happens to fire times at which no scheduler was there."""

    SKIP = "skip"
    RUN_LAST = "run_last"
    RUN_ALL = "run_all"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Blackout(_Part):
    """Days on which nothing fires, the first and the last included."""

    first: date
    last: date
    reason: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _first_is_first(self) -> Self:
        if self.last < self.first:
            raise ValueError("a blackout ends before it begins")
        return self


class ReportingDate(_Part):
    """T+n: what fires on a day reports the day ``days`` before it."""

    days: Annotated[int, Field(ge=0, le=366)] = 1
    count: DayCount = DayCount.WORKING_DAYS

    def of(self, day: date, calendar: WorkCalendar) -> date:
        """What is reported when it fires on a day."""
        if self.count is DayCount.CALENDAR_DAYS:
            return day - self.days * _DAY
        # Counted back from the day itself, open or not: on Saturday T+1 is Friday, and so it is on Monday.
        found, left = day, self.days
        for _ in range(SEARCHED_DAYS + 2 * self.days):
            if left == 0 and calendar.is_open(found):
                return found
            found -= _DAY
            left -= left > 0 and calendar.is_open(found)
        return found


class Dependency(_Part):
    """Another report whose run for the same reporting date must have succeeded, not longer ago than it may be."""

    report_id: UUID
    max_age_minutes: Annotated[int, Field(ge=1, le=366 * 24 * 60)] | None = None


class MissedPolicy(_Part):
    """What is made up for. A fire that is at most ``grace_minutes`` late is on time; ``limit`` bounds ``run_all``."""

    rule: MissedRule = MissedRule.RUN_LAST
    grace_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 15
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class ScheduleDefinition(_Part):
    """When a report runs by itself. Without a calendar, working days are those from Monday to Friday."""

    cadence: Cadence
    zone: ZoneName = "UTC"
    calendar: NameOfCalendar | None = None
    on_closed: ClosedDay = ClosedDay.RUN
    blackouts: Annotated[tuple[Blackout, ...], Field(max_length=MAX_BLACKOUTS)] = ()
    reporting_date: ReportingDate = ReportingDate()
    parameters: Annotated[dict[str, str | int | float | bool | None], Field(max_length=MAX_PARAMETERS)] = {}
    dependencies: Annotated[tuple[Dependency, ...], Field(max_length=MAX_DEPENDENCIES)] = ()
    #: How long a fire waits for what it depends on.
    wait_minutes: Annotated[int, Field(ge=1, le=14 * 24 * 60)] = 24 * 60
    missed: MissedPolicy = MissedPolicy()

    @model_validator(mode="after")
    def _dependencies_are_told_once(self) -> Self:
        reports = [one.report_id for one in self.dependencies]
        if len(set(reports)) != len(reports):
            raise ValueError("a report is depended on twice")
        return self

    def reporting_date_of(self, day: date, calendar: WorkCalendar) -> date:
        """What is reported when it fires on a day."""
        return self.reporting_date.of(day, calendar)

    def blackout_of(self, day: date) -> Blackout | None:
        """The blackout that holds a day, if one does."""
        return next((one for one in self.blackouts if one.first <= day <= one.last), None)
