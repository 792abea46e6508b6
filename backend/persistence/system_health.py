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


class HealthQueries:
    """Bound to one transaction; nothing of it belongs to a tenant."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def clock_and_revision(self) -> tuple[datetime, str | None]:
        """The database's own time, and the revision of its schema."""
        query = text("SELECT clock_timestamp(), (SELECT version_num FROM alembic_version)")
        clock, revision = (await self._session.execute(query)).one()
        return clock, revision

    async def due_work(self) -> list[DueWork]:
        """Runs, deliveries, webhooks and mails that are due, as the system role; counted up to 10,000."""
        rows = (await self._session.execute(text(_DUE))).all()
        return [DueWork(name, count, oldest) for name, count, oldest in rows]


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
