"""What exceptions say together."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.services.exception_statistics import ExceptionStatistics


class CauseAnswer(BaseModel):
    """A rule, and how many records it has set aside first, in how many runs."""

    model_config = ConfigDict(from_attributes=True)

    rule_id: str
    message: str
    records: int
    runs: int


class ExceptionDayAnswer(BaseModel):
    """Records of a report and a reporting date that came in, and that were set aside."""

    model_config = ConfigDict(from_attributes=True)

    report_id: UUID
    report_name: str
    reporting_date: date
    rows_in: int
    set_aside: int


class AgeAnswer(BaseModel):
    """Exceptions that somebody has to deal with, opened so many days ago; counted up to 10,000."""

    days: str = Field(examples=["3-7", "30+"])
    count: int


class RepeatedRecordAnswer(BaseModel):
    """A record that runs set aside again and again."""

    model_config = ConfigDict(from_attributes=True)

    report_id: UUID
    record_key: str
    times: int
    last_at: datetime


class ExceptionStatisticsAnswer(BaseModel):
    """What exceptions say together: causes, days, ages, and records that come back."""

    since: date
    until: date
    causes: list[CauseAnswer]
    days: list[ExceptionDayAnswer]
    ages: list[AgeAnswer]
    overdue: int
    repeats: list[RepeatedRecordAnswer]

    @classmethod
    def of(cls, found: ExceptionStatistics) -> Self:
        """The statistics as they are now."""
        return cls(
            since=found.since,
            until=found.until,
            causes=[CauseAnswer.model_validate(one) for one in found.causes],
            days=[ExceptionDayAnswer.model_validate(one) for one in found.days],
            ages=[AgeAnswer(days=days, count=count) for days, count in found.ages.items()],
            overdue=found.overdue,
            repeats=[RepeatedRecordAnswer.model_validate(one) for one in found.repeats],
        )
