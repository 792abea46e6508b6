"""The real exposition of both services: what stands in it, who reads it, and no id of anybody in any label."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from backend.config import Settings, load_settings
from backend.core.clock import utc_now
from backend.main import create_app as create_core
from backend.services.heartbeats import Heartbeat, beat_once
from external_api.main import create_app as create_external
from tests.factories.people import Person
from tests.factories.rows import Rows

SERVICES: dict[str, Callable[[Settings], FastAPI]] = {"backend": create_core, "external_api": create_external}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}")
Samples = dict[str, list[tuple[dict[str, str], float]]]


def samples_of(answer: httpx.Response) -> Samples:
    """Every sample by its name, read as Prometheus reads it."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found: Samples = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation, family.name
        for one in family.samples:
            found.setdefault(one.name, []).append((one.labels, one.value))
    return found


def value(samples: Samples, name: str, **labels: str) -> float:
    (found,) = [value for given, value in samples[name] if given == labels]
    return found


@asynccontextmanager
async def serving(app: FastAPI, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """A client that seems to call from an address."""
    transport = httpx.ASGITransport(app, client=(address, 50_000))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client


async def test_the_core_shows_what_it_counts_and_what_waits_in_the_installation(
    settings: Settings, rows: Rows, strangers_rows: Rows
) -> None:
    await rows.run(created_at=utc_now() - timedelta(minutes=10))
    await strangers_rows.run(state="running", stage="produce", lease_expires_at=utc_now())
    await strangers_rows.run(state="failed")
    await rows.webhook_delivery(await rows.webhook(), next_attempt_at=utc_now() - timedelta(minutes=3))
    await strangers_rows.webhook(breaker_opened_at=utc_now())
    await strangers_rows.webhook(breaker_opened_at=utc_now(), is_active=False)
    async with serving(create_core(settings)) as client:
        await client.get("/api/v1/runs")
        with Redis.from_url(settings.redis.url.get_secret_value()) as broker:
            beat_once(broker, Heartbeat("host/1", "worker", ("runs", "delivery"), 5_000_000_000, 9_000_000_000))
            broker.rpush("runs", "message", "message")
        samples = samples_of(await client.get("/metrics"))
    assert value(samples, "openreg_runs", state="pending", stage="extract") == 1
    assert value(samples, "openreg_runs", state="running", stage="produce") == 1
    assert {labels["state"] for labels, _ in samples["openreg_runs"]} == {"pending", "running", "cancelling"}
    assert value(samples, "openreg_work_waiting", kind="webhooks") == 1
    assert 170 < value(samples, "openreg_work_oldest_seconds", kind="webhooks") < 300, "the lag of the outbox"
    assert 590 < value(samples, "openreg_work_oldest_seconds", kind="runs") < 900
    assert value(samples, "openreg_work_waiting", kind="mails") == 0
    assert value(samples, "openreg_webhook_open_breakers") == 1
    assert value(samples, "openreg_queue_messages", queue="runs") == 2
    assert value(samples, "openreg_workers", queue="delivery") == 1
    assert value(samples, "openreg_workers", queue="maintenance") == 0
    assert value(samples, "openreg_schedulers") == 0
    assert value(samples, "openreg_scratch_free_bytes") == 5_000_000_000
    assert {labels["dependency"]: up for labels, up in samples["openreg_dependency_up"]} == {
        "database": 1,
        "redis": 1,
        "storage": 1,
    }
    limit = 2 * settings.database.pool_size
    assert value(samples, "openreg_database_connections_limit", role="application") == limit
    assert {labels["role"] for labels, _ in samples["openreg_database_connections"]} == {"application", "system"}


@pytest.mark.parametrize("service", sorted(SERVICES))
async def test_requests_are_counted_by_route_and_no_label_holds_an_id(
    service: str, settings: Settings, owner: Person
) -> None:
    async with serving(SERVICES[service](settings)) as client:
        before = count_of(samples_of(await client.get("/metrics")), service)
        for _ in range(3):
            await client.get("/health")
        await client.get(f"/api/v1/runs/{owner.tenant}")
        await client.get(f"/api/v1/made-up/{owner.tenant}")
        samples = samples_of(await client.get("/metrics"))
    after = count_of(samples, service)
    assert after["GET", "/health", "200"] - before.get(("GET", "/health", "200"), 0) == 3
    assert not [
        found for found in samples.values() for labels, _ in found for text in labels.values() if _ID.search(text)
    ]
    assert all(
        labels["route"].startswith("/") or labels["route"] == "other"
        for labels, _ in samples["openreg_http_requests_total"]
    )
    names = {name for name in samples if name.startswith("openreg_http_request_duration_seconds")}
    assert names == {f"openreg_http_request_duration_seconds_{part}" for part in ("bucket", "count", "sum")}
    if service == "backend":
        assert ("GET", "/api/v1/runs/{run_id}", "401") in after


def count_of(samples: Samples, service: str) -> dict[tuple[str, ...], float]:
    return {
        tuple(labels[name] for name in ("method", "route", "status")): count
        for labels, count in samples.get("openreg_http_requests_total", [])
        if labels["service"] == service
    }


@pytest.mark.parametrize("service", sorted(SERVICES))
async def test_strangers_read_no_metrics(service: str, environment: dict[str, str]) -> None:
    async with serving(SERVICES[service](load_settings(environment)), "203.0.113.9") as client:
        refused = await client.get("/metrics")
        assert (refused.status_code, refused.json()["code"]) == (403, "metrics_refused")
    settings = load_settings({**environment, "METRICS_TOKEN": "token-for-prometheus"})
    async with serving(SERVICES[service](settings), "203.0.113.9") as client:
        assert (await client.get("/metrics")).status_code == 403
        given = {"Authorization": "Bearer token-for-prometheus"}
        assert (await client.get("/metrics", headers=given)).status_code == 200


async def test_metrics_are_shown_while_everything_is_away(environment: dict[str, str]) -> None:
    """They are wanted most when something is down."""
    nowhere = "postgresql://app:pw@127.0.0.1:9/openreg"
    changes: dict[str, Any] = {"DATABASE_URL": nowhere, "DATABASE_SYSTEM_URL": nowhere}
    changes |= {"REDIS_URL": "redis://127.0.0.1:9/0", "MINIO_ENDPOINT": "127.0.0.1:9"}
    async with serving(create_core(load_settings({**environment, **changes}))) as client:
        samples = samples_of(await client.get("/metrics"))
    assert {labels["dependency"]: up for labels, up in samples["openreg_dependency_up"]} == {
        "database": 0,
        "redis": 0,
        "storage": 0,
    }
    assert "openreg_work_waiting" not in samples, "unknown is not none"
