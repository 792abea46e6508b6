"""Data quality: what was measured of each report's day, and the limits of a report."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.quality import DEFAULT_HOLD_DAYS, DayFigures
from backend.persistence.models.entity import Entity, Json, TenantBound


class QualityDay(TenantBound, Entity):
    """The figures of a report's reporting date, out of its last complete run. ``noticed`` is what people were told."""

    __tablename__ = "quality_days"
    __table_args__ = (Index("ix_quality_days_by_day", "tenant_id", "day"),)

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), index=True)
    rows_in: Mapped[int] = mapped_column(BigInteger)
    expected: Mapped[int] = mapped_column(BigInteger)
    reported: Mapped[int] = mapped_column(BigInteger)
    checked: Mapped[int] = mapped_column(BigInteger)
    with_findings: Mapped[int | None] = mapped_column(BigInteger)
    set_aside: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    amended: Mapped[int] = mapped_column(BigInteger)
    repeated: Mapped[int] = mapped_column(BigInteger)
    finished_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    noticed: Mapped[Json] = mapped_column(default=dict)
    computed_at: Mapped[datetime]

    @property
    def figures(self) -> DayFigures:
        """What the indicators are made from."""
        return DayFigures(
            self.expected,
            self.reported,
            self.checked,
            self.with_findings,
            self.amended,
            self.repeated,
            self.finished_at,
            self.due_at,
        )


class QualitySetting(TenantBound, Entity):
    """When a report is due, its limits, and after how many days a held record is old."""

    __tablename__ = "quality_settings"
    __table_args__ = (
        CheckConstraint("due_days BETWEEN 0 AND 30", name="due_days_bounded"),
        CheckConstraint("hold_days BETWEEN 1 AND 365", name="hold_days_bounded"),
    )

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    due_time: Mapped[time | None]
    due_days: Mapped[int] = mapped_column(default=1)
    thresholds: Mapped[Json] = mapped_column(default=dict)
    hold_days: Mapped[int] = mapped_column(default=DEFAULT_HOLD_DAYS)
    #: The last day on which people were told of old holds.
    holds_noticed_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
