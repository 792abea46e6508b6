"""A worker whose clock is off: it leaves messages to others, and takes them when its clock is right."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from backend.config import Settings
from backend.core.ids import TenantId
from backend.services.heartbeats import heard
from backend.tasks.client import create_client
from backend.tasks.wakeups import CeleryWakeups
from tests.harness.processes import running, worker_command
from tests.services.waiting import until

#: ``celery`` with a clock that is off by the seconds in the file OFF.
_CELERY_WITH_CLOCK = """
import os, pathlib, sys
from datetime import timedelta
from backend.core import clock
right, off = clock.utc_now, pathlib.Path(os.environ["OFF"])
clock.utc_now = lambda: right() + timedelta(seconds=float(off.read_text()))
from celery.__main__ import main
sys.argv[0] = "celery"
main()
"""
QUEUES = ("runs", "delivery", "webhooks", "maintenance")
TENANT = TenantId(UUID(int=7))
LEFT_SECONDS = 3.0


@pytest.fixture
def broker(settings: Settings) -> Iterator[Redis]:
    """The queues, empty."""
    with Redis.from_url(settings.redis.url.get_secret_value()) as broker:
        broker.flushdb()
        yield broker
        broker.flushdb()


async def reads_nothing(settings: Settings) -> bool:
    """Whether the worker says so, also to health."""
    async with AsyncRedis.from_url(settings.redis.url.get_secret_value()) as client:
        return [set(one.queues) for one in await heard(client)] == [set()]


async def test_a_worker_whose_clock_is_off_leaves_messages_to_others(
    environment: dict[str, str], settings: Settings, broker: Redis, tmp_path: Path
) -> None:
    """It would get the only message again and again, and leave the work all the same."""
    off, log = tmp_path / "off", tmp_path / "worker.log"
    off.write_text("-7200")
    scratch = str(tmp_path / "scratch")
    env = {**environment, "OFF": str(off), "OPENREG_SCRATCH_DIR": scratch, "LOG_LEVEL": "INFO"}
    command = (sys.executable, "-c", _CELERY_WITH_CLOCK, *worker_command()[3:])

    async def says(words: str) -> bool:
        return words in log.read_text("utf-8", "replace")

    with running(command, env, log):
        for queue in QUEUES:
            await until(partial(says, f"Canceling queue {queue}"), 60)
        wakeups = CeleryWakeups(create_client(settings.redis))
        wakeups.webhooks(TENANT)
        wakeups.close()
        await asyncio.sleep(LEFT_SECONDS)
        assert broker.llen("webhooks") == 1
        assert await says("clock_off")
        await until(partial(reads_nothing, settings), 30)
        off.write_text("0")

        async def is_taken() -> bool:
            return broker.llen("webhooks") == 0

        await until(is_taken, 30)
        assert await says("clock_right")
