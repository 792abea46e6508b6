"""What exceptions say together: what causes them, how old they are, which records come back. Each part is bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select

from backend.domain.exceptions import WORKABLE
from backend.domain.runs import RunState
from backend.persistence.models.exception import RunException
from backend.persistence.models.report import Report
from backend.persistence.models.run import Run, RunFinding
from backend.persistence.repositories.tenant_scope import TenantRepository

#: Exceptions of one age are counted up to here.
MAX_AGED: Final = 10_000
MAX_CAUSES: Final = 20
#: Records that came back are looked at up to here, the newest first.
MAX_REPEATS: Final = 10_000


class Cause(NamedTuple):
    """A rule, and how many records it has set aside first."""

    rule_id: str
    message: str
    records: int
    runs: int


class DayOfExceptions(NamedTuple):
    """Records of a report and a reporting date."""

    report_id: UUID
    report_name: str
    reporting_date: date
    rows_in: int
    set_aside: int


class RepeatedRecord(NamedTuple):
    """A record that runs set aside again and again."""

    report_id: UUID
    record_key: str
    times: int
    last_at: datetime


class ExceptionStatisticsRepository(TenantRepository):
    """Statistics of one tenant in one transaction."""

    async def causes(self, since: date, until: date, report_id: UUID | None) -> Sequence[Cause]:
        """What set records aside in the runs of these reporting dates, the most first; out of counts the runs keep."""
        records = func.sum(RunFinding.primary_count)
        query = (
            select(RunFinding.rule_id, func.max(RunFinding.message), records, func.count(RunFinding.run_id.distinct()))
            .join(Run, Run.id == RunFinding.run_id)
            .where(
                RunFinding.tenant_id == self.tenant, RunFinding.primary_count > 0, *self._of(since, until, report_id)
            )
            .group_by(RunFinding.rule_id)
            .order_by(records.desc(), RunFinding.rule_id)
            .limit(MAX_CAUSES)
        )
        rows = (await self._session.execute(query)).all()
        return [Cause(row[0], row[1], int(row[2]), int(row[3])) for row in rows]

    async def days(self, since: date, until: date, report_id: UUID | None) -> Sequence[DayOfExceptions]:
        """Records that came in and were set aside, by report and reporting date."""
        query = (
            select(Report.id, Report.name, Run.reporting_date, func.sum(Run.rows_in), func.sum(Run.set_aside))
            .join(Report, Report.id == Run.report_id)
            .where(Run.tenant_id == self.tenant, *self._of(since, until, report_id))
            .group_by(Report.id, Report.name, Run.reporting_date)
            .order_by(Run.reporting_date, Report.name, Report.id)
        )
        rows = (await self._session.execute(query)).all()
        return [DayOfExceptions(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in rows]

    async def aged(
        self, bounds: Mapping[str, tuple[datetime | None, datetime | None]], report_id: UUID | None
    ) -> Mapping[str, int]:
        """Exceptions that somebody has to deal with, by when they were opened; each counted to a limit."""
        return {
            name: await self._count(
                [RunException.created_at >= since] if since is not None else [],
                [RunException.created_at < until] if until is not None else [],
                report_id,
            )
            for name, (since, until) in bounds.items()
        }

    async def overdue(self, at: datetime, report_id: UUID | None) -> int:
        """Exceptions that are due before a moment, up to the limit."""
        return await self._count([RunException.due_at < at], [], report_id)

    async def repeats(self, report_id: UUID | None) -> Sequence[RepeatedRecord]:
        """Records that were set aside in several runs, the most often first, among the newest that came back."""
        newest = select(RunException.report_id, RunException.record_key, RunException.created_at).where(
            RunException.tenant_id == self.tenant, RunException.is_repeat.is_(True)
        )
        if report_id is not None:
            newest = newest.where(RunException.report_id == report_id)
        some = newest.order_by(RunException.id.desc()).limit(MAX_REPEATS).subquery()
        times = func.count() + 1  # the first time is no repeat
        query = (
            select(some.c.report_id, some.c.record_key, times, func.max(some.c.created_at))
            .where(some.c.record_key.is_not(None))
            .group_by(some.c.report_id, some.c.record_key)
            .order_by(times.desc(), some.c.record_key)
            .limit(MAX_CAUSES)
        )
        return [RepeatedRecord(*row) for row in (await self._session.execute(query)).all()]

    async def _count(
        self, since: Sequence[ColumnElement[bool]], until: Sequence[ColumnElement[bool]], report_id: UUID | None
    ) -> int:
        total = 0
        for state in WORKABLE:
            wanted = [RunException.tenant_id == self.tenant, RunException.state == state, *since, *until]
            if report_id is not None:
                wanted.append(RunException.report_id == report_id)
            some = select(literal(1)).where(*wanted).limit(MAX_AGED).subquery()
            total += int(await self._session.scalar(select(func.count()).select_from(some)) or 0)
        return min(total, MAX_AGED)

    @staticmethod
    def _of(since: date, until: date, report_id: UUID | None) -> list[ColumnElement[bool]]:
        ended = Run.state.in_((RunState.SUCCEEDED, RunState.PARTIAL))
        wanted: list[ColumnElement[bool]] = [ended, Run.reporting_date.between(since, until)]
        return wanted if report_id is None else [*wanted, Run.report_id == report_id]
