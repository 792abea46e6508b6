"""10,000 events while workers, schedulers, Redis and connections are killed 200 times; then Redis is flushed.

A whole platform with two workers and two schedulers, which are started again when they die. What was told is what the
events' table holds at the end: a commit whose answer was lost may have happened. ``OPENREG_CHAOS_EVENTS`` and
``OPENREG_CHAOS_KILLS`` set the size.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis

from backend.config import load_settings
from backend.core.ids import TenantId, new_id
from backend.domain.webhooks import WebhookEventType
from backend.persistence.faults import DatabaseUnavailable
from backend.persistence.outbox import Outbox
from backend.persistence.session import Database
from backend.tasks.client import create_client
from backend.tasks.wakeups import CeleryWakeups
from tests.chaos.platform import ChaosPlatform, started_chaos_platform
from tests.chaos.work import PlatformClient
from tests.factories.event_schemas import data_of
from tests.harness.figures import show
from tests.services.noting_receiver import NotingReceiver, noting_receiver

EVENTS = int(os.environ.get("OPENREG_CHAOS_EVENTS", "10000"))
KILLS = int(os.environ.get("OPENREG_CHAOS_KILLS", "200"))
FLUSHED_EVENTS = 1_000
KIND = WebhookEventType.RUN_COMPLETED
PER_SECOND = 50
MAX_DELAY_SECONDS = 90
WITHIN_SECONDS = 900
END_CONNECTIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('openreg_app', 'openreg_system') "
    "AND random() < 0.5"
)


async def tell(platform: ChaosPlatform, events: int) -> None:
    """Tell events, some of which are taken back, and nudge as the application does."""
    settings = load_settings(platform.environment)
    tenant = TenantId(platform.ask("SELECT id FROM tenants")[0]["id"])
    database = Database(settings.database.url.get_secret_value(), pool_size=4, name="openreg-telling")
    wakeups = CeleryWakeups(create_client(settings.redis))
    began = time.monotonic()
    for number in range(events):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.monotonic()))
        with suppress(DatabaseUnavailable, _TakenBack):
            async with database.transaction(tenant) as session:
                await Outbox(session, tenant).add(KIND, new_id(), data_of(KIND), datetime.now(UTC))
                if number % 20 == 7:
                    raise _TakenBack
            wakeups.webhooks(tenant)
    wakeups.close()
    await database.dispose()


class _TakenBack(Exception):
    """What was to be told did not happen after all."""


def kill_a_worker(platform: ChaosPlatform) -> None:
    _kill(platform, random.choice(["worker-other", "worker-other-2"]))


def kill_a_scheduler(platform: ChaosPlatform) -> None:
    _kill(platform, random.choice(["beat", "beat-2"]))


def kill_redis(platform: ChaosPlatform) -> None:
    platform.restart(platform.services.redis, away_seconds=1, hard=True)


def flush_redis(platform: ChaosPlatform) -> None:
    with Redis.from_url(platform.services.redis.url) as redis:
        redis.flushall()


def end_connections(platform: ChaosPlatform) -> None:
    platform.ask(END_CONNECTIONS)


STRIKES: tuple[Callable[[ChaosPlatform], None], ...] = (
    *(kill_a_worker,) * 5,
    *(kill_a_scheduler,) * 3,
    *(end_connections,) * 6,
    *(flush_redis,) * 5,
    kill_redis,
)


def _kill(platform: ChaosPlatform, name: str) -> None:
    with suppress(psutil.Error):
        for process in platform.family(name):
            with suppress(psutil.Error):
                process.kill()


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_no_event_is_lost_or_invented_whatever_is_killed(services_folder: Path) -> None:
    with started_chaos_platform(services_folder / "chaos") as platform, noting_receiver() as partner:
        known = platform.known
        with PlatformClient(platform.api_url, known.administrator_email, known.administrator_password) as client:
            client.post("/webhooks", {"url": partner.url, "event_types": ["run.*"], "description": "chaos"})
        struck = told_while(platform, EVENTS, lambda number: number < KILLS, lambda: random.choice(STRIKES))
        seconds = all_delivered(platform)
        told, noted = judge(platform, partner)
        show(
            f"{told:,} events while {struck} were struck: "
            f"all had arrived after another {seconds:.0f} s, {noted - told} requests were repeats"
        )
        at = datetime.now(UTC)
        flushed = told_while(platform, FLUSHED_EVENTS, lambda number: number < 10, lambda: flush_redis)
        all_delivered(platform)
        judge(platform, partner)
        delay = slowest(platform, partner, at)
        show(
            f"{FLUSHED_EVENTS:,} events while Redis was flushed {flushed} times: "
            f"the slowest arrived after {delay:.1f} s"
        )
        assert delay <= MAX_DELAY_SECONDS


def told_while(
    platform: ChaosPlatform,
    events: int,
    goes_on: Callable[[int], bool],
    choose: Callable[[], Callable[[ChaosPlatform], None]],
) -> int:
    """Tell events and strike until both have come to an end; how often was struck."""
    struck = 0
    with ThreadPoolExecutor(max_workers=1) as thread:
        telling = thread.submit(asyncio.run, tell(platform, events))
        while not telling.done() or goes_on(struck):
            if goes_on(struck):
                with suppress(psycopg.OperationalError):
                    choose()(platform)
                struck += 1
            platform.pause(random.uniform(0.2, 1.6))
        telling.result()
    return struck


def all_delivered(platform: ChaosPlatform) -> float:
    """Wait until nothing is on its way; for how many seconds."""
    waiting = "SELECT count(*) AS n FROM webhook_deliveries WHERE finished_at IS NULL"
    return platform.until(lambda: platform.ask(waiting)[0]["n"] == 0, "every delivery", WITHIN_SECONDS)


def judge(platform: ChaosPlatform, partner: NotingReceiver) -> tuple[int, int]:
    """How many events there are, and how many requests came for them."""
    told = {str(row["id"]) for row in platform.ask("SELECT id FROM events WHERE type = 'run.completed'")}
    noted = partner.noted()
    heard = {one.event_id for one in noted}
    assert not told - heard, f"{len(told - heard)} events were lost"
    assert not heard - told, f"{len(heard - told)} events were invented"
    assert all(one.is_consistent for one in noted)
    return len(told), len(noted)


def slowest(platform: ChaosPlatform, partner: NotingReceiver, since: datetime) -> float:
    """Seconds from an event to its first arrival, at most."""
    first: dict[str, float] = {}
    for one in partner.noted():
        first.setdefault(one.event_id, one.at)
    rows = platform.ask("SELECT id, created_at FROM events WHERE type = 'run.completed' AND created_at > %s", since)
    return max(first[str(row["id"])] - row["created_at"].timestamp() for row in rows)
