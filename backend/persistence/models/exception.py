"""Exceptions: records taken out of runs, what was changed in them, what happened to them, and where they went."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.exceptions import AmendmentFrame, ExceptionAction, ExceptionOrigin, ExceptionState, transition
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class RunException(TenantBound, Entity):
    """A record taken out of a run for correction. Its values stay in the run's stored input, by row number.

    ``rule_id`` is the rule that set it aside first, None for one that was opened by hand. ``revision`` grows with every
    change. ``proposed_by`` is who asked for its acceptance where a second person has to agree.
    ``supplemental_run_id`` is the last run that took it.
    """

    __tablename__ = "exceptions"
    __table_args__ = (
        one_of("state", ExceptionState),
        one_of("origin", ExceptionOrigin),
        UniqueConstraint("run_id", "row_number"),
        Index("ix_exceptions_newest", "tenant_id", "id"),
        Index("ix_exceptions_by_state", "tenant_id", "state", "id"),
        Index("ix_exceptions_by_due", "tenant_id", "state", "due_at", "id"),
        Index("ix_exceptions_by_rule", "tenant_id", "state", "rule_id", "id"),
        Index("ix_exceptions_by_entity", "tenant_id", "state", "entity", "id"),
        Index("ix_exceptions_of_report", "report_id", "state", "id"),
        Index("ix_exceptions_of_run", "run_id", "state", "id"),
        Index("ix_exceptions_of_supplemental", "supplemental_run_id"),
        Index(
            "ix_exceptions_by_assignee",
            "assignee_id",
            "state",
            "id",
            postgresql_where=text("assignee_id IS NOT NULL"),
        ),
        Index(
            "ix_exceptions_by_key",
            "report_id",
            "record_key",
            postgresql_ops={"record_key": "text_pattern_ops"},
            postgresql_where=text("record_key IS NOT NULL"),
        ),
        Index(
            "ix_exceptions_by_record",
            "tenant_id",
            "record_key",
            postgresql_ops={"record_key": "text_pattern_ops"},
            postgresql_where=text("record_key IS NOT NULL"),
        ),
        Index(
            "ix_exceptions_by_reference",
            "tenant_id",
            "reference",
            postgresql_ops={"reference": "text_pattern_ops"},
            postgresql_where=text("reference IS NOT NULL"),
        ),
        Index("ix_exceptions_repeated", "tenant_id", "report_id", "id", postgresql_where=text("is_repeat")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    row_number: Mapped[int] = mapped_column(BigInteger)
    record_key: Mapped[str | None] = mapped_column(String(300))
    #: The record's key without the entity: what people search for.
    reference: Mapped[str | None] = mapped_column(String(300))
    entity: Mapped[str | None] = mapped_column(String(100))
    rule_id: Mapped[str | None] = mapped_column(String(60))
    rule_ids: Mapped[list[str]] = mapped_column(ARRAY(String(60)))
    origin: Mapped[str] = mapped_column(enum_text(ExceptionOrigin), default=ExceptionOrigin.FINDING)
    state: Mapped[str] = mapped_column(enum_text(ExceptionState))
    #: Whether the same record was set aside in an earlier run of the report.
    is_repeat: Mapped[bool] = mapped_column(default=False)
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    due_at: Mapped[datetime]
    amendments: Mapped[int] = mapped_column(default=0)
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    justification: Mapped[str | None] = mapped_column(Text)
    supplemental_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def move_to(self, to: ExceptionState) -> ExceptionState:
        """Change state by the transition table; the state before. Raises ExceptionTransitionRefused."""
        before = ExceptionState(self.state)
        self.state = transition(before, to)
        return before

    @property
    def workable_state(self) -> ExceptionState:
        """Where it is when it has to be dealt with again."""
        return ExceptionState.AMENDED if self.amendments else ExceptionState.OPEN


class ExceptionAmendment(TenantBound, Entity):
    """One value that was changed: texts of its type, None for NULL, which an empty text is not."""

    __tablename__ = "exception_amendments"
    __table_args__ = (one_of("frame", AmendmentFrame),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    exception_id: Mapped[UUID] = mapped_column(ForeignKey("exceptions.id", ondelete="CASCADE"), index=True)
    frame: Mapped[str] = mapped_column(enum_text(AmendmentFrame))
    column_name: Mapped[str] = mapped_column(String(200))
    old: Mapped[str | None] = mapped_column(Text)
    new: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class ExceptionEvent(TenantBound, Entity):
    """One thing that happened to an exception; its values stand in the amendments, never here."""

    __tablename__ = "exception_events"
    __table_args__ = (one_of("action", ExceptionAction),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    exception_id: Mapped[UUID] = mapped_column(ForeignKey("exceptions.id", ondelete="CASCADE"), index=True)
    action: Mapped[str] = mapped_column(enum_text(ExceptionAction))
    from_state: Mapped[str | None] = mapped_column(enum_text(ExceptionState))
    to_state: Mapped[str] = mapped_column(enum_text(ExceptionState))
    comment: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[Json] = mapped_column(default=dict)
    # None: OpenReg itself, when a run has ended.
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class SupplementalRecord(TenantBound, Entity):
    """A row of a supplemental run: which row of its parent it is made of, with which changes, and what became of it.

    ``overrides`` are ``{frame, column, value}``; ``pair`` holds a cancellation and its record together.
    """

    __tablename__ = "supplemental_records"
    __table_args__ = (Index("ix_supplemental_records_of_parent", "parent_run_id", "parent_row_number"),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    row_number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    parent_run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    parent_row_number: Mapped[int] = mapped_column(BigInteger)
    exception_id: Mapped[UUID | None] = mapped_column(ForeignKey("exceptions.id", ondelete="SET NULL"), index=True)
    pair: Mapped[int | None]
    is_cancellation: Mapped[bool] = mapped_column(default=False)
    overrides: Mapped[list[Json]] = mapped_column(default=list)
    #: None until the run has judged it.
    is_reported: Mapped[bool | None]
    rule_ids: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list)
