"""What an event becomes on its way to an endpoint."""

from __future__ import annotations

from typing import cast

from pydantic import JsonValue

from backend.core.ids import TenantId
from backend.domain.webhooks import WebhookEvent, WebhookEventType, WebhookMessage
from backend.persistence.models.webhook import Event, WebhookDelivery
from backend.persistence.repositories.webhook_queue import ClaimedDelivery


def message_of(event: Event, delivery: WebhookDelivery) -> WebhookMessage:
    """What each attempt of a delivery sends, before it is signed. Raises WebhookBodyTooLarge."""
    event_type = WebhookEventType(event.type)
    told = WebhookEvent(
        id=event.id,
        type=event_type,
        occurred_at=event.created_at,
        tenant_id=event.tenant_id,
        sequence=event.sequence,
        data=cast("dict[str, JsonValue]", event.payload),  # stored as JSON
    )
    return WebhookMessage(event.id, event_type, delivery.id, told.body())


def claimed_message(claimed: ClaimedDelivery, tenant: TenantId) -> WebhookMessage:
    """The same of a delivery that is to be sent now. Raises WebhookBodyTooLarge."""
    event_type = WebhookEventType(claimed.event_type)
    told = WebhookEvent(
        id=claimed.event_id,
        type=event_type,
        occurred_at=claimed.occurred_at,
        tenant_id=tenant,
        sequence=claimed.sequence,
        data=claimed.payload,
    )
    return WebhookMessage(claimed.event_id, event_type, claimed.id, told.body())
