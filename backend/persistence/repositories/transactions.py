"""What is known of one record over all runs: where to look for it, and what happened around it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, or_, select

from backend.domain.exceptions import ExceptionOrigin
from backend.domain.runs import RunState
from backend.persistence.models.exception import ExceptionEvent, RunException
from backend.persistence.models.report import Report
from backend.persistence.models.run import Run
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.tenant_scope import TenantRepository


class SearchedRun(NamedTuple):
    """A run that ended well, the name of its report, and what it told the regulator."""

    run: Run
    report_name: str
    submission: Submission | None


class TransactionRepository(TenantRepository):
    """Records of one tenant in one transaction."""

    async def runs(self, after: UUID | None, limit: int) -> Sequence[SearchedRun]:
        """Runs that ended well, newest first, after one of them."""
        query = self._runs().where(Run.state.in_((RunState.SUCCEEDED, RunState.PARTIAL)))
        if after is not None:
            query = query.where(Run.id < after)
        rows = await self._session.execute(query.order_by(Run.id.desc()).limit(limit))
        return [SearchedRun(row[0], row[1], row[2]) for row in rows]

    async def named_runs(self, run_ids: Sequence[UUID]) -> Sequence[SearchedRun]:
        """These runs."""
        rows = await self._session.execute(self._runs().where(Run.id.in_(run_ids)))
        return [SearchedRun(row[0], row[1], row[2]) for row in rows]

    async def exceptions(self, record: str, limit: int) -> Sequence[RunException]:
        """Times that a record was set aside, newest first: by its key, its reference, or the exception's own id."""
        named = [RunException.record_key == record, RunException.reference == record]
        with suppress(ValueError):  # it is no id
            named.append(RunException.id == UUID(record))
        query = self._select(RunException).where(or_(*named), RunException.origin == ExceptionOrigin.FINDING)
        return await self._all(query.order_by(RunException.id.desc()).limit(limit))

    async def exception_events(self, exception_id: UUID) -> Sequence[ExceptionEvent]:
        """What happened to an exception, in order."""
        query = self._select(ExceptionEvent).where(ExceptionEvent.exception_id == exception_id)
        return await self._all(query.order_by(ExceptionEvent.id))

    async def exception_of(self, run_id: UUID, row_number: int) -> RunException | None:
        """The exception of a row of a run, or None."""
        query = self._select(RunException).where(RunException.run_id == run_id, RunException.row_number == row_number)
        found: RunException | None = await self._session.scalar(query)
        return found

    def _runs(self) -> Select[Run, str, Submission]:
        query = select(Run, Report.name, Submission).join(Report, Report.id == Run.report_id)
        query = query.outerjoin(Submission, Submission.run_id == Run.id)
        return query.where(Run.tenant_id == self.tenant)
