"""Deliveries: carry out one, and wake those that are due."""

from __future__ import annotations

from uuid import UUID

from backend.core.ids import DeliveryId, TenantId
from backend.persistence.system import SystemScope
from backend.tasks.app import DELIVERY_LIMIT_SECONDS, TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime

SWEEP_LIMIT = 100


@app.task(name="deliveries.deliver", time_limit=DELIVERY_LIMIT_SECONDS)
def deliver(*, tenant_id: str, delivery_id: str) -> None:
    """One attempt of one delivery."""
    runtime = current_runtime()
    runtime.run(runtime.deliveries().deliver(TenantId(UUID(tenant_id)), DeliveryId(UUID(delivery_id))))


@app.task(name="deliveries.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Wake deliveries that are due."""
    runtime = current_runtime()

    async def find() -> list[tuple[TenantId, UUID]]:
        async with runtime.system.transaction() as session:
            return await SystemScope(session).deliveries_to_wake(SWEEP_LIMIT)

    for tenant, delivery_id in runtime.run(find()):
        runtime.wakeups.delivery(tenant, delivery_id)
