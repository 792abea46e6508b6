"""Runs: execute one, and wake those nobody works on."""

from __future__ import annotations

from uuid import UUID

from backend.core.ids import RunId, TenantId
from backend.persistence.system import SystemScope
from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime
from backend.tasks.stop_request import until_asked_to_stop

SWEEP_LIMIT = 100


@app.task(name="runs.execute")
def execute(*, tenant_id: str, run_id: str) -> None:
    """See one run to its end."""
    runtime = current_runtime()
    work = runtime.supervisor().supervise(TenantId(UUID(tenant_id)), RunId(UUID(run_id)))
    runtime.run(until_asked_to_stop(work))


@app.task(name="runs.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Wake runs that are pending or whose lease has expired."""
    runtime = current_runtime()

    async def find() -> list[tuple[TenantId, UUID]]:
        async with runtime.system.transaction() as session:
            return await SystemScope(session).runs_to_wake(SWEEP_LIMIT)

    for tenant, run_id in runtime.run(find()):
        runtime.wakeups.run(tenant, run_id)
