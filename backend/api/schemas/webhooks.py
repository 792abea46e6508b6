"""Webhook endpoints and deliveries."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_network
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from backend.domain.event_catalogue.catalogue import CATALOGUE
from backend.domain.event_catalogue.samples import sample_of
from backend.domain.event_catalogue.schemas import schema_of
from backend.domain.webhook_access import WebhookAccessChange
from backend.domain.webhook_health import BreakerState
from backend.domain.webhook_secrets import WebhookSecrets
from backend.domain.webhook_sending import (
    DEFAULT_CONCURRENT,
    MAX_CONCURRENT,
    MAX_PER_MINUTE,
    MAX_RETRIES,
    MAX_RETRY_SPAN,
    MAX_RETRY_WAIT,
)
from backend.domain.webhooks import DEFAULT_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS, WebhookEventType, WebhookMessage
from backend.persistence.models.webhook import Event, WebhookDelivery, WebhookEndpoint


def _network(text: str) -> str:
    """An address or a network in its usual spelling."""
    found = ip_network(text)
    return str(found.network_address) if found.num_addresses == 1 else str(found)


def _within_span(waits: list[int]) -> list[int]:
    """Waits whose sum is no longer than may lie between the first attempt and the last."""
    if sum(waits) > MAX_RETRY_SPAN.total_seconds():
        raise ValueError(f"all waits together are {MAX_RETRY_SPAN.days} days at most")
    return waits


Network = Annotated[str, Field(max_length=50), AfterValidator(_network)]
EventPatterns = Annotated[list[str], Field(min_length=1, max_length=50, examples=[["run.*", "artifact.created"]])]
Regime = Annotated[str, Field(max_length=60)]
Timeout = Annotated[int, Field(ge=1, le=MAX_TIMEOUT_SECONDS)]
RetryWaits = Annotated[
    list[Annotated[int, Field(ge=1, le=int(MAX_RETRY_WAIT.total_seconds()))]],
    Field(max_length=MAX_RETRIES, examples=[[10, 60, 600]]),
    AfterValidator(_within_span),
]
Concurrent = Annotated[int, Field(ge=1, le=MAX_CONCURRENT)]
PerMinute = Annotated[int, Field(ge=1, le=MAX_PER_MINUTE)]


class WebhookCreate(BaseModel):
    """An endpoint and what it wants to hear of.

    ``report_ids``: only what happens to these reports. ``regimes``: only what happens to reports of these regulation
    packs. ``allowed_addresses``: addresses and networks in which the
    receiver must be, whatever its name resolves to. ``timeout_seconds``: for connection, request and answer together.
    ``retry_waits``: seconds before each further attempt, a fifth more at most; empty for nine over 75 hours.
    ``max_concurrent``, ``max_per_minute``: requests beyond them wait and use up no attempt. ``is_ordered``: events of
    one subject, such as a run, are sent one after the other in their order.
    ``access``: headers, authentication and certificates; its secrets are never shown.
    """

    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=2000)
    event_types: EventPatterns
    description: str = Field(default="", max_length=500)
    report_ids: list[UUID] = Field(default_factory=list, max_length=100)
    regimes: list[Regime] = Field(default_factory=list, max_length=20, examples=[["mifir-rts22"]])
    allowed_addresses: list[Network] = Field(default_factory=list, max_length=50, examples=[["198.51.100.0/24"]])
    timeout_seconds: Timeout = DEFAULT_TIMEOUT_SECONDS
    retry_waits: RetryWaits = Field(default_factory=list)
    max_concurrent: Concurrent = DEFAULT_CONCURRENT
    max_per_minute: PerMinute | None = None
    is_ordered: bool = False
    access: WebhookAccessChange = Field(default_factory=WebhookAccessChange)


class WebhookChange(BaseModel):
    """What is to be different; what is left out stays."""

    # Made defaults are not part of the document: there, and in the types made of it, each field may be left out.
    model_config = ConfigDict(extra="forbid")

    url: str = Field(default_factory=str, max_length=2000)
    event_types: EventPatterns = Field(default_factory=list)
    description: str = Field(default_factory=str, max_length=500)
    report_ids: list[UUID] = Field(default_factory=list, max_length=100)
    regimes: list[Regime] = Field(default_factory=list, max_length=20)
    allowed_addresses: list[Network] = Field(default_factory=list, max_length=50)
    timeout_seconds: Timeout = Field(default_factory=int)
    retry_waits: RetryWaits = Field(default_factory=list)
    max_concurrent: Concurrent = Field(default_factory=int)
    max_per_minute: PerMinute | None = None
    is_ordered: bool = Field(default_factory=bool)
    access: WebhookAccessChange = Field(default_factory=WebhookAccessChange)


class WebhookHealthAnswer(BaseModel):
    """How an endpoint fares. An open ``breaker`` lets nothing through until ``probe_at``, then one delivery."""

    breaker: BreakerState
    opened_at: datetime | None
    probe_at: datetime | None
    failing_since: datetime | None
    consecutive_failures: int


class ShownCertificate(BaseModel):
    """Whose certificate it is, and until when."""

    subject: str
    expires_at: datetime
    sha256: str


class ShownAuthentication(BaseModel):
    """How we prove who we are, without the secret; the last four for ``oauth2`` only."""

    kind: Literal["basic", "oauth2"]
    username: str | None = None
    token_url: str | None = None
    client_id: str | None = None
    scope: str | None = None
    sent_in: Literal["header", "body"] | None = None


class ShownAccess(BaseModel):
    """How an endpoint is reached, without any secret."""

    header_names: list[str] = []
    authentication: ShownAuthentication | None = None
    ca_certificates: list[ShownCertificate] = []
    client_certificate: ShownCertificate | None = None


class WebhookAnswer(BaseModel):
    """An endpoint; its signing secret is shown once, when it is made.

    ``public_key`` verifies the ``v1a`` signatures; ``former_secrets_until`` says until when a replaced secret signs.
    """

    id: UUID
    url: str
    description: str
    event_types: list[str]
    report_ids: list[UUID]
    regimes: list[str]
    allowed_addresses: list[str]
    timeout_seconds: int
    retry_waits: list[int]
    max_concurrent: int
    max_per_minute: int | None
    is_ordered: bool
    health: WebhookHealthAnswer
    access: ShownAccess
    public_key: str | None
    former_secrets_until: datetime | None
    is_active: bool
    disabled_reason: str | None
    created_at: datetime

    @classmethod
    def of(cls, endpoint: WebhookEndpoint, secrets: WebhookSecrets, at: datetime) -> WebhookAnswer:
        """What may be shown of an endpoint at this moment."""
        health = endpoint.health
        return WebhookAnswer(
            id=endpoint.id,
            url=endpoint.url,
            description=endpoint.description,
            event_types=endpoint.event_types,
            report_ids=endpoint.report_ids,
            regimes=endpoint.regimes,
            allowed_addresses=endpoint.allowed_addresses,
            timeout_seconds=endpoint.timeout_seconds,
            retry_waits=endpoint.retry_waits,
            max_concurrent=endpoint.max_concurrent,
            max_per_minute=endpoint.max_per_minute,
            is_ordered=endpoint.is_ordered,
            health=WebhookHealthAnswer(
                breaker=health.breaker(at),
                opened_at=health.opened_at,
                probe_at=health.probe_at,
                failing_since=health.failing_since,
                consecutive_failures=health.consecutive_failures,
            ),
            access=ShownAccess.model_validate(endpoint.access),
            public_key=secrets.public_key,
            former_secrets_until=secrets.former_until(at),
            is_active=endpoint.is_active,
            disabled_reason=endpoint.disabled_reason,
            created_at=endpoint.created_at,
        )


class WebhookCreated(WebhookAnswer):
    """The only answer that carries the first signing secret."""

    secret: str


class SecretRotation(BaseModel):
    """``overlap_hours``: how long the secret before signs as well; 0 ends it at once."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(default=24, ge=0, le=7 * 24)


