"""Schedules, what became of each of their fire times, and backfills of past dates."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.schedules.backfills import BackfillDayState, BackfillState, BackfillWay
from backend.domain.schedules.definition import ScheduleDefinition
from backend.domain.schedules.fires import FireState
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class Schedule(TenantBound, Entity):
    """When a report runs by itself; ``definition`` is a ``ScheduleDefinition``.

    Every fire time up to ``evaluated_until`` is decided. ``due_at`` is when the schedule is looked at next, None while
    it is paused.
    """

    __tablename__ = "schedules"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        Index("ix_schedules_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_schedules_newest", "tenant_id", "id"),
        Index("ix_schedules_of_report", "report_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    name: Mapped[str] = mapped_column(String(200))
    definition: Mapped[Json]
    calendar: Mapped[str | None] = mapped_column(String(63))
    is_paused: Mapped[bool] = mapped_column(default=False)
    evaluated_until: Mapped[datetime]
    due_at: Mapped[datetime | None]
    next_fire_at: Mapped[datetime | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    updated_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def read_definition(self) -> ScheduleDefinition:
        """What it says."""
        return ScheduleDefinition.model_validate(self.definition)


class ScheduleFire(TenantBound, Entity):
    """What became of one fire time of a schedule: each is decided once."""

    __tablename__ = "schedule_fires"
    __table_args__ = (
        one_of("state", FireState),
        UniqueConstraint("schedule_id", "fire_at"),
        Index("ix_schedule_fires_waiting", "tenant_id", postgresql_where=text("state = 'waiting'")),
        Index("ix_schedule_fires_run_id", "run_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("schedules.id", ondelete="CASCADE"))
    fire_at: Mapped[datetime]
    reporting_date: Mapped[date | None]
    state: Mapped[str] = mapped_column(enum_text(FireState))
    reason_code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(Text)
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
    wait_until: Mapped[datetime | None]
    decided_at: Mapped[datetime]


class Backfill(TenantBound, Entity):
    """Runs for every reporting date of a range, a few at a time.

    ``entry_id`` is the entry of the register of errors whose days are reported again by it.
    """

    __tablename__ = "backfills"
    __table_args__ = (
        one_of("state", BackfillState),
        CheckConstraint("concurrency BETWEEN 1 AND 20", name="concurrency_bounded"),
        Index("ix_backfills_newest", "tenant_id", "id"),
        Index("ix_backfills_running", "id", postgresql_where=text("state = 'running'")),
        Index("ix_backfills_of_entry", "entry_id", "id", postgresql_where=text("entry_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    schedule_id: Mapped[UUID | None] = mapped_column(ForeignKey("schedules.id", ondelete="SET NULL"))
    entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("error_register_entries.id"))
    first_date: Mapped[date]
    last_date: Mapped[date]
    concurrency: Mapped[int]
    parameters: Mapped[Json]
    state: Mapped[str] = mapped_column(enum_text(BackfillState))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class BackfillDay(TenantBound, Entity):
    """One reporting date of a backfill, and by which way it is reported."""

    __tablename__ = "backfill_days"
    __table_args__ = (one_of("state", BackfillDayState), one_of("way", BackfillWay))

    backfill_id: Mapped[UUID] = mapped_column(ForeignKey("backfills.id", ondelete="CASCADE"), primary_key=True)
    reporting_date: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(enum_text(BackfillDayState))
    way: Mapped[str] = mapped_column(enum_text(BackfillWay), default=BackfillWay.RUN)
    reason_code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(Text)
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
