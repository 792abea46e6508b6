"""Deliveries: files on their way, what happened to each, and what is done about it."""

# Annotations are evaluated, not kept as text: FastAPI reads the types of query parameters from them.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, status

from backend.api.delivery_query import DeliveryQuery
from backend.api.dependencies import Idempotency, Paging, Requires, Runtime
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.deliveries import (
    DeliveryAnswer,
    DeliveryRowAnswer,
    DeliveryStateCount,
    DeliveryStateCounts,
    GivenReason,
)
from backend.api.schemas.pages import ListAnswer
from backend.core.ids import DeliveryId
from backend.core.problems import problems
from backend.domain.deliveries import DeliveryState, DeliveryTransitionRefused
from backend.domain.permissions import Permission
from backend.persistence.repositories.delivery_lists import MAX_COUNT
from backend.services.delivery_work import (
    DeliveryNotFound,
    DeliveryWorkService,
    DestinationSetAside,
    RedeliveryRefused,
)
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/deliveries", tags=["deliveries"])


def _work(permission: Permission) -> Callable[..., Awaitable[DeliveryWorkService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> DeliveryWorkService:
        return DeliveryWorkService(scope, runtime.wakeups)

    return provide


DeliveriesRead = Annotated[DeliveryWorkService, Depends(_work(Permission.DESTINATIONS_READ))]
DeliveriesWork = Annotated[DeliveryWorkService, Depends(_work(Permission.DELIVERIES_WORK))]


Wanted = Annotated[DeliveryQuery, Depends()]


@router.get("")
async def list_deliveries(deliveries: DeliveriesRead, page: Paging, wanted: Wanted) -> ListAnswer[DeliveryRowAnswer]:
    """Deliveries, newest first."""
    return ListAnswer[DeliveryRowAnswer].of_attributes(await deliveries.page(page, wanted.filter()))


@router.get("/counts")
async def count_deliveries(deliveries: DeliveriesRead, wanted: Wanted) -> DeliveryStateCounts:
    """Deliveries by state among those the other filters leave; each is counted up to 1000."""
    counts = await deliveries.counts(wanted.filter())
    return DeliveryStateCounts(
        items=[
            DeliveryStateCount(state=state, count=min(counts[state], MAX_COUNT), is_more=counts[state] > MAX_COUNT)
            for state in DeliveryState
        ]
    )


@router.get("/{delivery_id}", responses=problems(DeliveryNotFound))
async def get_delivery(delivery_id: UUID, deliveries: DeliveriesRead) -> DeliveryAnswer:
    """One delivery with its attempts and its receipt."""
    return DeliveryAnswer.of(await deliveries.get(DeliveryId(delivery_id)))


@router.post("/{delivery_id}/pause", responses=problems(DeliveryNotFound, DeliveryTransitionRefused))
async def pause_delivery(delivery_id: UUID, deliveries: DeliveriesWork) -> DeliveryAnswer:
    """Set a delivery aside, also one that is on its way."""
    return DeliveryAnswer.of(await deliveries.pause(DeliveryId(delivery_id)))


@router.post(
    "/{delivery_id}/resume", responses=problems(DeliveryNotFound, DeliveryTransitionRefused, DestinationSetAside)
)
async def resume_delivery(delivery_id: UUID, deliveries: DeliveriesWork) -> DeliveryAnswer:
    """Go on with a paused delivery."""
    return DeliveryAnswer.of(await deliveries.resume(DeliveryId(delivery_id)))


@router.post(
    "/{delivery_id}/retry", responses=problems(DeliveryNotFound, DeliveryTransitionRefused, DestinationSetAside)
)
async def retry_delivery(delivery_id: UUID, deliveries: DeliveriesWork) -> DeliveryAnswer:
    """Try again now; attempts and deadline of the destination's policy begin anew."""
    return DeliveryAnswer.of(await deliveries.retry(DeliveryId(delivery_id)))


@router.post("/{delivery_id}/cancel", responses=problems(DeliveryNotFound, DeliveryTransitionRefused))
async def cancel_delivery(delivery_id: UUID, body: GivenReason, deliveries: DeliveriesWork) -> DeliveryAnswer:
    """Give a delivery up that is not on its way."""
    return DeliveryAnswer.of(await deliveries.cancel(DeliveryId(delivery_id), body.reason))


@router.post(
    "/{delivery_id}/redeliver",
    status_code=status.HTTP_201_CREATED,
    responses=problems(DeliveryNotFound, RedeliveryRefused, DestinationSetAside),
)
async def redeliver(
    delivery_id: UUID, body: GivenReason, deliveries: DeliveriesWork, idempotency: Idempotency
) -> DeliveryAnswer:
    """Send the file to the same destination once more, as a delivery of its own."""

    async def act() -> dict[str, object]:
        again = await deliveries.redeliver(DeliveryId(delivery_id), body.reason)
        return DeliveryAnswer.of(again).model_dump(mode="json")

    request: dict[str, object] = {"route": "redeliver", "delivery_id": str(delivery_id), "reason": body.reason}
    return DeliveryAnswer.model_validate(await idempotency.once(deliveries.scope, request, act))
