"""Schema packages: a regulator's XSDs, brought by the user and pinned by hash."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.persistence.models.entity import Entity, Json, TenantBound


class SchemaPackage(TenantBound, Entity):
    """A zip of XSD files in object storage; ``files`` lists name, namespace and SHA-256 of each."""

    __tablename__ = "schema_packages"
    __table_args__ = (UniqueConstraint("tenant_id", "sha256"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    object_key: Mapped[str] = mapped_column(String(500))
    files: Mapped[list[Json]]
    installed_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    installed_at: Mapped[datetime]
