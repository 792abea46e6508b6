"""Is the installation well: each part with its state, the cause when it is not, and the next step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from backend.core.clock import Clock
from backend.core.errors import OpenRegError
from backend.persistence.migrations import newest_revision
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system_health import DueWork, HealthQueries
from backend.services.heartbeats import Heartbeat, heard, queue_lengths
from backend.services.storage import ObjectStorage

#: Of each check; they all run at the same time.
CHECK_SECONDS: Final = 1.5
QUEUES: Final = ("runs", "delivery", "webhooks", "maintenance")
LATE: Final = timedelta(minutes=5)
VERY_LATE: Final = timedelta(minutes=30)
MAX_SKEW_SECONDS: Final = 2.0
#: Below these a run may not find room for its working files.
LOW_DISK_BYTES, FULL_DISK_BYTES = 5 * 1024**3, 1024**3
_threads = ThreadPoolExecutor(2, thread_name_prefix="health")


class HealthState(StrEnum):
    """How a part is."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


_ORDER: Final = (HealthState.OK, HealthState.DEGRADED, HealthState.DOWN)


@dataclass(frozen=True, slots=True)
class Check:
    """One part: its state, what was measured, and when it is not well, why and what to do."""

    name: str
    state: HealthState
    cause: str | None = None
    fix: str | None = None
    measured: Mapping[str, int | float | str | None] = field(default_factory=dict)


def worst(checks: Sequence[Check]) -> HealthState:
    """The state of the whole."""
    return max((one.state for one in checks), key=_ORDER.index, default=HealthState.OK)


@dataclass(frozen=True, slots=True)
class SystemHealth:
    """Looks at everything at once, and answers in time whatever hangs."""

    database: Database
    system: SystemDatabase
    redis: Redis
    storage: ObjectStorage
    now: Clock
    patience_seconds: float = CHECK_SECONDS

    async def checks(self) -> list[Check]:
        """Every part, in a fixed order."""
        groups = await asyncio.gather(
            self._guarded("database", self._database, "DATABASE_URL"),
            self._guarded("redis", self._redis, "REDIS_URL"),
            self._guarded("storage", self._storage, "MINIO_ENDPOINT"),
            self._guarded("workers", self._processes, "REDIS_URL"),
            self._guarded("queues", self._queues, "REDIS_URL"),
            self._guarded("work", self._work, "DATABASE_SYSTEM_URL"),
        )
        return [check for group in groups for check in group]

    async def _guarded(self, name: str, look: Callable[[], Awaitable[list[Check]]], variable: str) -> list[Check]:
        try:
            return await asyncio.wait_for(look(), self.patience_seconds)
        except OpenRegError as error:
            return [Check(name, HealthState.DOWN, error.message, error.fix)]
        except TimeoutError:
            cause = f"No answer within {self.patience_seconds:g} seconds."
        except (RedisError, SQLAlchemyError, OSError) as error:
            cause = f"It could not be asked ({type(error).__name__})."
        return [Check(name, HealthState.DOWN, cause, f"Check that it runs and that {variable} names it.")]

    async def _database(self) -> list[Check]:
        before = self.now()
        async with self.database.unbound() as session:
            clock, revision = await HealthQueries(session).clock_and_revision()
        after = self.now()
        milliseconds = round((after - before).total_seconds() * 1000, 1)
        found = [Check("database", HealthState.OK, measured={"milliseconds": milliseconds})]
        return [*found, _migrations(revision), _clock(before, clock, after)]

    async def _redis(self) -> list[Check]:
        await self.redis.ping()
        return [Check("redis", HealthState.OK)]

    async def _storage(self) -> list[Check]:
        await asyncio.get_running_loop().run_in_executor(_threads, self.storage.check)
        return [Check("storage", HealthState.OK)]

    async def _processes(self) -> list[Check]:
        living = await heard(self.redis)
        workers = [one for one in living if one.role == "worker"]
        found = [_queue_workers(queue, workers) for queue in QUEUES]
        return [*found, _scheduler(living), *_scratch(workers)]

    async def _queues(self) -> list[Check]:
        lengths = await queue_lengths(self.redis, QUEUES)
        return [Check(f"queue:{queue}", HealthState.OK, measured={"messages": lengths[queue]}) for queue in QUEUES]

    async def _work(self) -> list[Check]:
        async with self.system.transaction() as session:
            return [_due(one, self.now()) for one in await HealthQueries(session).due_work()]


