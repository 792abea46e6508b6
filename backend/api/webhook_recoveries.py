"""Recoveries: what an endpoint did not get, or all of a range, is sent again by a job."""

# Annotations are evaluated, not kept as text: FastAPI reads the types of parameters from them.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, status

from backend.api.dependencies import Idempotency, Paging, Requires
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.webhook_recoveries import RecoveryAnswer, RecoveryCreate, RecoveryDetail
from backend.core.ids import WebhookId
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.domain.webhook_recoveries import RecoveryEnded, RecoveryNotFound, RecoveryRangeInvalid
from backend.domain.webhooks import EventPatternUnknown, WebhookIsOff, WebhookNotFound
from backend.services.scope import TenantScope
from backend.services.webhook_recoveries import WebhookRecoveryService

router = ResourceRouter(prefix="/webhooks", tags=["webhooks"])


def _recoveries(permission: Permission) -> Callable[..., Awaitable[WebhookRecoveryService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> WebhookRecoveryService:
        return WebhookRecoveryService(scope)

    return provide


RecoveriesRead = Annotated[WebhookRecoveryService, Depends(_recoveries(Permission.WEBHOOKS_READ))]
RecoveriesWrite = Annotated[WebhookRecoveryService, Depends(_recoveries(Permission.WEBHOOKS_WRITE))]


@router.post(
    "/{webhook_id}/recoveries",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(WebhookNotFound, WebhookIsOff, RecoveryRangeInvalid, EventPatternUnknown),
)
async def start_webhook_recovery(
    webhook_id: UUID, body: RecoveryCreate, recoveries: RecoveriesWrite, idempotency: Idempotency
) -> RecoveryDetail:
    """Send deliveries of a range again, under the same webhook-ids; receivers see some of them twice."""

    async def act() -> dict[str, object]:
        view = await recoveries.start(WebhookId(webhook_id), body.asked())
        return RecoveryDetail.of_view(view).model_dump(mode="json")

    request = {"route": f"webhooks/{webhook_id}/recoveries", **body.model_dump(mode="json")}
    return RecoveryDetail.model_validate(await idempotency.once(recoveries.scope, request, act))


@router.get("/{webhook_id}/recoveries", responses=problems(WebhookNotFound))
async def list_webhook_recoveries(
    webhook_id: UUID, recoveries: RecoveriesRead, page: Paging
) -> ListAnswer[RecoveryAnswer]:
    """Recoveries of an endpoint, newest first."""
    return ListAnswer.of(await recoveries.page(WebhookId(webhook_id), page), RecoveryAnswer.of)


@router.get("/{webhook_id}/recoveries/{recovery_id}", responses=problems(RecoveryNotFound))
async def get_webhook_recovery(webhook_id: UUID, recovery_id: UUID, recoveries: RecoveriesRead) -> RecoveryDetail:
    """A recovery, how far it is, and what became of its deliveries."""
    return RecoveryDetail.of_view(await recoveries.get(WebhookId(webhook_id), recovery_id))


@router.post("/{webhook_id}/recoveries/{recovery_id}/cancel", responses=problems(RecoveryNotFound, RecoveryEnded))
async def cancel_webhook_recovery(webhook_id: UUID, recovery_id: UUID, recoveries: RecoveriesWrite) -> RecoveryDetail:
    """Put no more into the line; what is in it is sent."""
    return RecoveryDetail.of_view(await recoveries.cancel(WebhookId(webhook_id), recovery_id))
