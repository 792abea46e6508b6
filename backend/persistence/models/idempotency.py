"""Idempotency keys: the answer that was given to a request that may be sent again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.persistence.models.entity import Entity, Sealed


class IdempotencyKey(Entity):
    """One key of one tenant; the same key with another request is refused.

    ``claim`` is who handles the request now, until the lease ends; ``has_effect`` is set in the transaction of the
    effect itself; ``answer`` is sealed, because some answers show a secret.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_tenant_id_created_at", "tenant_id", "created_at"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    claim: Mapped[UUID]
    lease_expires_at: Mapped[datetime]
    has_effect: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[bytes | None] = mapped_column(Sealed)
    created_at: Mapped[datetime]
