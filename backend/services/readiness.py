"""Does what a process depends on answer: database, Redis, bucket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.core.errors import OpenRegError
from backend.persistence.session import Database
from backend.services.storage import ObjectStorage

OK = "ok"


async def check_dependencies(database: Database, redis: Redis, storage: ObjectStorage) -> dict[str, str]:
    """``ok`` or the reason, per dependency."""
    return {
        "database": await _verdict(database.check()),
        "redis": await _verdict(_ping(redis)),
        "storage": await _verdict(asyncio.to_thread(storage.check)),
    }


async def _ping(redis: Redis) -> None:
    await redis.ping()


async def _verdict(check: Awaitable[None]) -> str:
    try:
        await check
    except OpenRegError as error:
        return error.message
    except (RedisError, OSError) as error:
        return f"Redis does not answer ({type(error).__name__})."
    return OK
