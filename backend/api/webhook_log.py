"""What was sent to a webhook, and how it has answered."""

# Annotations are evaluated, not kept as text: FastAPI reads the types of parameters from them.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from backend.api.dependencies import Paging, Requires
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.webhook_log import (
    WebhookDeliveryStateCount,
    WebhookDeliveryStateCounts,
    WebhookStatsAnswer,
)
from backend.api.schemas.webhooks import WebhookDeliveryAnswer
from backend.api.webhook_log_query import WebhookLogQuery
from backend.core.ids import WebhookId
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.domain.webhooks import EventPatternUnknown, WebhookNotFound
from backend.persistence.repositories.webhook_log import MAX_COUNT
from backend.services.scope import TenantScope
from backend.services.webhook_log import StatsWindow, WebhookLogService

router = ResourceRouter(prefix="/webhooks", tags=["webhooks"])


def _log(permission: Permission) -> Callable[..., Awaitable[WebhookLogService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> WebhookLogService:
        return WebhookLogService(scope)

    return provide


LogRead = Annotated[WebhookLogService, Depends(_log(Permission.WEBHOOKS_READ))]
Wanted = Annotated[WebhookLogQuery, Depends()]


@router.get("/{webhook_id}/deliveries", responses=problems(WebhookNotFound, EventPatternUnknown))
async def list_webhook_deliveries(
    webhook_id: UUID, log: LogRead, page: Paging, wanted: Wanted
) -> ListAnswer[WebhookDeliveryAnswer]:
    """Events sent to an endpoint, newest first."""
    found = await log.page(WebhookId(webhook_id), page, wanted.filter())
    return ListAnswer.of(found, lambda row: WebhookDeliveryAnswer.of(*row))


@router.get("/{webhook_id}/deliveries/counts", responses=problems(WebhookNotFound, EventPatternUnknown))
async def count_webhook_deliveries(webhook_id: UUID, log: LogRead, wanted: Wanted) -> WebhookDeliveryStateCounts:
    """Deliveries by state among those the other filters leave; each is counted up to 1000."""
    counts = await log.counts(WebhookId(webhook_id), wanted.filter())
    return WebhookDeliveryStateCounts(
        items=[
            WebhookDeliveryStateCount(state=state, count=min(count, MAX_COUNT), is_more=count > MAX_COUNT)
            for state, count in counts.items()
        ]
    )


@router.get("/{webhook_id}/stats", responses=problems(WebhookNotFound))
async def get_webhook_stats(
    webhook_id: UUID, log: LogRead, window: StatsWindow = StatsWindow.DAY
) -> WebhookStatsAnswer:
    """How an endpoint has answered: attempts by answer, success, times, retries, and what waits."""
    return WebhookStatsAnswer.of(await log.stats(WebhookId(webhook_id), window))
