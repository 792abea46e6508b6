"""Reports and their versions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.reports.versions import ReportVersionState
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class Report(TenantBound, Entity):
    """The definition of what is produced, over all its versions."""

    __tablename__ = "reports"
    __table_args__ = (UniqueConstraint("tenant_id", "slug"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(63))
    created_at: Mapped[datetime]


class ReportVersion(TenantBound, Entity):
    """One validated document of a report, with what was true of its source and pack when it was saved."""

    __tablename__ = "report_versions"
    __table_args__ = (
        UniqueConstraint("report_id", "major", "minor"),
        one_of("state", ReportVersionState),
        Index("uq_report_versions_one_active", "report_id", unique=True, postgresql_where=text("state = 'active'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    major: Mapped[int]
    minor: Mapped[int]
    state: Mapped[str] = mapped_column(enum_text(ReportVersionState))
    # json, not jsonb: the order of the fields is the author's, and a CSV file has it.
    document: Mapped[Json] = mapped_column(JSON)
    source_columns: Mapped[list[Json]]
    pack_id: Mapped[str | None] = mapped_column(String(60))
    pack_version: Mapped[str | None] = mapped_column(String(20))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]

    @property
    def number(self) -> str:
        """The version as people write it: ``major.minor``."""
        return f"{self.major}.{self.minor}"
