"""Reconciliations: extracts that are compared with what was submitted, and the differences that were found."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.reconciliation import (
    DifferenceKind,
    DifferenceState,
    Period,
    ReconciliationCounts,
    ReconciliationStage,
    ReconciliationState,
    Standing,
)
from backend.domain.submissions import SubmissionEnvironment
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class Reconciliation(TenantBound, Entity):
    """An extract and what came of its comparison.

    ``personal_fields`` are the mapped fields that identify natural persons. ``kept_count`` differences are rows of
    their own, ``difference_count`` are in the file under ``differences_key``. ``rows_done`` grows while a worker reads.
    """

    __tablename__ = "reconciliations"
    __table_args__ = (
        one_of("state", ReconciliationState),
        one_of("stage", ReconciliationStage),
        one_of("environment", SubmissionEnvironment),
        Index("ix_reconciliations_newest", "tenant_id", "id"),
        Index("ix_reconciliations_of_report", "report_id", "id"),
        Index("ix_reconciliations_due", "next_attempt_at", postgresql_where=text("state IN ('queued', 'running')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    name: Mapped[str] = mapped_column(String(255))
    first_date: Mapped[date]
    last_date: Mapped[date]
    environment: Mapped[str] = mapped_column(enum_text(SubmissionEnvironment))
    mapping: Mapped[Json]
    personal_fields: Mapped[list[str]] = mapped_column(ARRAY(String(300)))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    object_key: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(enum_text(ReconciliationState))
    stage: Mapped[str] = mapped_column(enum_text(ReconciliationStage))
    rows_done: Mapped[int] = mapped_column(BigInteger)
    reason_code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(Text)
    submission_count: Mapped[int] = mapped_column(default=0)
    ours_count: Mapped[int] = mapped_column(BigInteger, default=0)
    theirs_count: Mapped[int] = mapped_column(BigInteger, default=0)
    equal_count: Mapped[int] = mapped_column(BigInteger, default=0)
    missing_count: Mapped[int] = mapped_column(BigInteger, default=0)
    extra_count: Mapped[int] = mapped_column(BigInteger, default=0)
    different_count: Mapped[int] = mapped_column(BigInteger, default=0)
    field_count: Mapped[int] = mapped_column(BigInteger, default=0)
    by_field: Mapped[Json]
    kept_count: Mapped[int] = mapped_column(BigInteger, default=0)
    differences_key: Mapped[str | None] = mapped_column(String(500))
    differences_bytes: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    fencing_token: Mapped[int]
    lease_expires_at: Mapped[datetime | None]
    started_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    @property
    def period(self) -> Period:
        """The reporting dates."""
        return Period(self.first_date, self.last_date)

    @property
    def counts(self) -> ReconciliationCounts:
        """How the sides compare."""
        return ReconciliationCounts(
            self.ours_count,
            self.theirs_count,
            self.equal_count,
            self.missing_count,
            self.extra_count,
            self.different_count,
            self.field_count,
        )

    @counts.setter
    def counts(self, counts: ReconciliationCounts) -> None:
        self.ours_count, self.theirs_count, self.equal_count = counts.ours, counts.theirs, counts.equal
        self.missing_count, self.extra_count = counts.missing, counts.extra
        self.different_count, self.field_count = counts.different, counts.fields


class ReconciliationDifference(TenantBound, Entity):
    """A record that one side does not have, or a field in which the sides differ.

    ``ours`` and ``theirs`` are values as they stand; ``file_row`` counts the rows of the extract from 1.
    """

    __tablename__ = "reconciliation_differences"
    __table_args__ = (
        one_of("kind", DifferenceKind),
        one_of("standing", Standing),
        one_of("state", DifferenceState),
        Index("ix_reconciliation_differences_by_kind", "reconciliation_id", "kind", "position"),
        Index("ix_reconciliation_differences_by_field", "reconciliation_id", "field", "position"),
    )

    reconciliation_id: Mapped[UUID] = mapped_column(ForeignKey("reconciliations.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(enum_text(DifferenceKind))
    standing: Mapped[str] = mapped_column(enum_text(Standing))
    record_key: Mapped[str] = mapped_column(Text)
    field: Mapped[str | None] = mapped_column(String(300))
    ours: Mapped[str | None] = mapped_column(Text)
    theirs: Mapped[str | None] = mapped_column(Text)
    submission_id: Mapped[UUID | None]
    run_id: Mapped[UUID | None]
    row_number: Mapped[int | None] = mapped_column(BigInteger)
    file_row: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(enum_text(DifferenceState))
    comment: Mapped[str | None] = mapped_column(Text)
    explained_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    explained_at: Mapped[datetime | None]


class ReconciliationMapping(TenantBound, Entity):
    """How extracts of a report are read, under a name, to be used again."""

    __tablename__ = "reconciliation_mappings"
    __table_args__ = (UniqueConstraint("report_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    name: Mapped[str] = mapped_column(String(120))
    mapping: Mapped[Json]
    saved_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    saved_at: Mapped[datetime]
