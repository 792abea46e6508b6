"""Decisions about the eligibility of records: counted per run, and the records that wait."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.eligibility import HeldRecordState
from backend.domain.reports.document import DecisionKind
from backend.persistence.models.entity import Entity, TenantBound, enum_text, one_of


class RunDecision(TenantBound, Entity):
    """A decision of a run's report, counted over all records for which it holds."""

    __tablename__ = "run_decisions"
    __table_args__ = (one_of("decision", DecisionKind),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    decision: Mapped[str] = mapped_column(enum_text(DecisionKind))
    reason: Mapped[str] = mapped_column(Text)
    count: Mapped[int] = mapped_column(BigInteger)


class HeldReview(TenantBound, Entity):
    """A look at the held records of a run that was asked for; while it is done ``due_at`` is the end of a lease."""

    __tablename__ = "held_reviews"
    __table_args__ = (Index("ix_held_reviews_due", "tenant_id", "due_at"),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    due_at: Mapped[datetime]
    asked_at: Mapped[datetime]


class HeldRecord(TenantBound, Entity):
    """A record that a run held. Its values stay in the run's stored input, by row number.

    ``note`` says why it was released or closed, ``decided_by`` who did it where it was a person.
    """

    __tablename__ = "held_records"
    __table_args__ = (
        one_of("state", HeldRecordState),
        UniqueConstraint("run_id", "row_number"),
        Index("ix_held_records_newest", "tenant_id", "id"),
        Index("ix_held_records_waiting", "tenant_id", "report_id", "id", postgresql_where=text("state = 'held'")),
        Index("ix_held_records_released", "tenant_id", "run_id", postgresql_where=text("state = 'released'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    row_number: Mapped[int] = mapped_column(BigInteger)
    record_key: Mapped[str | None] = mapped_column(String(300))
    code: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(enum_text(HeldRecordState))
    held_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str | None] = mapped_column(String(500))
    supplemental_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"), index=True)
