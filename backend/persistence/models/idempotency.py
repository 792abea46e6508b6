"""Idempotency keys: the answer that was given to a request that may be sent again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.persistence.models.entity import Entity, Json


class IdempotencyKey(Entity):
    """One key of one tenant; the same key with another request is refused."""

    __tablename__ = "idempotency_keys"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    answer: Mapped[Json | None]
    created_at: Mapped[datetime]
