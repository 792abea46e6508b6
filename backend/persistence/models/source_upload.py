"""Uploads of files for connectors: under way, resumable part by part, or complete and a file of a table."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class UploadState(StrEnum):
    """Where an upload is."""

    OPEN = "open"
    COMPLETE = "complete"


class SourceUpload(TenantBound, Entity):
    """A file that somebody brings. ``storage_upload_id`` and ``parts`` are of the multipart upload while it is open."""

    __tablename__ = "source_uploads"
    __table_args__ = (
        one_of("state", UploadState),
        Index(
            "uq_source_uploads_file",
            "connector_id",
            "table_name",
            "name",
            unique=True,
            postgresql_where=text("state = 'complete'"),
        ),
        Index("ix_source_uploads_open", "expires_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    connector_id: Mapped[UUID] = mapped_column(ForeignKey("connectors.id"), index=True)
    table_name: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(enum_text(UploadState))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    received_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    part_bytes: Mapped[int]
    sha256: Mapped[str | None] = mapped_column(String(64))
    object_key: Mapped[str] = mapped_column(String(500))
    storage_upload_id: Mapped[str] = mapped_column(String(1000))
    parts: Mapped[list[Json]]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
