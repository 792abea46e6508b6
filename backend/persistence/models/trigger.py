"""Triggers, what came of each occasion, and the files that were seen."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.triggers import FiringOutcome, TriggerDefinition, TriggerKind
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class Trigger(TenantBound, Entity):
    """What starts a report besides people and schedules; ``definition`` is a ``TriggerDefinition``.

    ``generation`` counts changes of what is waited for: a look that began before such a change starts nothing.
    ``baseline`` says what the next look does with what it finds: None starts runs, else it is only remembered,
    because it was there ``before``, or came while the trigger was ``paused``.
    """

    __tablename__ = "triggers"
    __table_args__ = (
        one_of("kind", TriggerKind),
        UniqueConstraint("tenant_id", "name"),
        Index("ix_triggers_newest", "tenant_id", "id"),
        Index("ix_triggers_of_report", "report_id", "id"),
        Index("ix_triggers_due", "next_look_at", postgresql_where=text("next_look_at IS NOT NULL")),
        Index("ix_triggers_of_source_report", "source_report_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(enum_text(TriggerKind))
    definition: Mapped[Json]
    destination_id: Mapped[UUID | None] = mapped_column(ForeignKey("destinations.id", ondelete="SET NULL"))
    connector_id: Mapped[UUID | None] = mapped_column(ForeignKey("connectors.id", ondelete="SET NULL"))
    source_report_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))
    is_paused: Mapped[bool] = mapped_column(default=False)
    generation: Mapped[int] = mapped_column(default=0)
    baseline: Mapped[str | None] = mapped_column(String(6))
    #: Since when ends of runs count, and since when they start something again.
    since: Mapped[datetime]
    active_since: Mapped[datetime]
    next_look_at: Mapped[datetime | None]
    last_look_at: Mapped[datetime | None]
    failed_looks: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[Json | None]
    watermark: Mapped[Json | None]
    last_started_at: Mapped[datetime | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    updated_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def read_definition(self) -> TriggerDefinition:
        """What it says."""
        return TriggerDefinition.model_validate(self.definition)


class TriggerFiring(TenantBound, Entity):
    """What came of one occasion: each is decided once, in the transaction that makes its run."""

    __tablename__ = "trigger_firings"
    __table_args__ = (
        one_of("outcome", FiringOutcome),
        UniqueConstraint("trigger_id", "subject_key"),
        Index("ix_trigger_firings_newest", "trigger_id", "id"),
        Index("ix_trigger_firings_run_id", "run_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    trigger_id: Mapped[UUID] = mapped_column(ForeignKey("triggers.id", ondelete="CASCADE"))
    subject_key: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(enum_text(FiringOutcome))
    reason_code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(Text)
    reporting_date: Mapped[date | None]
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
    fired_at: Mapped[datetime]


class TriggerFile(TenantBound, Entity):
    """A file as the last look saw it. ``since`` is when it was first seen with this size and time."""

    __tablename__ = "trigger_files"

    trigger_id: Mapped[UUID] = mapped_column(ForeignKey("triggers.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(1000), primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    modified_at: Mapped[datetime | None]
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
    is_done: Mapped[bool] = mapped_column(default=False)