def _migrations(revision: str | None) -> Check:
    measured = {"database": revision, "code": newest_revision()}
    if revision == newest_revision():
        return Check("migrations", HealthState.OK, measured=measured)
    cause = f"The database is at revision {revision}, the code at {newest_revision()}."
    return Check("migrations", HealthState.DOWN, cause, "Run `openreg migrate`.", measured)


def _clock(before: datetime, clock: datetime, after: datetime) -> Check:
    skew = max((before - clock).total_seconds(), (clock - after).total_seconds(), 0.0)
    measured = {"seconds": round(skew, 3)}
    if skew <= MAX_SKEW_SECONDS:
        return Check("clock", HealthState.OK, measured=measured)
    cause = f"The clocks of this machine and of PostgreSQL differ by {skew:.1f} seconds."
    return Check("clock", HealthState.DEGRADED, cause, "Keep both by NTP.", measured)


def _queue_workers(queue: str, workers: Sequence[Heartbeat]) -> Check:
    count = sum(queue in one.queues for one in workers)
    if count:
        return Check(f"workers:{queue}", HealthState.OK, measured={"workers": count})
    cause, fix = f"No worker takes from the queue {queue}.", f"Start one with `-Q {queue}`, and look into its log."
    return Check(f"workers:{queue}", HealthState.DOWN, cause, fix, {"workers": 0})


def _scheduler(living: Sequence[Heartbeat]) -> Check:
    count = sum(one.role == "scheduler" for one in living)
    if count == 1:
        return Check("scheduler", HealthState.OK, measured={"schedulers": 1})
    if count:
        cause, fix = f"{count} schedulers run; work is only woken more often than needed.", "Stop all but one."
        return Check("scheduler", HealthState.DEGRADED, cause, fix, {"schedulers": count})
    fix = "Start `celery beat`: without it nothing that waits is woken again."
    return Check("scheduler", HealthState.DOWN, "No scheduler runs.", fix, {"schedulers": 0})


def _scratch(workers: Sequence[Heartbeat]) -> list[Check]:
    """The disk of the worker of runs that has the least room."""
    free = [(one.scratch_free_bytes, one.name) for one in workers if "runs" in one.queues and one.scratch_free_bytes]
    if not free:
        return []
    least, name = min(free)
    measured: dict[str, int | float | str | None] = {"free_bytes": least, "worker": name}
    if least >= LOW_DISK_BYTES:
        return [Check("scratch", HealthState.OK, measured=measured)]
    state = HealthState.DOWN if least < FULL_DISK_BYTES else HealthState.DEGRADED
    cause = f"{least / 1024**3:.1f} GiB are left for the working files of runs on {name}."
    return [Check("scratch", state, cause, "Make room, or move OPENREG_SCRATCH_DIR.", measured)]


def _due(work: DueWork, now: datetime) -> Check:
    waited = now - work.oldest if work.oldest is not None else timedelta()
    seconds = round(max(waited.total_seconds(), 0.0), 1)
    measured = {"waiting": work.count, "oldest_seconds": seconds if work.count else None}
    if waited < LATE:
        return Check(f"due:{work.name}", HealthState.OK, measured=measured)
    cause = f"{work.count} of the {work.name} wait; the oldest for {int(waited.total_seconds() // 60)} minutes."
    state = HealthState.DEGRADED if waited < VERY_LATE else HealthState.DOWN
    return Check(f"due:{work.name}", state, cause, "Look at the workers above, or add one.", measured)
