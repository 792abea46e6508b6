"""Webhooks: endpoints as people keep them, and the drain that sends what the outbox holds."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, cast
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from pydantic import JsonValue, SecretStr

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId, WebhookId, new_id
from backend.core.metrics import WEBHOOK_ATTEMPTS, WEBHOOK_SECONDS
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import SECRET_CHANGED, AuditAction, AuditSubject
from backend.domain.retry import WEBHOOK_RETRY, Failure, parse_retry_after
from backend.domain.webhooks import (
    WebhookDeliveryState,
    WebhookEvent,
    WebhookEventType,
    WebhookMessage,
    check_patterns,
    new_signing_secret,
)
from backend.persistence.models.webhook import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from backend.persistence.repositories.webhooks import WebhookRepository
from backend.persistence.session import Database
from backend.services.announcements import announce_endpoint_disabled
from backend.services.egress import EgressGuard
from backend.services.scope import TenantScope
from backend.services.webhook_sender import WebhookReply, WebhookSender

log = structlog.get_logger(__name__)

BATCH = 64
LEASE = timedelta(seconds=60)
GONE = 410


class WebhookNotFound(OpenRegError):
    """There is no such webhook endpoint."""

    code: ClassVar[str] = "webhook_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class WebhookService:
    """Webhook endpoints of a tenant."""

    scope: TenantScope
    box: SecretBox
    guard: EgressGuard

    async def create(
        self, *, url: str, event_types: Sequence[str], description: str
    ) -> tuple[WebhookEndpoint, SecretStr]:
        """A new endpoint and its signing secret, which is never shown again. Raises EgressRefused."""
        check_patterns(event_types)
        await self.guard.check_url(url)
        secret = new_signing_secret()
        endpoint = WebhookEndpoint(
            id=new_id(),
            tenant_id=self.scope.tenant,
            url=url,
            description=description,
            event_types=list(event_types),
            secrets=self.box.seal({"current": secret.get_secret_value()}),
            is_active=True,
            created_at=self.scope.now(),
        )
        async with self.scope.transaction() as session:
            WebhookRepository(session, self.scope.tenant).add(endpoint)
            await self.scope.audit(session).record(
                AuditAction.WEBHOOK_CREATED, _subject(endpoint), after={**_shown(endpoint), "secret": SECRET_CHANGED}
            )
        return endpoint, secret

    async def get(self, webhook_id: WebhookId) -> WebhookEndpoint:
        """Raises WebhookNotFound."""
        async with self.scope.transaction() as session:
            return await _get(WebhookRepository(session, self.scope.tenant), webhook_id)

    async def page(self, request: PageRequest) -> Page[WebhookEndpoint]:
        """Endpoints, newest first."""
        async with self.scope.reading() as session:
            return await WebhookRepository(session, self.scope.tenant).page(request)

    async def disable(self, webhook_id: WebhookId) -> None:
        """Stop sending to an endpoint; its log stays. Raises WebhookNotFound."""
        async with self.scope.transaction() as session:
            endpoint = await _get(WebhookRepository(session, self.scope.tenant), webhook_id)
            before = _shown(endpoint)
            endpoint.is_active, endpoint.disabled_reason = False, "removed"
            await self.scope.audit(session).record(
                AuditAction.WEBHOOK_DISABLED, _subject(endpoint), before=before, after=_shown(endpoint)
            )

    async def deliveries(
        self, webhook_id: WebhookId, request: PageRequest
    ) -> tuple[Page[WebhookDelivery], dict[UUID, Event]]:
        """Deliveries to an endpoint, newest first. Raises WebhookNotFound."""
        async with self.scope.transaction() as session:
            webhooks = WebhookRepository(session, self.scope.tenant)
            await _get(webhooks, webhook_id)
            return await webhooks.deliveries(webhook_id, request)


def _subject(endpoint: WebhookEndpoint) -> AuditSubject:
    return AuditSubject("webhook", endpoint.id, endpoint.description or _host_of(endpoint.url))


def _host_of(url: str) -> str:
    """Paths and queries of partners' addresses may hold tokens."""
    return urlsplit(url).hostname or ""


def _shown(endpoint: WebhookEndpoint) -> dict[str, object]:
    return {
        "host": _host_of(endpoint.url),
        "description": endpoint.description,
        "event_types": endpoint.event_types,
        "is_active": endpoint.is_active,
        "disabled_reason": endpoint.disabled_reason,
    }


@dataclass(frozen=True, slots=True)
class _DueWebhook:
    delivery: WebhookDelivery
    event: Event
    endpoint: WebhookEndpoint


@dataclass(frozen=True, slots=True)
class _Outcome:
    due: _DueWebhook
    started_at: datetime
    reply: WebhookReply | None
    error: OpenRegError | None

    @property
    def is_success(self) -> bool:
        return self.reply is not None and self.reply.is_success


