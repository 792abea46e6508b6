"""Calendars: on which days nobody works. National ones come with OpenReg; a tenant adds its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.core.errors import ErrorKind, OpenRegError

#: National days are computed for these years; in others a calendar knows only its weekend and its own dates.
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2100
MAX_DATES: Final = 2000
SATURDAY, SUNDAY = 5, 6
DAYS_OF_WEEK: Final = 7

CalendarName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{2,62}$")]
BaseCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,10}(-[A-Z0-9]{1,6})?$")]


class CalendarNotFound(OpenRegError):
    """There is no such calendar."""

    code: ClassVar[str] = "calendar_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class CalendarNameTaken(OpenRegError):
    """There is a calendar of this name already."""

    code: ClassVar[str] = "calendar_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class CalendarInUse(OpenRegError):
    """Versions of reports count working days with the calendar."""

    code: ClassVar[str] = "calendar_in_use"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class CalendarBaseUnknown(OpenRegError):
    """There is no national calendar of this code."""

    code: ClassVar[str] = "calendar_base_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class CalendarUnknown(OpenRegError):
    """A calendar that the report counts with is not there any more."""

    code: ClassVar[str] = "calendar_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class OwnDay(BaseModel):
    """A day on which nobody works, and what it is called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: date
    name: Annotated[str, Field(max_length=120)] = ""


class CalendarDefinition(BaseModel):
    """What makes a calendar: the national one it is based on, the days added and removed, the weekend (0 is Monday)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    based_on: BaseCode | None = None
    added: Annotated[tuple[OwnDay, ...], Field(max_length=MAX_DATES)] = ()
    removed: Annotated[tuple[date, ...], Field(max_length=MAX_DATES)] = ()
    weekend: Annotated[tuple[Annotated[int, Field(ge=0, lt=DAYS_OF_WEEK)], ...], Field(max_length=3)] = (
        SATURDAY,
        SUNDAY,
    )

    @model_validator(mode="after")
    def _days_are_told_once(self) -> Self:
        added = [one.date for one in self.added]
        for days, what in ((added, "added"), (list(self.removed), "removed"), (list(self.weekend), "in the weekend")):
            if len(set(days)) != len(days):
                raise ValueError(f"a day is {what} twice")
        if both := set(added) & set(self.removed):
            raise ValueError(f"{min(both)} is both added and removed")
        return self


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The days on which nobody works: of the week (0 is Monday), and of the year."""

    closed: frozenset[date]
    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})

    @property
    def sha256(self) -> str:
        """What tells it from others, whatever it is called."""
        content = [sorted(self.weekend), [one.isoformat() for one in sorted(self.closed)]]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def is_open(self, day: date) -> bool:
        """Whether people work on the day."""
        return day.weekday() not in self.weekend and day not in self.closed


@dataclass(frozen=True, slots=True)
class CalendarPin:
    """The days that a run is bound to: their hash, the version of a tenant's calendar, and where they are from."""

    sha256: str
    version: int | None
    source: str


def named_days(definition: CalendarDefinition, national: Mapping[date, str]) -> dict[date, str]:
    """Every day of the calendar but its weekend, with its name; ``national`` are the days of what it is based on."""
    removed = set(definition.removed)
    days = {day: name for day, name in national.items() if day not in removed}
    return {**days, **{one.date: one.name for one in definition.added}}


def work_calendar(definition: CalendarDefinition, national: Mapping[date, str]) -> WorkCalendar:
    """The calendar of a definition."""
    return WorkCalendar(frozenset(named_days(definition, national)), frozenset(definition.weekend))
