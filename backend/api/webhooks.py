"""Webhooks: endpoints, what they are signed with, event types, deliveries."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fastapi import Response, status

from backend.api.dependencies import Idempotency, Paging, WebhooksRead, WebhooksWrite
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.webhooks import (
    EventTypeAnswer,
    EventTypeList,
    RotatedSecret,
    SecretRotation,
    WebhookAnswer,
    WebhookAttemptAnswer,
    WebhookChange,
    WebhookCreate,
    WebhookCreated,
    WebhookDeliveryAnswer,
    WebhookDeliveryDetail,
    WebhookRequestAnswer,
)
from backend.core.etags import PreconditionFailed
from backend.core.ids import WebhookDeliveryId, WebhookId
from backend.core.problems import problems
from backend.domain.event_catalogue.catalogue import CATALOGUE
from backend.domain.regulations import PackNotFound
from backend.domain.webhook_access import WebhookAccessInvalid, WebhookSecretsStay
from backend.domain.webhooks import (
    EventPatternUnknown,
    WebhookDeliveryNotFound,
    WebhookIsOff,
    WebhookLimitReached,
    WebhookNotFound,
)
from backend.persistence.models.webhook import WebhookEndpoint
from backend.services.egress import EgressRefused
from backend.services.reports import ReportNotFound
from backend.services.webhooks import ShownDelivery, WebhookService, WebhookSettings, webhook_etag

router = ResourceRouter(prefix="/webhooks", tags=["webhooks"])


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *(EventPatternUnknown, EgressRefused, PackNotFound, ReportNotFound, WebhookLimitReached),
        WebhookAccessInvalid,
    ),
)
async def create_webhook(body: WebhookCreate, webhooks: WebhooksWrite, idempotency: Idempotency) -> WebhookCreated:
    """Register an endpoint. The signing secret is in this answer and nowhere else."""

    async def act() -> dict[str, object]:
        endpoint, secret = await webhooks.create(WebhookSettings(**body.model_dump(exclude={"access"})), body.access)
        return {**_shown(endpoint, webhooks).model_dump(mode="json"), "secret": secret.get_secret_value()}

    request = {"route": "webhooks", **body.model_dump(mode="json")}
    return WebhookCreated.model_validate(await idempotency.once(webhooks.scope, request, act))


@router.get("")
async def list_webhooks(webhooks: WebhooksRead, page: Paging) -> ListAnswer[WebhookAnswer]:
    """Endpoints, newest first."""
    return ListAnswer[WebhookAnswer].of(await webhooks.page(page), lambda one: _shown(one, webhooks))


@router.get("/event-types")
async def list_event_types(_: WebhooksRead) -> EventTypeList:
    """Every event a webhook can be told of: what it means, the JSON Schema of its body, and a sample."""
    return EventTypeList(items=[EventTypeAnswer.of(one) for one in CATALOGUE])


@router.get("/{webhook_id}", responses=problems(WebhookNotFound))
async def get_webhook(webhook_id: UUID, webhooks: WebhooksRead, response: Response) -> WebhookAnswer:
    """One endpoint."""
    return _tagged(response, await webhooks.get(WebhookId(webhook_id)), webhooks)


@router.patch(
    "/{webhook_id}",
    responses=problems(
        *(WebhookNotFound, PreconditionFailed, EventPatternUnknown, EgressRefused, PackNotFound, ReportNotFound),
        *(WebhookAccessInvalid, WebhookSecretsStay),
    ),
)
async def change_webhook(
    webhook_id: UUID, body: WebhookChange, webhooks: WebhooksWrite, if_match: IfMatch, response: Response
) -> WebhookAnswer:
    """Change an endpoint; what waits to be sent goes to the new address."""
    changes = body.model_dump(exclude_unset=True, exclude={"access"})
    changed = await webhooks.change(WebhookId(webhook_id), changes, if_match, body.access)
    return _tagged(response, changed, webhooks)


@router.delete("/{webhook_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(WebhookNotFound))
async def disable_webhook(webhook_id: UUID, webhooks: WebhooksWrite) -> None:
    """Stop sending to an endpoint; its log stays."""
    await webhooks.disable(WebhookId(webhook_id))


@router.post("/{webhook_id}/switch-on", responses=problems(WebhookNotFound, WebhookLimitReached))
async def switch_webhook_on(webhook_id: UUID, webhooks: WebhooksWrite, response: Response) -> WebhookAnswer:
    """Send to an endpoint again, from now on."""
    return _tagged(response, await webhooks.switch_on(WebhookId(webhook_id)), webhooks)


@router.post("/{webhook_id}/rotate-secret", responses=problems(WebhookNotFound))
async def rotate_webhook_secret(webhook_id: UUID, body: SecretRotation, webhooks: WebhooksWrite) -> RotatedSecret:
    """Make a new signing secret, shown in this answer only; the one before signs as well for a while."""
    secrets = await webhooks.rotate_secret(WebhookId(webhook_id), timedelta(hours=body.overlap_hours))
    until = secrets.former_until(webhooks.scope.now())
    return RotatedSecret(secret=secrets.current.get_secret_value(), former_secrets_until=until)


@router.post("/{webhook_id}/revoke-former-secrets", responses=problems(WebhookNotFound))
async def revoke_former_webhook_secrets(webhook_id: UUID, webhooks: WebhooksWrite, response: Response) -> WebhookAnswer:
    """Let only the current secret sign, at once."""
    await webhooks.revoke_former_secrets(WebhookId(webhook_id))
    return _tagged(response, await webhooks.get(WebhookId(webhook_id)), webhooks)


@router.put("/{webhook_id}/key-pair", responses=problems(WebhookNotFound))
async def make_webhook_key_pair(webhook_id: UUID, webhooks: WebhooksWrite, response: Response) -> WebhookAnswer:
    """Sign with a new Ed25519 key pair as well; the answer has the public key."""
    await webhooks.make_key_pair(WebhookId(webhook_id))
    return _tagged(response, await webhooks.get(WebhookId(webhook_id)), webhooks)


@router.delete("/{webhook_id}/key-pair", status_code=status.HTTP_204_NO_CONTENT, responses=problems(WebhookNotFound))
async def drop_webhook_key_pair(webhook_id: UUID, webhooks: WebhooksWrite) -> None:
    """Sign with secrets only."""
    await webhooks.drop_key_pair(WebhookId(webhook_id))


@router.post(
    "/{webhook_id}/ping", status_code=status.HTTP_202_ACCEPTED, responses=problems(WebhookNotFound, WebhookIsOff)
)
async def ping_webhook(webhook_id: UUID, webhooks: WebhooksWrite) -> WebhookDeliveryDetail:
    """Send openreg.ping to this endpoint, whatever its filters."""
    return _detail(await webhooks.ping(WebhookId(webhook_id)))


@router.get("/{webhook_id}/deliveries/{delivery_id}", responses=problems(WebhookDeliveryNotFound))
async def get_webhook_delivery(webhook_id: UUID, delivery_id: UUID, webhooks: WebhooksRead) -> WebhookDeliveryDetail:
    """One delivery: what it tells, and every attempt with its answer."""
    return _detail(await webhooks.delivery(WebhookId(webhook_id), WebhookDeliveryId(delivery_id)))


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/resend",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(WebhookNotFound, WebhookDeliveryNotFound, WebhookIsOff),
)
async def resend_webhook_delivery(
    webhook_id: UUID, delivery_id: UUID, webhooks: WebhooksWrite
) -> WebhookDeliveryDetail:
    """Send a delivery again, whatever became of it, under the same webhook-id."""
    return _detail(await webhooks.resend(WebhookId(webhook_id), WebhookDeliveryId(delivery_id)))


def _shown(endpoint: WebhookEndpoint, webhooks: WebhookService) -> WebhookAnswer:
    return WebhookAnswer.of(endpoint, webhooks.secrets_of(endpoint), webhooks.scope.now())


def _tagged(response: Response, endpoint: WebhookEndpoint, webhooks: WebhookService) -> WebhookAnswer:
    tag(response, webhook_etag(endpoint))
    return _shown(endpoint, webhooks)


def _detail(shown: ShownDelivery) -> WebhookDeliveryDetail:
    return WebhookDeliveryDetail(
        **WebhookDeliveryAnswer.of(shown.delivery, shown.event).model_dump(),
        payload=shown.event.payload,
        request=None if shown.message is None else WebhookRequestAnswer.of(shown.endpoint, shown.message),
        log=[WebhookAttemptAnswer.model_validate(one) for one in shown.attempts],
    )
