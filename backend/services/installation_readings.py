"""What Prometheus is told of the whole installation: read from PostgreSQL and Redis when it asks, not counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from backend.core.clock import Clock
from backend.core.errors import OpenRegError
from backend.core.metrics.exposition import Reading
from backend.domain.runs import TRANSITIONS, RunStage, RunState
from backend.persistence.session import PoolUse, SystemDatabase
from backend.persistence.system_health import DueWork, HealthQueries, UnfinishedRuns
from backend.services.heartbeats import Heartbeat, heard, queue_lengths
from backend.services.readiness import DependencyWatch
from backend.services.system_health import QUEUES

log = structlog.get_logger(__name__)
T = TypeVar("T")
READ_SECONDS: Final = 2.0
#: Several who ask share one reading.
FRESH_SECONDS: Final = 3.0


@dataclass(slots=True)
class InstallationReadings:
    """Reads over all tenants as the system role, and never an id of anybody."""

    system: SystemDatabase
    redis: Redis
    watch: DependencyWatch
    now: Clock
    _known: list[Reading] = field(default_factory=list)
    _read_at: datetime | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(self) -> list[Reading]:
        """All that answers; what is away is missing, and its dependency is told to be down."""
        async with self._lock:
            if self._read_at is None or (self.now() - self._read_at).total_seconds() > FRESH_SECONDS:
                states, work, queues, living = await asyncio.gather(
                    self.watch.look(),
                    _answer(self._work()),
                    _answer(queue_lengths(self.redis, QUEUES)),
                    _answer(heard(self.redis)),
                )
                self._known = [
                    *(_up(one.name, is_well=one.is_well) for one in states),
                    *(_work_readings(*work, self.now()) if work else ()),
                    *(_queue_readings(queues) if queues else ()),
                    *(_living_readings(living) if living is not None else ()),
                ]
                self._read_at = self.now()
            return self._known

    async def _work(self) -> tuple[list[DueWork], list[UnfinishedRuns], int]:
        async with self.system.reading() as session:
            queries = HealthQueries(session)
            return await queries.due_work(), await queries.unfinished_runs(), await queries.open_breakers()


def pool_readings(pools: Mapping[str, PoolUse]) -> list[Reading]:
    """The database connections of a process, by role."""
    name, text = "openreg_database_connections", "Connections of this process to PostgreSQL, by role and use."
    limit = "openreg_database_connections_limit"
    return [
        *(Reading(name, text, use.in_use, {"role": role, "use": "in_use"}) for role, use in pools.items()),
        *(Reading(name, text, use.idle, {"role": role, "use": "idle"}) for role, use in pools.items()),
        *(
            Reading(limit, "Connections the pool may grow to.", use.limit, {"role": role})
            for role, use in pools.items()
        ),
    ]


async def _answer(question: Awaitable[T]) -> T | None:
    try:
        return await asyncio.wait_for(question, READ_SECONDS)
    except (OpenRegError, RedisError, SQLAlchemyError, OSError, TimeoutError) as error:
        log.warning("metrics_not_read", reason=type(error).__name__)
        return None


def _up(name: str, *, is_well: bool) -> Reading:
    text = "Whether a server that OpenReg depends on answers."
    return Reading("openreg_dependency_up", text, float(is_well), {"dependency": name})


def _work_readings(
    due: Sequence[DueWork], unfinished: Sequence[UnfinishedRuns], open_breakers: int, now: datetime
) -> list[Reading]:
    counted = {(one.state, one.stage): one.count for one in unfinished}
    states = [state for state in RunState if TRANSITIONS[state] and state is not RunState.FAILED]
    waiting, oldest = "openreg_work_waiting", "openreg_work_oldest_seconds"
    return [
        Reading("openreg_webhook_open_breakers", "Webhook endpoints to which nothing is sent for now.", open_breakers),
        *(
            Reading(
                "openreg_runs",
                "Runs that have not ended, by state and stage.",
                counted.get((state.value, stage.value), 0),
                {"state": state.value, "stage": stage.value},
            )
            for state in states
            for stage in RunStage
        ),
        *(Reading(waiting, "Rows that are due, up to 10,000 of a kind.", one.count, {"kind": one.name}) for one in due),
        *(
            Reading(oldest, "For how long the oldest that is due has waited.", _age(one, now), {"kind": one.name})
            for one in due
        ),
    ]


def _age(work: DueWork, now: datetime) -> float:
    return max((now - work.oldest).total_seconds(), 0.0) if work.oldest is not None else 0.0


def _queue_readings(lengths: Mapping[str, int]) -> list[Reading]:
    text = "Messages that wait in a queue of the broker."
    return [Reading("openreg_queue_messages", text, count, {"queue": queue}) for queue, count in lengths.items()]


def _living_readings(living: Sequence[Heartbeat]) -> list[Reading]:
    workers = [one for one in living if one.role == "worker"]
    free = [one.scratch_free_bytes for one in workers if one.scratch_free_bytes is not None]
    name, text = "openreg_workers", "Workers that take from a queue."
    return [
        *(Reading(name, text, sum(queue in one.queues for one in workers), {"queue": queue}) for queue in QUEUES),
        Reading("openreg_schedulers", "Schedulers that live.", sum(one.role == "scheduler" for one in living)),
        *((Reading("openreg_scratch_free_bytes", "Room for runs, where there is least.", min(free)),) if free else ()),
    ]
