"""Calendars of a tenant, their versions, and the days that versions and runs are made of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.calendars import CalendarDefinition
from backend.persistence.models.entity import Entity, Json, TenantBound


class Calendar(TenantBound, Entity):
    """A calendar as it is now; ``definition`` is a ``CalendarDefinition``."""

    __tablename__ = "calendars"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(63))
    title: Mapped[str] = mapped_column(String(200))
    definition: Mapped[Json]
    version: Mapped[int]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def read_definition(self) -> CalendarDefinition:
        """What makes it."""
        return CalendarDefinition.model_validate(self.definition)


class CalendarVersion(TenantBound, Entity):
    """What a calendar was at one time: never changed."""

    __tablename__ = "calendar_versions"

    calendar_id: Mapped[UUID] = mapped_column(ForeignKey("calendars.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    definition: Mapped[Json]
    sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(100))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class CalendarContent(TenantBound, Entity):
    """The days of a version, or of a national calendar when a run was bound to it; runs name them by their hash."""

    __tablename__ = "calendar_contents"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: ``{"weekend": [5, 6], "closed": ["2026-12-25", …]}``
    days: Mapped[Json]
    created_at: Mapped[datetime]
