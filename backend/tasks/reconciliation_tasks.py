"""Reconciliations: compare one extract, and wake those that wait."""

from __future__ import annotations

from uuid import UUID

from backend.core.ids import TenantId
from backend.persistence.system import SystemScope
from backend.tasks.app import DELIVERY_LIMIT_SECONDS, TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime

SWEEP_LIMIT = 20


@app.task(name="reconciliations.compare", time_limit=DELIVERY_LIMIT_SECONDS)
def compare(*, tenant_id: str, reconciliation_id: str) -> None:
    """One extract, if it still waits."""
    runtime = current_runtime()
    runtime.run(runtime.reconciliation_worker().compare(TenantId(UUID(tenant_id)), UUID(reconciliation_id)))


@app.task(name="reconciliations.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Wake reconciliations that wait."""
    runtime = current_runtime()

    async def find() -> list[tuple[TenantId, UUID]]:
        async with runtime.system.transaction() as session:
            return await SystemScope(session).reconciliations_to_work_on(SWEEP_LIMIT)

    for tenant, reconciliation_id in runtime.run(find()):
        runtime.wakeups.reconciliation(tenant, reconciliation_id)
