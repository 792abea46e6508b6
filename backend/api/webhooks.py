"""Webhooks: endpoints, event types, deliveries."""

from __future__ import annotations

from uuid import UUID

from fastapi import status

from backend.api.dependencies import Idempotency, Paging, WebhooksRead, WebhooksWrite
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.webhooks import (
    EventTypeList,
    WebhookAnswer,
    WebhookCreate,
    WebhookCreated,
    WebhookDeliveryAnswer,
)
from backend.core.ids import WebhookId
from backend.core.problems import problems
from backend.domain.webhooks import EventPatternUnknown, WebhookEventType
from backend.persistence.models.webhook import WebhookDelivery
from backend.services.egress import EgressRefused
from backend.services.webhooks import WebhookNotFound

router = ResourceRouter(prefix="/webhooks", tags=["webhooks"])


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(EventPatternUnknown, EgressRefused))
async def create_webhook(body: WebhookCreate, webhooks: WebhooksWrite, idempotency: Idempotency) -> WebhookCreated:
    """Register an endpoint. The signing secret is in this answer and nowhere else."""

    async def act() -> dict[str, object]:
        endpoint, secret = await webhooks.create(
            url=body.url, event_types=body.event_types, description=body.description
        )
        shown = WebhookAnswer.model_validate(endpoint).model_dump(mode="json")
        return {**shown, "secret": secret.get_secret_value()}

    request = {"route": "webhooks", **body.model_dump(mode="json")}
    return WebhookCreated.model_validate(await idempotency.once(webhooks.scope, request, act))


@router.get("")
async def list_webhooks(webhooks: WebhooksRead, page: Paging) -> ListAnswer[WebhookAnswer]:
    """Endpoints, newest first."""
    return ListAnswer[WebhookAnswer].of_attributes(await webhooks.page(page))


@router.get("/event-types")
async def list_event_types(_: WebhooksRead) -> EventTypeList:
    """Every event a webhook can be told of."""
    return EventTypeList(items=[one.value for one in WebhookEventType])


@router.get("/{webhook_id}", responses=problems(WebhookNotFound))
async def get_webhook(webhook_id: UUID, webhooks: WebhooksRead) -> WebhookAnswer:
    """One endpoint."""
    return WebhookAnswer.model_validate(await webhooks.get(WebhookId(webhook_id)))


@router.delete("/{webhook_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(WebhookNotFound))
async def disable_webhook(webhook_id: UUID, webhooks: WebhooksWrite) -> None:
    """Stop sending to an endpoint; its log stays."""
    await webhooks.disable(WebhookId(webhook_id))


@router.get("/{webhook_id}/deliveries", responses=problems(WebhookNotFound))
async def list_webhook_deliveries(
    webhook_id: UUID, webhooks: WebhooksRead, page: Paging
) -> ListAnswer[WebhookDeliveryAnswer]:
    """Events sent to an endpoint, newest first."""
    deliveries, events = await webhooks.deliveries(WebhookId(webhook_id), page)

    def show(delivery: WebhookDelivery) -> WebhookDeliveryAnswer:
        return WebhookDeliveryAnswer(
            id=delivery.id,
            event_id=delivery.event_id,
            event_type=events[delivery.event_id].type,
            state=delivery.state,
            attempts=delivery.attempts,
            last_status=delivery.last_status,
            next_attempt_at=delivery.next_attempt_at,
            created_at=delivery.created_at,
            finished_at=delivery.finished_at,
        )

    return ListAnswer.of(deliveries, show)
