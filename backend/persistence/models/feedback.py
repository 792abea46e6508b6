"""Feedback: files of a regulator's answers, and what they say of single records."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.feedback import AdviceState, FeedbackFormat, FeedbackSource, FeedbackState
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class FeedbackFile(TenantBound, Entity):
    """A file that came back. ``totals`` is what it says of each message and what followed from it.

    ``mapping`` tells how a text file is read. ``submission_id`` is set where the whole file is about one submission,
    ``assigned_by`` where somebody has said which. ``rows_done`` grows while a worker reads.
    """

    __tablename__ = "feedback_files"
    __table_args__ = (
        one_of("state", FeedbackState),
        one_of("format", FeedbackFormat),
        one_of("source", FeedbackSource),
        UniqueConstraint("tenant_id", "sha256"),
        Index("ix_feedback_files_newest", "tenant_id", "id"),
        Index("ix_feedback_files_by_state", "tenant_id", "state", "id"),
        Index("ix_feedback_files_of_submission", "submission_id", "id"),
        Index("ix_feedback_files_due", "next_attempt_at", postgresql_where=text("state IN ('received', 'parsing')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    destination_id: Mapped[UUID | None] = mapped_column(ForeignKey("destinations.id"))
    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    object_key: Mapped[str] = mapped_column(String(500))
    format: Mapped[str | None] = mapped_column(enum_text(FeedbackFormat))
    state: Mapped[str] = mapped_column(enum_text(FeedbackState))
    reason_code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(Text)
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submissions.id"))
    file_status: Mapped[str | None] = mapped_column(String(10))
    totals: Mapped[Json] = mapped_column(default=dict)
    mapping: Mapped[Json | None]
    source: Mapped[str] = mapped_column(enum_text(FeedbackSource))
    rows_done: Mapped[int] = mapped_column(BigInteger, default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    fencing_token: Mapped[int] = mapped_column(default=0)
    lease_expires_at: Mapped[datetime | None]
    received_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    assigned_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    assign_reason: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


class RecordAdvice(Entity):
    """What a file says of one record. The one with the greatest ``id`` is the newest.

    Millions come at once: the row is held to its file and tenant by row-level security and by whoever writes it, not
    by foreign keys, which would cost more than the row.
    """

    __tablename__ = "record_advices"
    __table_args__ = (
        one_of("state", AdviceState),
        Index(
            "ix_record_advices_of_record",
            "submission_id",
            "row_number",
            "id",
            postgresql_where=text("submission_id IS NOT NULL"),
        ),
    )

    feedback_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    tenant_id: Mapped[UUID]
    submission_id: Mapped[UUID | None]
    record_id: Mapped[str] = mapped_column(Text)
    row_number: Mapped[int | None] = mapped_column(BigInteger)
    entity: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str | None] = mapped_column(Text)
    reported_at: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(enum_text(AdviceState))
    rules: Mapped[list[Json]] = mapped_column(JSONB)
    at: Mapped[datetime]
