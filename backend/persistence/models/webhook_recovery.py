"""Jobs that send many deliveries of a webhook endpoint again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.webhook_recoveries import RecoveryKind, RecoveryState
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class WebhookRecovery(TenantBound, Entity):
    """What happened from ``since`` until before ``until`` is sent to the endpoint again.

    ``filters`` is a ``RecoveryFilter``. ``counted`` were meant when the job began, None before that; ``done`` are in
    the line or sent; the cursor is the place of the last one that was looked at.
    """

    __tablename__ = "webhook_recoveries"
    __table_args__ = (
        one_of("kind", RecoveryKind),
        one_of("state", RecoveryState),
        Index("ix_webhook_recoveries_of_endpoint", "endpoint_id", "id"),
        Index("ix_webhook_recoveries_running", "id", postgresql_where=text("state = 'running'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoints.id"))
    kind: Mapped[str] = mapped_column(enum_text(RecoveryKind))
    since: Mapped[datetime]
    until: Mapped[datetime]
    filters: Mapped[Json]
    state: Mapped[str] = mapped_column(enum_text(RecoveryState))
    counted: Mapped[int | None] = mapped_column(BigInteger)
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    cursor_at: Mapped[datetime | None]
    cursor_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(String(500))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
