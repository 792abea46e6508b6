"""Uploads: abort what killed attempts left behind."""

from __future__ import annotations

from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime


@app.task(name="uploads.expire", time_limit=TASK_LIMIT_SECONDS)
def expire() -> None:
    """Abort abandoned uploads."""
    runtime = current_runtime()
    runtime.run(runtime.upload_expiry().expire())
    runtime.run(runtime.source_upload_expiry().expire())
