"""Connectors: test one again, and wake those that are due."""

from __future__ import annotations

from uuid import UUID

from backend.core.ids import ConnectorId, TenantId
from backend.persistence.system import SystemScope
from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime

#: Tests that one sweep asks for: a source that does not answer holds a worker for minutes.
SWEEP_LIMIT = 10


@app.task(name="connectors.retest", time_limit=TASK_LIMIT_SECONDS)
def retest(*, tenant_id: str, connector_id: str) -> None:
    """One test of one connector, if it is still due."""
    runtime = current_runtime()
    runtime.run(runtime.connector_retests().retest(TenantId(UUID(tenant_id)), ConnectorId(UUID(connector_id))))


@app.task(name="connectors.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Wake connectors whose test is due."""
    runtime = current_runtime()

    async def find() -> list[tuple[TenantId, UUID]]:
        async with runtime.system.transaction() as session:
            return await SystemScope(session).connectors_to_test(SWEEP_LIMIT)

    for tenant, connector_id in runtime.run(find()):
        runtime.wakeups.connector(tenant, connector_id)
