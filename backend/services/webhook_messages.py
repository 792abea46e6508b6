"""What an event becomes on its way to an endpoint."""

from __future__ import annotations

from typing import cast

from pydantic import JsonValue

from backend.domain.webhooks import WebhookEvent, WebhookEventType, WebhookMessage
from backend.persistence.models.webhook import Event, WebhookDelivery


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
