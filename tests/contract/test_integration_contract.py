"""The modules and symbols that other programs and deployments name, each importable under its path."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from backend.domain.webhooks import WebhookEventType
from backend.services.billing_events import EVENT_TYPES

ROOT = Path(__file__).resolve().parents[2]
SYMBOLS = {
    "backend.main": "create_app",
    "backend.core.logging": "configure_logging",
    "backend.api.auth": "router",
    "backend.api.webhooks": "router",
    "backend.services.auth": "AuthService",
    "backend.services.delivery": "DeliveryService",
    "backend.services.storage": "ObjectStorage",
    "backend.services.webhooks": "WebhookService",
    "backend.services.connectors.factory": "create_connector",
    "backend.services.connectors.postgresql": "PostgresqlConnector",
    "backend.services.stripe_gateway": "StripeGateway",
    "external_api.main": "create_app",
    "external_api.api.v1.customers.billing": "router",
}
FILES = (
    "backend/alembic/env.py",
    "backend/alembic/versions",
    "backend/requirements.txt",
    "backend/tasks/webhook_tasks.py",
    "external_api/requirements.txt",
)
#: What is done about each event of Stripe's that the contract names.
STRIPE_EVENTS = {
    "checkout.session.completed": "handle_checkout_session_completed",
    "customer.subscription.created": "handle_customer_subscription_created",
    "customer.subscription.updated": "handle_customer_subscription_updated",
    "customer.subscription.deleted": "handle_customer_subscription_deleted",
    "invoice.payment_succeeded": "handle_invoice_payment_succeeded",
    "invoice.payment_failed": "handle_invoice_payment_failed",
}
#: What partners are told of, in groups: runs, artifacts, deliveries, submissions, workflow states, sync.
EVENTS = (
    "run.completed",
    "run.failed",
    "artifact.created",
    "delivery.completed",
    "delivery.failed",
    "submission.accepted",
    "submission.rejected",
    "exception.opened",
    "report_version.activated",
    "sync.completed",
    "webhook.disabled",
)


@pytest.mark.parametrize(("module", "symbol"), SYMBOLS.items())
def test_a_named_module_holds_its_own_code(module: str, symbol: str) -> None:
    """A module that only passes on another one's names satisfies a path and nobody else."""
    found = getattr(import_module(module), symbol)
    if isinstance(found, APIRouter):
        assert {route.endpoint.__module__ for route in found.routes if isinstance(route, APIRoute)} == {module}
    else:
        assert getattr(found, "__module__", module) == module


@pytest.mark.parametrize(("event", "handler"), STRIPE_EVENTS.items())
def test_an_event_of_stripe_has_its_handler(event: str, handler: str) -> None:
    billing = import_module("external_api.api.v1.customers.billing")
    assert billing.HANDLERS[event] is getattr(billing, handler)


def test_what_is_handled_is_what_is_listed() -> None:
    """An event that only the webhook knows would be lost with it."""
    assert set(import_module("external_api.api.v1.customers.billing").HANDLERS) == set(EVENT_TYPES)


@pytest.mark.parametrize("path", FILES)
def test_a_named_file_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_keeps_its_name(name: str) -> None:
    assert WebhookEventType(name).value == name


def test_tasks_keep_their_names() -> None:
    """A message that waits in the broker while a new version is started must still find its task."""
    program = "from backend.tasks.app import app; app.loader.import_default_modules(); print(*sorted(app.tasks))"
    environment = {
        "DATABASE_URL": "postgresql://nobody@localhost/nothing",
        "DATABASE_SYSTEM_URL": "postgresql://nobody@localhost/nothing",
        "REDIS_URL": "redis://localhost",
        "MINIO_ENDPOINT": "localhost:9000",
        "MINIO_ACCESS_KEY": "nobody",
        "MINIO_SECRET_KEY": "nothing",
        "SECRET_KEY": "0123456789" * 4,
        "ENCRYPTION_KEY": "A" * 43 + "=",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    ours = [name for name in done.stdout.split() if not name.startswith("celery.")]
    assert ours == [
        "answers.look",
        "answers.sweep",
        "billing.events",
        "billing.read_all",
        "billing.reconcile",
        "connectors.retest",
        "connectors.sweep",
        "customers.expire",
        "deadlines.sweep",
        "deliveries.deliver",
        "deliveries.sweep",
        "feedback.read",
        "feedback.sweep",
        "held_records.sweep",
        "mails.send",
        "mails.sweep",
        "notices.sweep",
        "quality.measure",
        "reconciliations.compare",
        "reconciliations.sweep",
        "reports.sweep",
        "runs.execute",
        "runs.sweep",
        "schedules.tick",
        "triggers.look",
        "triggers.sweep",
        "uploads.expire",
        "webhook_recoveries.sweep",
        "webhooks.drain",
        "webhooks.expire",
        "webhooks.sweep",
    ]
