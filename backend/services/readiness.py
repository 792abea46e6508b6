"""What a process depends on: database, Redis, bucket. What is away is named, and since when; never by its address."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.persistence.session import Database, SystemDatabase
from backend.services.storage import ObjectStorage

CHECK_SECONDS = 4.0
#: A look is not older than this when it is told again: probes that come together share one.
FRESH_SECONDS: Final = 1.0
#: How long a probe that asks whether the process lives waits for what it depends on.
GLANCE_SECONDS: Final = 0.8
#: Without it nobody is known and nothing can be read; without the others reading goes on.
CRITICAL: Final = "database"
# A storage server that hangs keeps its checks waiting here, not the threads that sign people in.
_threads = ThreadPoolExecutor(1, thread_name_prefix="readiness")


class RedisUnavailable(OpenRegError):
    """Redis does not answer."""

    code: ClassVar[str] = "redis_unavailable"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


class DependencySilent(OpenRegError):
    """A server that OpenReg depends on does not answer in time."""

    code: ClassVar[str] = "dependency_silent"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What one process needs; a scheduler needs no bucket, and only what crosses tenants the system role."""

    database: Database
    redis: Redis
    storage: ObjectStorage | None = None
    system: SystemDatabase | None = None

    async def faults(self) -> dict[str, OpenRegError | None]:
        """What is wrong with each, or None; answers within a few seconds whatever hangs."""
        checks = {
            "database": _fault(self._check_databases(), "DATABASE_URL"),
            "redis": _fault(_ping(self.redis), "REDIS_URL"),
        }
        if self.storage is not None:
            bucket = asyncio.get_running_loop().run_in_executor(_threads, self.storage.check)
            checks["storage"] = _fault(bucket, "MINIO_ENDPOINT")
        return dict(zip(checks, await asyncio.gather(*checks.values()), strict=True))

    async def _check_databases(self) -> None:
        await self.database.check()
        if self.system is not None:
            await self.system.check()


@dataclass(frozen=True, slots=True)
class DependencyState:
    """How one is: when it is away its cause, the next step, and since when this process has seen it so."""

    name: str
    code: str | None = None
    cause: str | None = None
    fix: str | None = None
    since: datetime | None = None

    @property
    def is_well(self) -> bool:
        """Whether it answers."""
        return self.code is None


@dataclass(slots=True)
class DependencyWatch:
    """The dependencies of one process, looked at when somebody asks, and remembered."""

    dependencies: Dependencies
    now: Clock
    _known: dict[str, DependencyState] = field(default_factory=dict)
    _looking: asyncio.Task[None] | None = None
    _looked_at: datetime | None = None

    async def look(self) -> tuple[DependencyState, ...]:
        """How each is now."""
        await self._fresh_look()
        return tuple(self._known.values())

    async def glance(self, patience_seconds: float) -> tuple[DependencyState, ...]:
        """How each is, or was when it was looked at last: for whoever must be answered at once."""
        await asyncio.wait({self._fresh_look()}, timeout=patience_seconds)
        return tuple(self._known.values())

    def _fresh_look(self) -> asyncio.Task[None]:
        is_fresh = self._looked_at is not None and (self.now() - self._looked_at).total_seconds() < FRESH_SECONDS
        if self._looking is None or (self._looking.done() and not is_fresh):
            self._looking = asyncio.create_task(self._look())
        return self._looking

    async def _look(self) -> None:
        faults = await self.dependencies.faults()
        self._looked_at = self.now()
        for name, fault in faults.items():
            before = self._known.get(name)
            state = DependencyState(name) if fault is None else _away(name, fault, self._looked_at)
            is_as_before = before is not None and before.code == state.code
            self._known[name] = replace(state, since=before.since) if before and is_as_before else state


def is_ready(states: tuple[DependencyState, ...]) -> bool:
    """Whether requests can be answered at all."""
    return all(one.is_well for one in states if one.name == CRITICAL)


def verdicts(faults: Mapping[str, OpenRegError | None]) -> dict[str, str]:
    """In a word each, for the log."""
    return {name: fault.code if fault else "ok" for name, fault in faults.items()}


def _away(name: str, fault: OpenRegError, at: datetime) -> DependencyState:
    # The message of this very error may name a host; that of its kind does not.
    cause = (type(fault).__doc__ or "").strip().partition("\n")[0]
    return DependencyState(name, fault.code, cause, fault.fix, at)


async def _ping(redis: Redis) -> None:
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        raise RedisUnavailable(fix="Check that Redis runs and REDIS_URL names it, with its password.") from error


async def _fault(check: Awaitable[None], variable: str) -> OpenRegError | None:
    try:
        await asyncio.wait_for(check, CHECK_SECONDS)
    except OpenRegError as error:
        return error
    except TimeoutError:
        return DependencySilent(fix=f"Check that the server of {variable} is not overloaded.")
    return None
