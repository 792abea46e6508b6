"""Customers of the external API: what need not be kept goes."""

from __future__ import annotations

from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime


@app.task(name="customers.expire", time_limit=TASK_LIMIT_SECONDS)
def expire() -> None:
    """Remove old calls, and sign-ups that nobody has proven."""
    runtime = current_runtime()
    runtime.run(runtime.customer_retention().purge())
