"""Destinations, deliveries and their attempts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.deliveries import DeliveryState
from backend.persistence.models.entity import Entity, Json, Sealed, TenantBound, enum_text, one_of


class Destination(TenantBound, Entity):
    """Where artifacts go; credentials are ciphertext of the key ring."""

    __tablename__ = "destinations"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(30))
    settings: Mapped[Json]
    credentials: Mapped[bytes] = mapped_column(Sealed)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Delivery(TenantBound, Entity):
    """One transfer of one artifact to one destination."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("artifact_id", "destination_id"),
        one_of("state", DeliveryState),
        Index(
            "ix_deliveries_due", "next_attempt_at", postgresql_where=text("state IN ('pending', 'sending', 'retrying')")
        ),
        Index("ix_deliveries_failing", "tenant_id", "state", postgresql_where=text("state IN ('failed', 'retrying')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), index=True)
    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifacts.id"))
    destination_id: Mapped[UUID] = mapped_column(ForeignKey("destinations.id"))
    state: Mapped[str] = mapped_column(enum_text(DeliveryState))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    fencing_token: Mapped[int] = mapped_column(default=0)
    lease_expires_at: Mapped[datetime | None]
    receipt: Mapped[Json | None]
    last_error: Mapped[Json | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class DeliveryAttempt(TenantBound, Entity):
    """One try of a delivery and how it ended."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"), index=True)
    number: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    error: Mapped[Json | None]
