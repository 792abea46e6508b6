"""Answers as they lie in the folder of a destination: which were seen, and which were taken in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.remote_answers import RemoteAnswerState
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class RemoteAnswer(TenantBound, Entity):
    """A file in the folder where a regulator answers. It is taken in once it has been the same in two looks."""

    __tablename__ = "remote_answers"
    __table_args__ = (one_of("state", RemoteAnswerState), UniqueConstraint("destination_id", "folder", "name"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    destination_id: Mapped[UUID] = mapped_column(ForeignKey("destinations.id"))
    folder: Mapped[str] = mapped_column(String(1000))
    name: Mapped[str] = mapped_column(String(1000))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    modified_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(enum_text(RemoteAnswerState))
    feedback_id: Mapped[UUID | None] = mapped_column(ForeignKey("feedback_files.id"))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    error: Mapped[Json | None]
    seen_at: Mapped[datetime]
