"""What health asks of the database: its clock, its revision, and the work that waits in all tenants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class DueWork:
    """How much of one kind is due, and since when the oldest."""

    name: str
    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class UnfinishedRuns:
    """How many runs are in a state and at a stage."""

    state: str
    stage: str
    count: int


class HealthQueries:
    """Bound to one transaction; nothing of it belongs to a tenant."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def clock_and_revision(self) -> tuple[datetime, str | None]:
        """The database's own time, and the revision of its schema; None when it has none that we may see."""
        clock, has_revision = (await self._session.execute(text(_CLOCK))).one()
        if not has_revision:
            return clock, None
        return clock, await self._session.scalar(text("SELECT version_num FROM alembic_version"))

    async def tables_without_forced_security(self) -> list[str]:
        """Tables whose rows another tenant, or their owner, could see."""
        return [str(name) for name in (await self._session.scalars(text(_OPEN_TABLES))).all()]

    async def unfinished_runs(self) -> list[UnfinishedRuns]:
        """Runs that have not ended, as the system role."""
        return [UnfinishedRuns(*row) for row in (await self._session.execute(text(_UNFINISHED))).all()]

    async def open_breakers(self) -> int:
        """Webhook endpoints to which nothing is sent for now, because they failed too often; as the system role."""
        return int(await self._session.scalar(text(_OPEN_BREAKERS)) or 0)

    async def due_work(self) -> list[DueWork]:
        """Runs, deliveries, webhooks and mails that are due, as the system role; counted up to 10,000."""
        rows = (await self._session.execute(text(_DUE))).all()
        return [DueWork(name, count, oldest) for name, count, oldest in rows]


_CLOCK: Final = """
SELECT clock_timestamp(), CASE WHEN to_regclass('public.alembic_version') IS NULL THEN false
                               ELSE has_table_privilege('public.alembic_version', 'SELECT') END
"""


def _due(name: str, table: str, since: str, condition: str) -> str:
    capped = f"SELECT {since} AS since FROM {table} WHERE {condition} ORDER BY {since} LIMIT 10000"  # noqa: S608 - constants
    return f"SELECT '{name}', count(*), min(since) FROM ({capped}) AS due"  # noqa: S608 - constants


_WAITING: Final = "state IN ('pending', 'retrying') AND next_attempt_at <= clock_timestamp()"
_DUE: Final = " UNION ALL ".join(
    (
        _due("runs", "runs", "created_at", "state = 'pending'"),
        _due("deliveries", "deliveries", "next_attempt_at", _WAITING),
        _due("webhooks", "webhook_deliveries", "next_attempt_at", _WAITING),
        _due("mails", "outgoing_mails", "next_attempt_at", _WAITING),
    )
)
_OPEN_BREAKERS: Final = "SELECT count(*) FROM webhook_endpoints WHERE is_active AND breaker_opened_at IS NOT NULL"
_UNFINISHED: Final = """
SELECT state, stage, count(*) FROM runs WHERE state IN ('pending', 'running', 'cancelling') GROUP BY state, stage
"""
_OPEN_TABLES: Final = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity
           AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))
ORDER BY 1
"""
