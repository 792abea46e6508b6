"""Mails: send what is due for one tenant, and wake the tenants that have something due."""

from __future__ import annotations

from uuid import UUID

from backend.core.ids import TenantId
from backend.persistence.system import SystemScope
from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime


@app.task(name="mails.send", time_limit=TASK_LIMIT_SECONDS)
def send(*, tenant_id: str) -> None:
    """Send until nothing is due."""
    runtime = current_runtime()
    runtime.run(runtime.mail_drain().drain(TenantId(UUID(tenant_id))))


@app.task(name="mails.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Wake the tenants whose mails are due."""
    runtime = current_runtime()

    async def find() -> list[TenantId]:
        async with runtime.system.transaction() as session:
            return await SystemScope(session).tenants_with_due_mails()

    for tenant in runtime.run(find()):
        runtime.wakeups.mails(tenant)
