"""Nudges: what is put into the queues has the names workers know, and a broker that is away harms nobody."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from redis import Redis

from backend.config import Settings, load_settings
from backend.core.ids import TenantId
from backend.tasks.client import create_client
from backend.tasks.wakeups import CeleryWakeups
from tests.factories.hanging import hanging_server

TENANT, THING = TenantId(UUID(int=1)), UUID(int=2)
OTHER = TenantId(UUID(int=3))
QUEUES = ("runs", "delivery", "webhooks", "maintenance")


@pytest.fixture
def broker(settings: Settings) -> Iterator[Redis]:
    """The queues, empty."""
    with Redis.from_url(settings.redis.url.get_secret_value()) as broker:
        broker.flushdb()
        yield broker
        broker.flushdb()


def messages_in(broker: Redis, queue: str) -> list[tuple[str, dict[str, Any], bool]]:
    """(task, keywords, whether it expires) of every message that waits in a queue."""
    found = []
    for raw in broker.lrange(queue, 0, -1):  # type: ignore[union-attr]
        message = json.loads(raw)
        _, keywords, _ = json.loads(base64.b64decode(message["body"]))
        found.append((message["headers"]["task"], keywords, message["headers"]["expires"] is not None))
    return found


def test_every_nudge_is_in_the_queue_its_worker_reads(settings: Settings, broker: Redis) -> None:
    wakeups = CeleryWakeups(create_client(settings.redis))
    wakeups.run(TENANT, THING)
    wakeups.deliveries()
    wakeups.delivery(TENANT, THING)
    wakeups.webhooks(TENANT)
    wakeups.close()
    assert {queue: messages_in(broker, queue) for queue in QUEUES} == {
        "runs": [("runs.execute", {"tenant_id": str(TENANT), "run_id": str(THING)}, True)],
        "maintenance": [("deliveries.sweep", {}, True)],
        "delivery": [("deliveries.deliver", {"tenant_id": str(TENANT), "delivery_id": str(THING)}, True)],
        "webhooks": [("webhooks.drain", {"tenant_id": str(TENANT)}, True)],
    }


def test_nudges_of_one_moment_go_as_one_and_the_last_is_never_swallowed(settings: Settings, broker: Redis) -> None:
    wakeups = CeleryWakeups(create_client(settings.redis))
    for _ in range(100):
        wakeups.webhooks(TENANT)
    wakeups.webhooks(OTHER)
    time.sleep(0.3)
    drained = [keywords["tenant_id"] for _, keywords, _ in messages_in(broker, "webhooks")]
    assert (drained.count(str(TENANT)), drained.count(str(OTHER))) == (2, 1)
    wakeups.webhooks(TENANT)
    wakeups.close()
    assert len(messages_in(broker, "webhooks")) == 4


def test_a_broker_that_is_away_neither_fails_nor_delays_the_one_who_nudges(environment: dict[str, str]) -> None:
    away = load_settings({**environment, "REDIS_URL": "redis://127.0.0.1:9/0"})
    wakeups = CeleryWakeups(create_client(away.redis))
    began = time.monotonic()
    for _ in range(50):
        wakeups.webhooks(TENANT)
    assert time.monotonic() - began < 0.5
    wakeups.close()
    assert time.monotonic() - began < 5


def test_a_broker_that_hangs_delays_neither_the_one_who_nudges_nor_the_end_of_the_process(
    environment: dict[str, str],
) -> None:
    with hanging_server() as port:
        hangs = load_settings({**environment, "REDIS_URL": f"redis://127.0.0.1:{port}/0"})
        wakeups = CeleryWakeups(create_client(hangs.redis))
        began = time.monotonic()
        for _ in range(50):
            wakeups.run(TENANT, THING)
        assert time.monotonic() - began < 0.5
        wakeups.close()
        assert time.monotonic() - began < 8, "a process must be able to end"