@dataclass(frozen=True, slots=True)
class WebhookDrain:
    """Claims due deliveries in batches, sends them together, records the attempts in one transaction."""

    database: Database
    box: SecretBox
    sender: WebhookSender
    now: Clock

    async def drain(self, tenant: TenantId) -> int:
        """Send until nothing is due; how many attempts were made."""
        sent = 0
        while (batch := await self._claim(tenant)) is not None:
            outcomes = await asyncio.gather(*(self._send(due) for due in batch))
            await self._record(tenant, outcomes)
            sent += len(outcomes)
        return sent

    async def _claim(self, tenant: TenantId) -> list[_DueWebhook] | None:
        """What is to be sent now; None when nothing is due. What waits for a switched-off endpoint is given up."""
        at = self.now()
        batch = []
        async with self.database.transaction(tenant) as session:
            due = await WebhookRepository(session, tenant).claim_due(BATCH)
            for delivery, event, endpoint in due:
                if not endpoint.is_active:
                    delivery.state, delivery.finished_at = WebhookDeliveryState.FAILED, at
                    continue
                delivery.state = WebhookDeliveryState.SENDING
                delivery.attempts += 1
                delivery.fencing_token += 1
                delivery.lease_expires_at = at + LEASE
                batch.append(_DueWebhook(delivery, event, endpoint))
        return batch if due else None

    async def _send(self, due: _DueWebhook) -> _Outcome:
        at = self.now()
        try:
            event_type = WebhookEventType(due.event.type)
            event = WebhookEvent(
                id=due.event.id,
                type=event_type,
                occurred_at=due.event.created_at,
                tenant_id=due.event.tenant_id,
                sequence=due.event.sequence,
                data=cast("dict[str, JsonValue]", due.event.payload),  # stored as JSON
            )
            message = WebhookMessage(due.event.id, event_type, due.delivery.id, event.body())
            secrets = [SecretStr(str(value)) for value in self.box.open(due.endpoint.secrets).values()]
            reply = await self.sender.send(due.endpoint.url, headers=message.headers(secrets, at=at), body=message.body)
        except OpenRegError as error:
            return _Outcome(due, at, None, error)
        return _Outcome(due, at, reply, None)

    async def _record(self, tenant: TenantId, outcomes: Sequence[_Outcome]) -> None:
        at, recorded = self.now(), []
        async with self.database.transaction(tenant) as session:
            webhooks = WebhookRepository(session, tenant)
            for outcome in outcomes:
                delivery = await webhooks.find_fenced(outcome.due.delivery.id, outcome.due.delivery.fencing_token)
                if delivery is None:
                    continue
                recorded.append(delivery)
                webhooks.add(_attempt(tenant, outcome, at))
                delivery.lease_expires_at = None
                delivery.last_status = outcome.reply.status if outcome.reply else None
                if outcome.is_success:
                    delivery.state, delivery.finished_at = WebhookDeliveryState.DELIVERED, at
                    continue
                endpoint = await _get(webhooks, WebhookId(delivery.endpoint_id))
                if endpoint.is_active and outcome.reply is not None and outcome.reply.status == GONE:
                    endpoint.is_active, endpoint.disabled_reason = False, "answered 410 Gone"
                    announce_endpoint_disabled(session, tenant, endpoint, at)
                again = _next_attempt(outcome, delivery, at) if endpoint.is_active else None
                if again is None:
                    delivery.state, delivery.finished_at = WebhookDeliveryState.FAILED, at
                else:
                    delivery.state, delivery.next_attempt_at = WebhookDeliveryState.RETRYING, again
        for delivery in recorded:
            WEBHOOK_ATTEMPTS.labels(str(delivery.state)).inc()
        for outcome in outcomes:
            if outcome.reply is not None:
                WEBHOOK_SECONDS.observe(outcome.reply.duration_ms / 1000)
            log.info(
                "webhook_attempted",
                delivery_id=str(outcome.due.delivery.id),
                success=outcome.is_success,
                status=outcome.reply.status if outcome.reply else None,
                code=outcome.error.code if outcome.error else None,
            )


def _next_attempt(outcome: _Outcome, delivery: WebhookDelivery, at: datetime) -> datetime | None:
    retry_after = parse_retry_after(outcome.reply.retry_after, now=at) if outcome.reply else None
    failure = Failure(
        attempts=delivery.attempts, first_attempt_at=delivery.created_at, failed_at=at, retry_after=retry_after
    )
    # Jitter spreads load; nothing secret depends on it.
    return WEBHOOK_RETRY.next_attempt_at(failure, draw=random.random())  # noqa: S311 - see above


def _attempt(tenant: TenantId, outcome: _Outcome, at: datetime) -> WebhookAttempt:
    reply, error = outcome.reply, outcome.error
    return WebhookAttempt(
        id=new_id(),
        tenant_id=tenant,
        delivery_id=outcome.due.delivery.id,
        number=outcome.due.delivery.attempts,
        started_at=outcome.started_at,
        duration_ms=reply.duration_ms if reply else int((at - outcome.started_at).total_seconds() * 1000),
        status=reply.status if reply else None,
        address=reply.address if reply else None,
        response_excerpt=reply.body_excerpt.replace("\x00", "") if reply else None,
        error={"code": error.code, "message": error.message} if error else None,
    )


async def _get(webhooks: WebhookRepository, webhook_id: WebhookId) -> WebhookEndpoint:
    found = await webhooks.find(webhook_id)
    if found is None:
        raise WebhookNotFound
    return found
