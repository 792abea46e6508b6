"""Notices: what is to be mailed is put into the mail queue."""

from __future__ import annotations

from backend.core.ids import TenantId
from backend.persistence.system import SystemScope
from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime


@app.task(name="notices.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Mail what is due, digests included."""
    runtime = current_runtime()

    async def find() -> list[TenantId]:
        async with runtime.system.transaction() as session:
            return await SystemScope(session).tenants_with_due_notices()

    for tenant in runtime.run(find()):
        runtime.run(runtime.notice_mails().put(tenant))
        runtime.wakeups.mails(tenant)
