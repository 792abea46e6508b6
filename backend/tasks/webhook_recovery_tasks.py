"""Recoveries of webhooks: put into the line what has room there."""

from __future__ import annotations

from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime


@app.task(name="webhook_recoveries.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Go on with every recovery, in every tenant."""
    runtime = current_runtime()
    runtime.run(runtime.webhook_recovery_sweep().advance())
