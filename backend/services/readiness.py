"""Does what a process depends on answer: database, Redis, bucket. Every verdict names the variable to look at."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import ClassVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.core.errors import ErrorKind, OpenRegError
from backend.persistence.session import Database, DatabaseUnavailable, SystemDatabase
from backend.services.storage import ObjectStorage

OK = "ok"
CHECK_SECONDS = 4.0
# A storage server that hangs keeps its checks waiting here, not the threads that sign people in.
_threads = ThreadPoolExecutor(1, thread_name_prefix="readiness")


class DependencyMissing(OpenRegError):
    """Something the service depends on does not answer."""

    code: ClassVar[str] = "dependency_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


async def check_dependencies(
    database: Database, redis: Redis, storage: ObjectStorage, system: SystemDatabase | None = None
) -> dict[str, str]:
    """``ok`` or the reason, per dependency; answers within a few seconds whatever hangs."""
    bucket = asyncio.get_running_loop().run_in_executor(_threads, storage.check)
    verdicts = await asyncio.gather(
        _verdict(_check_databases(database, system), "PostgreSQL", "DATABASE_URL"),
        _verdict(_ping(redis), "Redis", "REDIS_URL"),
        _verdict(bucket, "Object storage", "MINIO_ENDPOINT"),
    )
    return dict(zip(("database", "redis", "storage"), verdicts, strict=True))


async def check_start(
    database: Database,
    redis: Redis,
    storage: ObjectStorage,
    system: SystemDatabase | None = None,
    *,
    is_production: bool,
) -> dict[str, str]:
    """What a process checks before it serves: an unsafe role never starts, a missing dependency not in production.

    Raises UnsafeDatabaseRole, DependencyMissing.
    """
    with suppress(DatabaseUnavailable, TimeoutError):  # told with the others below
        await asyncio.wait_for(database.check(), CHECK_SECONDS)
    checks = await check_dependencies(database, redis, storage, system)
    if is_production:
        _require_all(checks)
    return checks


def _require_all(checks: Mapping[str, str]) -> None:
    missing = [f"{name}: {verdict}" for name, verdict in checks.items() if verdict != OK]
    if missing:
        raise DependencyMissing("; ".join(missing))


async def _check_databases(database: Database, system: SystemDatabase | None) -> None:
    await database.check()
    if system is not None:
        await system.check()


async def _ping(redis: Redis) -> None:
    await redis.ping()


async def _verdict(check: Awaitable[None], name: str, variable: str) -> str:
    try:
        await asyncio.wait_for(check, CHECK_SECONDS)
    except OpenRegError as error:
        return f"{error.message} {error.fix or ''}".rstrip()
    except TimeoutError:
        return f"{name} does not answer in time; look at {variable}."
    except (RedisError, OSError) as error:
        return f"{name} does not answer ({type(error).__name__}); look at {variable}."
    return OK
