"""Data quality: measure the last days again, and tell of what has crossed its limits."""

from __future__ import annotations

from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime


@app.task(name="quality.measure", time_limit=TASK_LIMIT_SECONDS)
def measure() -> None:
    """Every tenant."""
    runtime = current_runtime()
    runtime.run(runtime.quality_sweep().sweep())
