"""Submissions: what is claimed to a regulator, the files of it, and everything that happened to it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.submissions import (
    RecordCounts,
    SubmissionAction,
    SubmissionEnvironment,
    SubmissionHold,
    SubmissionKind,
    SubmissionState,
    is_late,
    transition,
)
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class Submission(TenantBound, Entity):
    """What a run tells a regulator. ``parent_submission_id`` is that of the run whose records it changes or adds to.

    ``record_count`` are the records of its files, ``cancellation_count`` those that void an earlier report;
    the other counts are what the regulator has said of them. ``file_status`` is its last word about the files.
    ``started_by`` asked for the run, ``released_by`` let it out where it was held: neither of them approves it.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        one_of("kind", SubmissionKind),
        one_of("state", SubmissionState),
        one_of("hold", SubmissionHold),
        one_of("environment", SubmissionEnvironment),
        UniqueConstraint("run_id"),
        UniqueConstraint("tenant_id", "reference"),
        Index("ix_submissions_newest", "tenant_id", "id"),
        Index("ix_submissions_by_state", "tenant_id", "state", "id"),
        Index("ix_submissions_of_day", "report_id", "reporting_date", "id"),
        Index("ix_submissions_of_parent", "parent_submission_id", "id"),
        Index("ix_submissions_waiting", "tenant_id", "id", postgresql_where=text("hold <> 'none'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    parent_submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submissions.id"))
    reporting_date: Mapped[date]
    kind: Mapped[str] = mapped_column(enum_text(SubmissionKind))
    reference: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(enum_text(SubmissionState))
    hold: Mapped[str] = mapped_column(enum_text(SubmissionHold))
    environment: Mapped[str] = mapped_column(enum_text(SubmissionEnvironment))
    record_count: Mapped[int] = mapped_column(BigInteger)
    cancellation_count: Mapped[int] = mapped_column(BigInteger, default=0)
    accepted_count: Mapped[int] = mapped_column(BigInteger, default=0)
    pending_count: Mapped[int] = mapped_column(BigInteger, default=0)
    rejected_count: Mapped[int] = mapped_column(BigInteger, default=0)
    unconfirmed_count: Mapped[int] = mapped_column(BigInteger)
    file_status: Mapped[str | None] = mapped_column(String(10))
    due_at: Mapped[datetime | None]
    is_late: Mapped[bool] = mapped_column(default=False)
    needs_approval: Mapped[bool] = mapped_column(default=False)
    started_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    released_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    overridden_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    override_reason: Mapped[str | None] = mapped_column(Text)
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def move_to(self, to: SubmissionState) -> SubmissionState:
        """Change state by the transition table; the state before. Raises SubmissionTransitionRefused."""
        before = SubmissionState(self.state)
        self.state = transition(before, to)
        return before

    def is_late_at(self, now: datetime) -> bool:
        """Whether it was sent after it was due, or is due and not sent; one that is never sent is not late."""
        return self.state != SubmissionState.WITHDRAWN and (self.is_late or is_late(self.due_at, self.sent_at, now))

    @property
    def counts(self) -> RecordCounts:
        """What the regulator has said of its records."""
        return RecordCounts(self.accepted_count, self.pending_count, self.rejected_count, self.unconfirmed_count)

    @counts.setter
    def counts(self, counts: RecordCounts) -> None:
        self.accepted_count, self.pending_count = counts.accepted, counts.pending
        self.rejected_count, self.unconfirmed_count = counts.rejected, counts.unconfirmed


class SubmissionFile(TenantBound, Entity):
    """A file of a submission.

    ``message_id`` is what the regulator's answer names: the business message identifier that the run wrote into it, or
    its name where the file carries none.
    """

    __tablename__ = "submission_files"
    __table_args__ = (
        Index("ix_submission_files_by_message", "tenant_id", "message_id"),
        Index("ix_submission_files_by_name", "tenant_id", "file_name"),
    )

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifacts.id"), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(255))
    file_name: Mapped[str] = mapped_column(String(255))
    sent_at: Mapped[datetime | None]


class SubmissionEvent(TenantBound, Entity):
    """One thing that happened to a submission. Never changed: ``hash`` is over its content and the one before it.

    ``actor_id`` is None where OpenReg or the regulator acted; ``actor`` says who in words.
    """

    __tablename__ = "submission_events"
    __table_args__ = (one_of("action", SubmissionAction), UniqueConstraint("submission_id", "number"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"))
    number: Mapped[int]
    action: Mapped[str] = mapped_column(enum_text(SubmissionAction))
    from_state: Mapped[str | None] = mapped_column(enum_text(SubmissionState))
    to_state: Mapped[str] = mapped_column(enum_text(SubmissionState))
    note: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[Json] = mapped_column(default=dict)
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    actor: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
