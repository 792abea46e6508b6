"""Deadlines of reports, and what became of each day's."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.deadlines import DeadlineRule, MetBy, ObligationState, RiskReason
from backend.persistence.models.entity import Entity, TenantBound, enum_text, one_of


class Deadline(TenantBound, Entity):
    """Until when a report of a day must have arrived. There are obligations from the reporting date ``since`` on."""

    __tablename__ = "deadlines"
    __table_args__ = (
        one_of("met_by", MetBy),
        UniqueConstraint("tenant_id", "report_id"),
        CheckConstraint("working_days BETWEEN 0 AND 60", name="working_days_bounded"),
        CheckConstraint("warning_minutes BETWEEN 0 AND 14400", name="warning_minutes_bounded"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    calendar: Mapped[str] = mapped_column(String(63))
    working_days: Mapped[int]
    local_time: Mapped[time]
    time_zone: Mapped[str] = mapped_column(String(64))
    warning_minutes: Mapped[int]
    met_by: Mapped[str] = mapped_column(enum_text(MetBy))
    since: Mapped[date]
    is_active: Mapped[bool] = mapped_column(default=True)
    saved_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def rule(self) -> DeadlineRule:
        """What makes its due times."""
        return DeadlineRule(self.working_days, self.local_time, self.time_zone)


class Obligation(TenantBound, Entity):
    """A report's duty for one reporting date. ``warn_at`` is from when on it is at risk, whatever its runs take."""

    __tablename__ = "obligations"
    __table_args__ = (
        one_of("state", ObligationState),
        one_of("risk", RiskReason),
        UniqueConstraint("tenant_id", "report_id", "reporting_date"),
        Index("ix_obligations_by_due", "tenant_id", "due_at", "id"),
        Index(
            "ix_obligations_unsatisfied",
            "tenant_id",
            "due_at",
            postgresql_where=text("state IN ('open', 'at_risk', 'breached')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    reporting_date: Mapped[date]
    due_at: Mapped[datetime]
    warn_at: Mapped[datetime]
    time_zone: Mapped[str] = mapped_column(String(64))
    calendar: Mapped[str] = mapped_column(String(63))
    state: Mapped[str] = mapped_column(enum_text(ObligationState))
    risk: Mapped[str | None] = mapped_column(enum_text(RiskReason))
    at_risk_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    #: When what satisfies the deadline happened, and the run that did.
    satisfied_at: Mapped[datetime | None]
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"), index=True)
    created_at: Mapped[datetime]
