"""Feedback: read one file, and wake those that wait."""

from __future__ import annotations

from uuid import UUID

from backend.core.ids import TenantId
from backend.persistence.system import SystemScope
from backend.tasks.app import DELIVERY_LIMIT_SECONDS, TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime

SWEEP_LIMIT = 20


@app.task(name="feedback.read", time_limit=DELIVERY_LIMIT_SECONDS)
def read(*, tenant_id: str, feedback_id: str) -> None:
    """One file, if it still waits."""
    runtime = current_runtime()
    runtime.run(runtime.feedback_reader().read(TenantId(UUID(tenant_id)), UUID(feedback_id)))


@app.task(name="answers.look", time_limit=TASK_LIMIT_SECONDS)
def look(*, tenant_id: str, destination_id: str) -> None:
    """One look for answers in the folder of a destination, if it is due."""
    runtime = current_runtime()
    runtime.run(runtime.feedback_polling().look(TenantId(UUID(tenant_id)), UUID(destination_id)))


@app.task(name="feedback.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Wake files that wait."""
    runtime = current_runtime()

    async def find() -> list[tuple[TenantId, UUID]]:
        async with runtime.system.transaction() as session:
            return await SystemScope(session).feedback_to_read(SWEEP_LIMIT)

    for tenant, feedback_id in runtime.run(find()):
        runtime.wakeups.feedback(tenant, feedback_id)


@app.task(name="answers.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep_answers() -> None:
    """Wake looks for answers that are due."""
    runtime = current_runtime()

    async def find() -> list[tuple[TenantId, UUID]]:
        async with runtime.system.transaction() as session:
            return await SystemScope(session).answers_to_look_for(SWEEP_LIMIT)

    for tenant, destination_id in runtime.run(find()):
        runtime.wakeups.answers(tenant, destination_id)
