"""The drain: sends what the outbox holds, in batches, and records every attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import cast

import structlog
from pydantic import JsonValue

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import OpenRegError
from backend.core.ids import TenantId, WebhookId, new_id
from backend.core.jitter import draw
from backend.core.metrics import WEBHOOK_ATTEMPTS, WEBHOOK_SECONDS
from backend.domain.retry import WEBHOOK_RETRY, Failure, parse_retry_after
from backend.domain.webhook_secrets import WebhookSecrets, private_key
from backend.domain.webhooks import WebhookDeliveryState, WebhookEvent, WebhookEventType, WebhookMessage
from backend.persistence.models.webhook import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from backend.persistence.repositories.webhooks import WebhookRepository
from backend.persistence.session import Database
from backend.services.announcements import announce_endpoint_disabled
from backend.services.webhook_sender import WebhookReply, WebhookSender

log = structlog.get_logger(__name__)

BATCH = 64
LEASE = timedelta(seconds=60)
GONE = 410


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
            reply = await self.sender.send(
                due.endpoint.url,
                headers=self._signed(message, due.endpoint, at),
                body=message.body,
                timeout_seconds=due.endpoint.timeout_seconds,
                networks=[ip_network(one) for one in due.endpoint.allowed_addresses],
            )
        except OpenRegError as error:
            return _Outcome(due, at, None, error)
        return _Outcome(due, at, reply, None)

    def _signed(self, message: WebhookMessage, endpoint: WebhookEndpoint, at: datetime) -> dict[str, str]:
        secrets = WebhookSecrets.of_document(self.box.open(endpoint.secrets))
        key = private_key(secrets.signing_key) if secrets.signing_key is not None else None
        return message.headers(secrets.in_use(at), at=at, private_key=key)

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
                endpoint = await webhooks.get(WebhookId(delivery.endpoint_id))
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
        attempts=delivery.attempts - delivery.attempts_before,
        first_attempt_at=delivery.trying_since or delivery.created_at,
        failed_at=at,
        retry_after=retry_after,
    )
    return WEBHOOK_RETRY.next_attempt_at(failure, draw=draw())


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
