"""Schedules: start what is due, and the next dates of backfills."""

from __future__ import annotations

from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime


@app.task(name="schedules.tick", time_limit=TASK_LIMIT_SECONDS)
def tick() -> None:
    """Look at every schedule whose time has come, in every tenant."""
    runtime = current_runtime()
    runtime.run(runtime.schedule_tick().tick())
    runtime.run(runtime.backfill_sweep().advance())
