"""Reports: activate approved versions whose day has come."""

from __future__ import annotations

from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime


@app.task(name="reports.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Activate what is due, in every tenant."""
    runtime = current_runtime()
    runtime.run(runtime.report_activation().activate_due())
