"""Deadlines: make the obligations of new days, see which are met, and tell of those at risk and missed."""

from __future__ import annotations

from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime


@app.task(name="deadlines.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Every tenant that has deadlines, or an open entry in its register of errors and omissions."""
    runtime = current_runtime()
    runtime.run(runtime.deadline_sweep().sweep())
    runtime.run(runtime.error_register_sweep().sweep())
