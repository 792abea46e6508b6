"""Triggers: look at one folder or source, and find what is due."""

from __future__ import annotations

from uuid import UUID

from backend.core.ids import TenantId
from backend.domain.triggers import LOOK_LEASE
from backend.persistence.system import SystemScope
from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime

SWEEP_LIMIT = 100
#: A look ends before its lease does.
LOOK_LIMIT_SECONDS = int(LOOK_LEASE.total_seconds()) - 30


@app.task(name="triggers.look", time_limit=LOOK_LIMIT_SECONDS)
def look(*, tenant_id: str, trigger_id: str) -> None:
    """One look at what a trigger waits for, if it is due."""
    runtime = current_runtime()
    runtime.run(runtime.trigger_looks().look(TenantId(UUID(tenant_id)), UUID(trigger_id)))


@app.task(name="triggers.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Wake looks that are due, and start what ends of runs start."""
    runtime = current_runtime()

    async def find() -> list[tuple[TenantId, UUID]]:
        async with runtime.system.transaction() as session:
            return await SystemScope(session).triggers_to_look_at(SWEEP_LIMIT)

    for tenant, trigger_id in runtime.run(find()):
        runtime.wakeups.trigger(tenant, trigger_id)
    runtime.run(runtime.trigger_looks().follow_runs())
