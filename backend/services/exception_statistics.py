"""What exceptions say together: their causes, their age, records that come back, and how many a day brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from backend.persistence.repositories.exception_statistics import (
    Cause,
    DayOfExceptions,
    ExceptionStatisticsRepository,
    RepeatedRecord,
)
from backend.services.scope import TenantScope

DEFAULT_DAYS: Final = 30
MAX_DAYS: Final = 366
#: Upper ends of the ages, in days.
AGES: Final = (1, 3, 7, 14, 30)


@dataclass(frozen=True, slots=True)
class ExceptionStatistics:
    """Of one report or of all. ``ages`` count what somebody has to deal with, by days."""

    since: date
    until: date
    causes: Sequence[Cause]
    days: Sequence[DayOfExceptions]
    ages: Mapping[str, int]
    overdue: int
    repeats: Sequence[RepeatedRecord]


@dataclass(frozen=True, slots=True)
class ExceptionStatisticsService:
    """Statistics of a tenant's exceptions."""

    scope: TenantScope

    async def read(self, report_id: UUID | None, since: date | None, until: date | None) -> ExceptionStatistics:
        """Causes and days of these reporting dates, by default the last 30; ages and repeats as they are now."""
        at = self.scope.now()
        last = until or at.date()
        first = max(since or last - timedelta(days=DEFAULT_DAYS), last - timedelta(days=MAX_DAYS))
        async with self.scope.reading() as session:
            found = ExceptionStatisticsRepository(session, self.scope.tenant)
            return ExceptionStatistics(
                first,
                last,
                await found.causes(first, last, report_id),
                await found.days(first, last, report_id),
                await found.aged(_bands(at), report_id),
                await found.overdue(at, report_id),
                await found.repeats(report_id),
            )


def _bands(at: datetime) -> dict[str, tuple[datetime | None, datetime | None]]:
    """Names of ages in days, each with the moments between which an exception of that age was opened."""
    bands: dict[str, tuple[datetime | None, datetime | None]] = {}
    younger, until = 0, None
    for days in AGES:
        since = at - timedelta(days=days)
        bands[f"{younger}-{days}"] = (since, until)
        younger, until = days, since
    bands[f"{younger}+"] = (None, until)
    return bands
