"""Artifacts: files that runs produced."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.artifacts import SchemaStatus
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class Artifact(TenantBound, Entity):
    """A file in object storage; exists only when the run that made it may call it done."""

    __tablename__ = "artifacts"
    __table_args__ = (UniqueConstraint("run_id", "output_number", "file_number"), one_of("schema_status", SchemaStatus))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), index=True)
    output_number: Mapped[int]
    file_number: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    format: Mapped[str] = mapped_column(String(20))
    media_type: Mapped[str] = mapped_column(String(100))
    object_key: Mapped[str] = mapped_column(String(500))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    content_size_bytes: Mapped[int] = mapped_column(BigInteger)
    content_sha256: Mapped[str] = mapped_column(String(64))
    records: Mapped[int] = mapped_column(BigInteger)
    schema_status: Mapped[str] = mapped_column(enum_text(SchemaStatus))
    schema_errors: Mapped[list[Json]]
    created_at: Mapped[datetime]
