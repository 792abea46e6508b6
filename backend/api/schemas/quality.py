"""Data quality."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.domain.quality import DEFAULT_HOLD_DAYS, Indicator, QualitySeverity, Threshold
from backend.persistence.repositories.quality import DayRange
from backend.services.quality import MeasuredDay, QualityTerms, ReportQuality


class IndicatorAnswer(BaseModel):
    """An indicator: a share of records, or of ``timeliness`` the minutes after the due time.

    ``value`` is None where it is unknown: nothing was expected, no due time is set, or no feedback has been read yet.
    """

    value: Decimal | None
    severity: QualitySeverity | None = Field(description="The worst limit that it has crossed.")


class QualityDayAnswer(BaseModel):
    """What was measured of a report's reporting date, out of its last complete run."""

    report_id: UUID
    day: date
    run_id: UUID
    rows_in: int
    expected: int
    reported: int
    checked: int
    with_findings: int | None
    set_aside: int
    held: int
    amended: int
    repeated: int
    finished_at: datetime | None
    due_at: datetime | None
    computed_at: datetime
    severity: QualitySeverity | None
    indicators: dict[Indicator, IndicatorAnswer]

    @classmethod
    def of(cls, one: MeasuredDay) -> QualityDayAnswer:
        """The day with its indicators."""
        shown = {name: getattr(one.day, name) for name in cls.model_fields if name not in {"severity", "indicators"}}
        indicators = {
            name: IndicatorAnswer(value=value, severity=one.breaches.get(name)) for name, value in one.values.items()
        }
        return cls(**shown, severity=one.severity, indicators=indicators)


class ReportQualityAnswer(BaseModel):
    """A report with its newest measured day."""

    report_id: UUID
    report_name: str
    latest: QualityDayAnswer

    @classmethod
    def of(cls, one: ReportQuality) -> ReportQualityAnswer:
        """The report as it is now."""
        latest = QualityDayAnswer.of(one.measured)
        return cls(report_id=latest.report_id, report_name=one.report_name, latest=latest)


class ReportQualityList(BaseModel):
    """Every report of which something was measured in the last 60 days, by name."""

    items: list[ReportQualityAnswer]


class QualityDayList(BaseModel):
    """Measured days, the earliest first."""

    items: list[QualityDayAnswer]


class QualityTermsBody(BaseModel):
    """When a report is due, its limits, and after how many days a held record is old.

    ``due_days`` are working days, Monday to Friday, after the reporting date, in the time zone of the organisation.
    """

    model_config = ConfigDict(extra="forbid")

    due_time: time | None = None
    due_days: Annotated[int, Field(ge=0, le=30)] = 1
    thresholds: dict[Indicator, Threshold] = {}
    hold_days: Annotated[int, Field(ge=1, le=365)] = DEFAULT_HOLD_DAYS

    @model_validator(mode="after")
    def _due_time_is_plain(self) -> QualityTermsBody:
        if self.due_time is not None and self.due_time.tzinfo is not None:
            raise ValueError("the due time is one of the organisation's zone: it has none of its own")
        return self

    def terms(self) -> QualityTerms:
        """The terms that are asked for."""
        return QualityTerms(self.due_time, self.due_days, self.thresholds, self.hold_days)


class ThresholdAnswer(BaseModel):
    """Limits of an indicator."""

    model_config = ConfigDict(from_attributes=True)

    warning: Decimal | None
    critical: Decimal | None


class QualityTermsAnswer(BaseModel):
    """When a report is due, its limits, and after how many days a held record is old."""

    model_config = ConfigDict(from_attributes=True)

    due_time: time | None
    due_days: int
    thresholds: dict[Indicator, ThresholdAnswer]
    hold_days: int


class QualityMeasure(BaseModel):
    """Reporting dates to be measured again, of one report or of all."""

    model_config = ConfigDict(extra="forbid")

    first: date
    last: date
    report_id: UUID | None = None

    def days(self) -> DayRange:
        """The range."""
        return DayRange(self.first, self.last, self.report_id)


class QualityMeasured(BaseModel):
    """How many days of reports were measured."""

    days: int
