"""What a process checks before it works: an unsafe role never starts, and in production nothing starts half."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import ClassVar, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.logging import log_refusal
from backend.persistence.faults import DatabaseUnavailable
from backend.persistence.migrations import is_known, newest_revision
from backend.persistence.session import Database, UnsafeDatabaseRole
from backend.persistence.system_health import HealthQueries
from backend.services.readiness import CHECK_SECONDS, Dependencies, verdicts

log = structlog.get_logger(__name__)
NO_EVICTION: Final = "noeviction"


class DependencyMissing(OpenRegError):
    """Something the service depends on does not answer."""

    code: ClassVar[str] = "dependency_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


class MigrationsBehind(OpenRegError):
    """The database is at an older revision than this version of OpenReg needs."""

    code: ClassVar[str] = "migrations_behind"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


class RedisEvicts(OpenRegError):
    """Redis throws keys away when its memory is full: limits and wake-ups would be forgotten."""

    code: ClassVar[str] = "redis_evicts"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


async def check_start(dependencies: Dependencies, *, is_production: bool) -> dict[str, str]:
    """A word on each part, for the log. Raises UnsafeDatabaseRole, and in production DependencyMissing."""
    found = await dependencies.faults()
    for fault in found.values():
        if isinstance(fault, UnsafeDatabaseRole):
            log_refusal(fault)
            raise fault
    if found["database"] is None:
        found["migrations"] = await _fault(check_migrations(dependencies.database))
    if found["redis"] is None:
        found["redis"] = await _fault(_check_eviction(dependencies.redis))
    faults = {name: fault for name, fault in found.items() if fault is not None}
    if faults and is_production:
        refusal = DependencyMissing("; ".join(f"{name}: {_told(fault)}" for name, fault in faults.items()))
        log_refusal(refusal)
        raise refusal
    for name, fault in faults.items():
        log.warning("start_check_failed", part=name, code=fault.code, message=fault.message, fix=fault.fix)
    return verdicts(found)


async def check_migrations(database: Database) -> None:
    """Raises MigrationsBehind. A newer database is served: migrations fit the release before them."""
    async with database.unbound() as session:
        _, revision = await HealthQueries(session).clock_and_revision()
    if revision is None or (is_known(revision) and revision != newest_revision()):
        where = f"The database is at revision {revision}" if revision else "The database has no tables yet"
        raise MigrationsBehind(f"{where}, and revision {newest_revision()} is needed.", fix="Run `openreg migrate`.")


async def check_eviction(redis: Redis) -> str:
    """The policy of a Redis that evicts nothing now, or only when somebody limits its memory. Raises RedisEvicts."""
    memory = await redis.info("memory")
    policy, limit = str(memory.get("maxmemory_policy", NO_EVICTION)), int(memory.get("maxmemory", 0))
    if limit and policy != NO_EVICTION:
        raise RedisEvicts(
            f"Redis may use {limit} bytes, and its maxmemory-policy is {policy}.",
            fix="Set maxmemory-policy to noeviction in the configuration of Redis.",
        )
    return policy


async def _check_eviction(redis: Redis) -> None:
    policy = await check_eviction(redis)
    if policy != NO_EVICTION:
        log.warning("redis_would_evict", policy=policy, fix="Set maxmemory-policy to noeviction.")


async def _fault(check: Awaitable[None]) -> OpenRegError | None:
    # Whether the servers answer has been found out already; one that has gone meanwhile is found by the first request.
    with suppress(DatabaseUnavailable, RedisError, OSError, TimeoutError):
        try:
            await asyncio.wait_for(check, CHECK_SECONDS)
        except OpenRegError as error:
            if isinstance(error, DatabaseUnavailable):
                raise
            return error
    return None


def _told(fault: OpenRegError) -> str:
    return f"{fault.message} {fault.fix or ''}".rstrip()
