"""Calendars as they go over the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.domain.calendars import FIRST_YEAR, LAST_YEAR, CalendarDefinition, CalendarName
from backend.persistence.models.calendar import Calendar, CalendarVersion
from backend.services.calendars import CalendarYear
from backend.services.national_calendars import NationalCalendar

Title = Annotated[str, Field(max_length=200)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


class CalendarCreate(BaseModel):
    """A calendar to be made; its name is what ``business_day(date, n, 'NAME')`` is written with."""

    model_config = ConfigDict(extra="forbid")

    name: CalendarName
    title: Title = ""
    definition: CalendarDefinition


class CalendarChange(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    definition: CalendarDefinition | None = None


class CalendarPreview(BaseModel):
    """A definition to look at before it is stored."""

    model_config = ConfigDict(extra="forbid")

    definition: CalendarDefinition
    year: Year


class CalendarAnswer(BaseModel):
    """A calendar of the tenant."""

    id: UUID
    name: str
    title: str
    definition: CalendarDefinition
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, calendar: Calendar) -> Self:
        """As it is stored."""
        return cls(
            id=calendar.id,
            name=calendar.name,
            title=calendar.title,
            definition=calendar.read_definition(),
            version=calendar.version,
            created_at=calendar.created_at,
            updated_at=calendar.updated_at,
        )


class CalendarVersionAnswer(BaseModel):
    """What a calendar was."""

    number: int
    definition: CalendarDefinition
    sha256: str
    source: str
    created_at: datetime

    @classmethod
    def of(cls, version: CalendarVersion) -> Self:
        """As it is stored."""
        return cls(
            number=version.number,
            definition=CalendarDefinition.model_validate(version.definition),
            sha256=version.sha256,
            source=version.source,
            created_at=version.created_at,
        )


class CalendarVersionList(BaseModel):
    """All versions, newest first."""

    items: list[CalendarVersionAnswer]


class CalendarDayAnswer(BaseModel):
    """A day on which nobody works."""

    model_config = ConfigDict(from_attributes=True)

    date: date
    name: str
    is_own: bool


class CalendarYearAnswer(BaseModel):
    """The days off of a year besides weekends, and national days that were taken out."""

    model_config = ConfigDict(from_attributes=True)

    days: list[CalendarDayAnswer]
    removed: list[CalendarDayAnswer]

    @classmethod
    def of(cls, year: CalendarYear) -> Self:
        """As it was computed."""
        return cls.model_validate(year)


class NationalCalendarAnswer(BaseModel):
    """A calendar that comes with OpenReg; ``weekend`` counts days from Monday, which is 0."""

    code: str
    title: str
    weekend: list[int] | None = None

    @classmethod
    def of(cls, calendar: NationalCalendar) -> Self:
        """As it was computed."""
        return cls(code=calendar.code, title=calendar.title, weekend=list(calendar.weekend))


class NationalCalendarList(BaseModel):
    """All of them, TARGET first; parts of countries have codes such as DE-BY."""

    items: list[NationalCalendarAnswer]
    source: str
