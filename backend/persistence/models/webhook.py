"""Events (the outbox), webhook endpoints, their deliveries and attempts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.webhook_filter import EventFilter
from backend.domain.webhook_health import EndpointHealth, RecentAttempts
from backend.domain.webhook_sending import DEFAULT_CONCURRENT
from backend.domain.webhooks import DEFAULT_TIMEOUT_SECONDS, WebhookDeliveryState
from backend.persistence.models.entity import Entity, Json, Sealed, TenantBound, enum_text, one_of


class Event(TenantBound, Entity):
    """A fact that others may hear of, written in the transaction that made it true."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_by_time", "tenant_id", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    type: Mapped[str] = mapped_column(String(60), index=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    payload: Mapped[Json]
    created_at: Mapped[datetime]


class WebhookEndpoint(TenantBound, Entity):
    """A partner's URL with its filters; signing secrets are ciphertext of the key ring.

    No ``report_ids``: events of all reports and of none, and likewise ``regimes``. No ``allowed_addresses``: whatever
    the guard lets through. No ``retry_waits``: the usual ones. ``is_ordered``: what happens to one subject is sent in
    its order.
    ``certificates_told``: of which certificates' end people were told, how many days before.
    ``access_secrets``: how it is reached (WebhookAccess), None for nothing special; ``access``: what of it is shown.
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(500))
    event_types: Mapped[list[str]] = mapped_column(ARRAY(String(60)))
    secrets: Mapped[bytes] = mapped_column(Sealed)
    report_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    regimes: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list)
    allowed_addresses: Mapped[list[str]] = mapped_column(ARRAY(String(50)), default=list)
    timeout_seconds: Mapped[int] = mapped_column(default=DEFAULT_TIMEOUT_SECONDS)
    access: Mapped[Json] = mapped_column(default=dict)
    access_secrets: Mapped[bytes | None] = mapped_column(Sealed)
    certificates_told: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    revision: Mapped[int] = mapped_column(default=1)
    is_active: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    retry_waits: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    max_concurrent: Mapped[int] = mapped_column(default=DEFAULT_CONCURRENT)
    max_per_minute: Mapped[int | None]
    is_ordered: Mapped[bool] = mapped_column(default=False)
    rate_tokens: Mapped[float] = mapped_column(default=0.0)
    rate_filled_at: Mapped[datetime | None]
    consecutive_failures: Mapped[int] = mapped_column(default=0)
    recent_attempts: Mapped[list[Json]] = mapped_column(default=list)
    failing_since: Mapped[datetime | None]
    breaker_opened_at: Mapped[datetime | None]
    breaker_probe_at: Mapped[datetime | None]
    is_probing: Mapped[bool] = mapped_column(default=False)
    failing_told_at: Mapped[datetime | None]
    exhausted_told_at: Mapped[datetime | None]

    @property
    def health(self) -> EndpointHealth:
        """How it fares. Changed by workers; ``revision`` does not count that."""
        return EndpointHealth(
            self.consecutive_failures,
            tuple(RecentAttempts.of_document(one) for one in self.recent_attempts),
            self.failing_since,
            self.breaker_opened_at,
            self.breaker_probe_at,
            self.is_probing,
        )

    @health.setter
    def health(self, health: EndpointHealth) -> None:
        self.consecutive_failures = health.consecutive_failures
        self.recent_attempts = [one.document() for one in health.recent]
        self.failing_since = health.failing_since
        self.breaker_opened_at, self.breaker_probe_at = health.opened_at, health.probe_at
        self.is_probing = health.is_probing

    @property
    def filter(self) -> EventFilter:
        """What it wants to hear of."""
        return EventFilter.of(self.event_types, self.report_ids, self.regimes)


class WebhookDelivery(TenantBound, Entity):
    """One event sent to one endpoint, at least once, under one stable webhook-id (the event's).

    Sent again, by hand or by a recovery, the waits begin anew: with ``attempts_before`` attempts behind it, at
    ``trying_since``. ``recovery_id`` is the last recovery that sent it again.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("event_id", "endpoint_id"),
        one_of("state", WebhookDeliveryState),
        Index(
            "ix_webhook_deliveries_due",
            "next_attempt_at",
            postgresql_where=text("state IN ('pending', 'sending', 'retrying')"),
        ),
        Index(
            "ix_webhook_deliveries_queue",
            "endpoint_id",
            "next_attempt_at",
            postgresql_where=text("state IN ('pending', 'sending', 'retrying')"),
        ),
        Index("ix_webhook_deliveries_sending", "endpoint_id", postgresql_where=text("state = 'sending'")),
        Index("ix_webhook_deliveries_newest", "endpoint_id", "id"),
        Index("ix_webhook_deliveries_by_time", "endpoint_id", "created_at", "id"),
        Index(
            "ix_webhook_deliveries_of_recovery",
            "recovery_id",
            "state",
            postgresql_where=text("recovery_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoints.id"))
    state: Mapped[str] = mapped_column(enum_text(WebhookDeliveryState))
    attempts: Mapped[int] = mapped_column(default=0)
    attempts_before: Mapped[int] = mapped_column(default=0)
    trying_since: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime]
    fencing_token: Mapped[int] = mapped_column(default=0)
    lease_expires_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    recovery_id: Mapped[UUID | None] = mapped_column(ForeignKey("webhook_recoveries.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class WebhookAttempt(TenantBound, Entity):
    """One POST and what came back; the response is kept up to 16 KiB, ``is_truncated`` when there was more.

    ``planned_at``: when it was due. ``retry_after_seconds``: what the receiver asked to wait for, a day at most.
    """

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        UniqueConstraint("delivery_id", "number"),
        Index("ix_webhook_attempts_by_time", "endpoint_id", "started_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_deliveries.id"), index=True)
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoints.id"))
    number: Mapped[int]
    started_at: Mapped[datetime]
    duration_ms: Mapped[int]
    status: Mapped[int | None]
    address: Mapped[str | None] = mapped_column(String(60))
    response_headers: Mapped[Json | None]
    response_excerpt: Mapped[str | None] = mapped_column(Text)
    is_truncated: Mapped[bool] = mapped_column(default=False)
    error: Mapped[Json | None]
    planned_at: Mapped[datetime | None]
    retry_after_seconds: Mapped[int | None]
    aborted_by_consumer: Mapped[bool] = mapped_column(default=False)