class RotatedSecret(BaseModel):
    """The new secret, which is shown nowhere else."""

    secret: str
    former_secrets_until: datetime | None


class WebhookDeliveryAnswer(BaseModel):
    """One event to this endpoint."""

    id: UUID
    event_id: UUID
    event_type: str
    state: str
    attempts: int
    last_status: int | None
    next_attempt_at: datetime
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, delivery: WebhookDelivery, event: Event) -> WebhookDeliveryAnswer:
        """A delivery and what it tells of."""
        return WebhookDeliveryAnswer(
            id=delivery.id,
            event_id=delivery.event_id,
            event_type=event.type,
            state=delivery.state,
            attempts=delivery.attempts,
            last_status=delivery.last_status,
            next_attempt_at=delivery.next_attempt_at,
            created_at=delivery.created_at,
            finished_at=delivery.finished_at,
        )


class WebhookAttemptAnswer(BaseModel):
    """One request and what came back; ``address`` is where it went, ``planned_at`` when it was due.

    ``retry_after_seconds``: the wait that the answer asked for, a day at most. ``aborted_by_consumer``: the answer
    said by ``webhook-delivery: abort-message`` that no attempt is to follow.
    """

    model_config = ConfigDict(from_attributes=True)

    number: int
    planned_at: datetime | None
    started_at: datetime
    duration_ms: int
    status: int | None
    address: str | None
    response_headers: dict[str, str] | None
    response_excerpt: str | None
    is_truncated: bool
    error: dict[str, object] | None
    retry_after_seconds: int | None
    aborted_by_consumer: bool


class WebhookRequestAnswer(BaseModel):
    """What every attempt sends, now that the endpoint is as it is.

    ``headers`` are those that are the same for all of them; each has its time and its signatures besides.
    """

    url: str
    headers: dict[str, str]
    body: str

    @classmethod
    def of(cls, endpoint: WebhookEndpoint, message: WebhookMessage) -> WebhookRequestAnswer:
        """Without anything that signs or proves who sent it."""
        return cls(url=endpoint.url, headers=message.steady_headers(), body=message.body.decode())


class WebhookDeliveryDetail(WebhookDeliveryAnswer):
    """A delivery, what it tells, what is sent for it, and every attempt, first to last."""

    payload: dict[str, object]
    request: WebhookRequestAnswer | None
    log: list[WebhookAttemptAnswer]


class EventTypeAnswer(BaseModel):
    """An event that can be heard; ``schema`` (JSON Schema 2020-12) and ``sample`` are of the whole body."""

    type: str
    family: str
    description: str
    body_schema: dict[str, JsonValue] = Field(serialization_alias="schema")
    sample: dict[str, JsonValue]

    @classmethod
    def of(cls, event_type: WebhookEventType) -> EventTypeAnswer:
        """What the catalogue says of a type."""
        return EventTypeAnswer(
            type=event_type.value,
            family=event_type.family,
            description=CATALOGUE[event_type].description,
            body_schema=schema_of(event_type),
            sample=sample_of(event_type).document(),
        )


class EventTypeList(BaseModel):
    """The catalogue of events."""

    items: list[EventTypeAnswer]
