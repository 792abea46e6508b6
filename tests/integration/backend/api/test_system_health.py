"""The health of the installation over HTTP: every part with its cause and its fix, in time whatever hangs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from backend.api.runtime import ApiRuntime
from backend.config import Settings
from backend.core.clock import utc_now
from backend.persistence.migrations import newest_revision
from backend.services.heartbeats import Heartbeat, beat_once, fall_silent
from backend.services.storage import ObjectStorage
from backend.services.system_health import LOW_DISK_BYTES, QUEUES, SystemHealth
from tests.factories.hanging import hanging_server
from tests.factories.people import Person, new_tenant
from tests.factories.rows import AT, Rows
from tests.services.servers import TestDatabase

HEALTH = "/api/v1/system/health"
SCHEDULER = Heartbeat("host/2", "scheduler", ())
SignIn = Callable[[Person], httpx.AsyncClient]


@pytest.fixture
def broker(settings: Settings) -> Iterator[Redis]:
    """The broker, empty."""
    with Redis.from_url(settings.redis.url.get_secret_value()) as broker:
        broker.flushdb()
        yield broker
        broker.flushdb()


def worker(queues: tuple[str, ...] = QUEUES, free: int = 50 * 1024**3) -> Heartbeat:
    return Heartbeat("host/1", "worker", queues, free, 100 * 1024**3)


async def look(api: httpx.AsyncClient) -> tuple[str, dict[str, dict[str, Any]]]:
    answer = await api.get(HEALTH)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    for one in document["checks"]:
        assert (one["state"] == "ok") == (one["cause"] is None) == (one["fix"] is None), one
    return document["state"], {one["name"]: one for one in document["checks"]}


async def test_a_whole_installation_is_well(api: httpx.AsyncClient, broker: Redis) -> None:
    beat_once(broker, worker())
    beat_once(broker, SCHEDULER)
    state, checks = await look(api)
    assert state == "ok", checks
    assert set(checks) == {
        *("database", "migrations", "clock", "redis", "storage", "scheduler", "scratch"),
        *(f"workers:{queue}" for queue in QUEUES),
        *(f"queue:{queue}" for queue in QUEUES),
        *(f"due:{name}" for name in ("runs", "deliveries", "webhooks", "mails")),
    }
    assert checks["migrations"]["measured"] == {"database": newest_revision(), "code": newest_revision()}


async def test_missing_workers_and_a_missing_scheduler_are_named(api: httpx.AsyncClient, broker: Redis) -> None:
    beat_once(broker, worker(("runs",)))
    state, checks = await look(api)
    assert state == "down"
    assert checks["workers:runs"]["state"] == "ok"
    assert checks["workers:delivery"]["state"] == "down"
    assert "-Q delivery" in checks["workers:delivery"]["fix"]
    assert checks["scheduler"]["state"] == "down"
    fall_silent(broker, worker(("runs",)))
    assert (await look(api))[1]["workers:runs"]["state"] == "down"


async def test_two_schedulers_and_a_full_disk_are_told(api: httpx.AsyncClient, broker: Redis) -> None:
    beat_once(broker, worker(free=LOW_DISK_BYTES - 1))
    beat_once(broker, SCHEDULER)
    beat_once(broker, Heartbeat("host/3", "scheduler", ()))
    state, checks = await look(api)
    assert state == "degraded"
    assert checks["scheduler"]["state"] == checks["scratch"]["state"] == "degraded"
    assert checks["scratch"]["measured"]["worker"] == "host/1"


async def test_work_that_waits_too_long_is_told_with_its_age(
    api: httpx.AsyncClient, broker: Redis, rows: Rows, strangers_rows: Rows
) -> None:
    late, very_late = utc_now() - timedelta(minutes=10), AT
    await rows.run(created_at=late)
    artifact = await strangers_rows.artifact(await strangers_rows.run(state="failed"))
    await strangers_rows.delivery(artifact, await strangers_rows.destination(), next_attempt_at=very_late)
    broker.rpush("runs", "message", "message")
    _, checks = await look(api)
    assert checks["due:runs"]["state"] == "degraded"
    assert checks["due:runs"]["measured"]["waiting"] == 1
    assert 590 < checks["due:runs"]["measured"]["oldest_seconds"] < 700
    assert checks["due:deliveries"]["state"] == "down"
    assert checks["due:webhooks"]["state"] == "ok"
    assert checks["queue:runs"]["measured"] == {"messages": 2}


async def test_a_database_at_another_revision_is_told(
    api: httpx.AsyncClient, migrated: TestDatabase, broker: Redis
) -> None:
    with psycopg.connect(migrated.superuser_url, autocommit=True) as connection:
        connection.execute("update alembic_version set version_num = '20200101_0000'")
    _, checks = await look(api)
    assert checks["migrations"]["state"] == "down"
    assert "openreg migrate" in checks["migrations"]["fix"]


async def test_clocks_that_differ_are_told(app: FastAPI) -> None:
    runtime: ApiRuntime = app.state.runtime
    health = SystemHealth(
        runtime.database,
        runtime.system,
        runtime.redis,
        runtime.adapters.storage,
        lambda: utc_now() - timedelta(seconds=30),
    )
    [clock] = [one for one in await health.checks() if one.name == "clock"]
    assert clock.state == "degraded"
    assert 28 < float(str(clock.measured["seconds"])) < 32


async def test_the_answer_comes_in_time_when_everything_hangs(app: FastAPI) -> None:
    runtime: ApiRuntime = app.state.runtime
    with hanging_server() as port:
        redis = AsyncRedis.from_url(f"redis://127.0.0.1:{port}/0")
        storage = ObjectStorage(
            endpoint=f"127.0.0.1:{port}", access_key="key", secret_key="secret", bucket="bucket", region="r"
        )
        started = time.perf_counter()
        checks = {
            one.name: one
            for one in await SystemHealth(runtime.database, runtime.system, redis, storage, utc_now).checks()
        }
        assert time.perf_counter() - started < 2
        await redis.aclose()
    assert {name for name, one in checks.items() if one.state == "down"} == {"redis", "storage", "workers", "queues"}
    assert checks["database"].state == "ok"
    assert "REDIS_URL" in str(checks["redis"].fix)


async def test_it_needs_its_permission(sign_in: SignIn, app: FastAPI) -> None:
    runtime: ApiRuntime = app.state.runtime
    nobody = sign_in(await new_tenant(runtime.database, "powerless", permissions=["audit:read"]))
    assert (await nobody.get(HEALTH)).status_code == 403
