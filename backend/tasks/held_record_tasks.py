"""Held records: look again at those whose reference data has changed."""

from __future__ import annotations

from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime


@app.task(name="held_records.sweep", time_limit=TASK_LIMIT_SECONDS)
def sweep() -> None:
    """Every look that is due."""
    runtime = current_runtime()
    runtime.run(runtime.held_reviews().review_due())
