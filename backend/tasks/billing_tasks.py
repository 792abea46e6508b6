"""Billing: look into what Stripe's events are about, and find what the webhook did not bring."""

from __future__ import annotations

from backend.tasks.app import TASK_LIMIT_SECONDS, app
from backend.tasks.runtime import current_runtime


@app.task(name="billing.events", time_limit=TASK_LIMIT_SECONDS)
def events() -> None:
    """Look into events that wait."""
    runtime = current_runtime()
    runtime.run(runtime.billing_work().look())


@app.task(name="billing.reconcile", time_limit=TASK_LIMIT_SECONDS)
def reconcile() -> None:
    """Once an hour: list events, and look into those that nobody brought."""
    runtime = current_runtime()
    runtime.run(runtime.billing_work().reconcile())


@app.task(name="billing.read_all", time_limit=TASK_LIMIT_SECONDS)
def read_all() -> None:
    """Once a day: read every subscription."""
    runtime = current_runtime()
    runtime.run(runtime.billing_work().read_all())
