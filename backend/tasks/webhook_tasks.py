"""Webhooks: send what is due for one tenant, and wake the tenants that have something due."""

from __future__ import annotations

from uuid import UUID

from backend.core.ids import TenantId
from backend.persistence.system import SystemScope
from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime


@app.task(name="webhooks.drain", time_limit=TASK_LIMIT_SECONDS)
def drain(*, tenant_id: str) -> None:
    """Wake this process' drain of the tenant; it goes on when the task has ended."""
    current_runtime().drains.wake(TenantId(UUID(tenant_id)))


@app.task(name="webhooks.expire", time_limit=TASK_LIMIT_SECONDS)
def expire() -> None:
    """Remove what is too old from the log, and tell of certificates that will be."""
    runtime = current_runtime()
    runtime.run(runtime.webhook_certificates().look())
    runtime.run(runtime.webhook_retention().purge())


@app.task(name="webhooks.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Wake the tenants whose deliveries are due."""
    runtime = current_runtime()

    async def find() -> list[TenantId]:
        async with runtime.system.transaction() as session:
            return await SystemScope(session).tenants_with_due_webhooks()

    for tenant in runtime.run(find()):
        runtime.wakeups.webhooks(tenant)
