"""Reports, their working drafts, their versions, and what happened to each version."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.reports.versions import ReportVersionState, VersionAction, transition
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class Report(TenantBound, Entity):
    """The definition of what is produced, over all its versions. ``revision`` grows with every change of this row."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("tenant_id", "slug"),
        Index("ix_reports_newest", "tenant_id", "id"),
        Index("ix_reports_by_name", "tenant_id", text("lower(name)"), "id"),
        Index("ix_reports_by_change", "tenant_id", "updated_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(63))
    description: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    tags: Mapped[list[str]] = mapped_column(ARRAY(String(40)), default=list)
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)


class ReportDraft(TenantBound, Entity):
    """The one working draft of a report: the document as it is being written, possibly incomplete.

    ``editors`` are all who have written in it; they are authors of the version it becomes.
    """

    __tablename__ = "report_drafts"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    # json, not jsonb: the order of the fields is the author's.
    document: Mapped[Json] = mapped_column(JSON)
    based_on_id: Mapped[UUID | None] = mapped_column(ForeignKey("report_versions.id"))
    editors: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    revision: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))


class ReportVersion(TenantBound, Entity):
    """One validated document of a report, with what was true of its source and pack when it was saved.

    ``authors`` are all who wrote or submitted it: none of them may approve it. ``connector_id`` repeats the
    document's, ``input_connector_ids`` those of its inputs and ``rule_sets`` the names of its rule sets, so that the
    use of these is found without reading documents. ``source_columns`` are what the expressions see;
    ``input_columns`` those of the source and of each input by name, empty for a report with nothing but its source.
    """

    __tablename__ = "report_versions"
    __table_args__ = (
        UniqueConstraint("report_id", "major", "minor"),
        one_of("state", ReportVersionState),
        Index("uq_report_versions_one_active", "report_id", unique=True, postgresql_where=text("state = 'active'")),
        Index("ix_report_versions_by_state", "tenant_id", "state", "report_id"),
        Index("ix_report_versions_by_connector", "tenant_id", "connector_id"),
        Index(
            "ix_report_versions_with_inputs", "tenant_id", postgresql_where=text("input_connector_ids <> '{}'::uuid[]")
        ),
        Index("ix_report_versions_due", "effective_from", "tenant_id", postgresql_where=text("state = 'approved'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    major: Mapped[int]
    minor: Mapped[int]
    state: Mapped[str] = mapped_column(enum_text(ReportVersionState))
    # json, not jsonb: the order of the fields is the author's, and a CSV file has it.
    document: Mapped[Json] = mapped_column(JSON)
    source_columns: Mapped[list[Json]]
    input_columns: Mapped[Json] = mapped_column(default=dict)
    pack_id: Mapped[str | None] = mapped_column(String(60))
    pack_version: Mapped[str | None] = mapped_column(String(20))
    connector_id: Mapped[UUID | None]
    input_connector_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    rule_sets: Mapped[list[str]] = mapped_column(ARRAY(String(63)), default=list)
    based_on_id: Mapped[UUID | None] = mapped_column(ForeignKey("report_versions.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    authors: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    effective_from: Mapped[date | None]
    activated_at: Mapped[datetime | None]

    @property
    def number(self) -> str:
        """The version as people write it: ``major.minor``."""
        return f"{self.major}.{self.minor}"

    def move_to(self, to: ReportVersionState) -> ReportVersionState:
        """Change state by the transition table; the state before. Raises VersionTransitionRefused."""
        before = ReportVersionState(self.state)
        self.state = transition(before, to)
        return before


class ReportVersionEvent(TenantBound, Entity):
    """One step in the life of a version: who took it, when, from which state to which, and what they said."""

    __tablename__ = "report_version_events"
    __table_args__ = (one_of("action", VersionAction),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    report_version_id: Mapped[UUID] = mapped_column(ForeignKey("report_versions.id"), index=True)
    action: Mapped[str] = mapped_column(enum_text(VersionAction))
    from_state: Mapped[str | None] = mapped_column(enum_text(ReportVersionState))
    to_state: Mapped[str] = mapped_column(enum_text(ReportVersionState))
    comment: Mapped[str] = mapped_column(Text, default="")
    effective_from: Mapped[date | None]
    # None: the platform itself, when the day of an approved version has come.
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
