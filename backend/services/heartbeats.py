"""Signs of life of workers and scheduler, kept in Redis for half a minute each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import redis as blocking_redis
from redis.asyncio import Redis

_PREFIX: Final = "openreg:heartbeat:"
BEAT_SECONDS: Final = 10.0
#: Two may be lost before a process counts as gone.
LIFETIME_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a process says of itself. ``queues`` is empty for the scheduler."""

    name: str
    role: str
    queues: tuple[str, ...]
    scratch_free_bytes: int | None = None
    scratch_total_bytes: int | None = None


def beat_once(client: blocking_redis.Redis, heartbeat: Heartbeat) -> None:
    """Say that the process lives; blocks."""
    client.set(f"{_PREFIX}{heartbeat.role}:{heartbeat.name}", json.dumps(asdict(heartbeat)), ex=LIFETIME_SECONDS)


def fall_silent(client: blocking_redis.Redis, heartbeat: Heartbeat) -> None:
    """A process that ends in order is not missed; blocks."""
    client.delete(f"{_PREFIX}{heartbeat.role}:{heartbeat.name}")


async def heard(client: Redis) -> Sequence[Heartbeat]:
    """Every process that lives, by name."""
    keys = [key async for key in client.scan_iter(match=f"{_PREFIX}*", count=500)]
    values = await client.mget(keys) if keys else []
    found = [json.loads(value) for value in values if value is not None]
    return sorted((Heartbeat(**{**one, "queues": tuple(one["queues"])}) for one in found), key=lambda one: one.name)


async def queue_lengths(client: Redis, queues: Sequence[str]) -> dict[str, int]:
    """How many messages wait in each queue of the broker."""
    async with client.pipeline(transaction=False) as pipeline:
        for queue in queues:
            pipeline.llen(queue)
        return dict(zip(queues, map(int, await pipeline.execute()), strict=True))
