"""What the submissions of a day are made of: their runs' rows, and what the records of supplemental runs are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Row, func, or_, select

from backend.domain.completeness import SubmittedRun
from backend.domain.eligibility import HeldRecordState
from backend.domain.exceptions import ExceptionOrigin
from backend.domain.submissions import VOID, SubmissionHold, SubmissionKind, SubmissionState
from backend.persistence.models.eligibility import HeldRecord
from backend.persistence.models.exception import RunException, SupplementalRecord
from backend.persistence.models.run import Run
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.settled_records import SettledRecordRepository
from backend.persistence.repositories.tenant_scope import TenantRepository


class _Supplemented(NamedTuple):
    added: int
    replacing: int


class SubmittedDayRepository(TenantRepository):
    """Days of one tenant in one transaction."""

    async def find(self, report_id: UUID, reporting_date: date, environment: str) -> Sequence[SubmittedRun]:
        """The submissions of a report for a day to one system of the regulator, oldest first."""
        query = (
            select(Submission, Run.rows_in - Run.filtered - Run.excluded)
            .join(Run, Run.id == Submission.run_id)
            .where(
                Submission.tenant_id == self.tenant,
                Submission.report_id == report_id,
                Submission.reporting_date == reporting_date,
                Submission.environment == environment,
            )
        )
        rows = (await self._session.execute(query.order_by(Submission.id))).all()
        runs = [one.run_id for one, _ in rows]
        excluded, supplemented = await self._excluded(runs), await self._supplemented(runs)
        records = SettledRecordRepository(self._session, self.tenant)
        found = []
        for one, to_report in rows:
            added, replacing = supplemented.get(one.run_id, _Supplemented(0, 0))
            found.append(
                SubmittedRun(
                    SubmissionKind(one.kind),
                    SubmissionState(one.state),
                    SubmissionHold(one.hold),
                    one.file_status,
                    one.counts,
                    to_report=to_report - excluded.get(one.run_id, 0),
                    added=added,
                    cancellations=one.cancellation_count,
                    replacing=replacing,
                    settled=await records.count_settled(one) if one.rejected_count else 0,
                    is_cancelled=await self._is_cancelled(one, rows),
                )
            )
        return found

    async def _is_cancelled(self, one: Submission, day: Sequence[Row[Submission, int]]) -> bool:
        """Whether nothing of an original is left at the regulator; without a cancellation nobody is asked."""
        if one.kind != SubmissionKind.ORIGINAL or one.state in VOID:
            return False
        has_cancellations = any(other.cancellation_count for other, _ in day)
        return has_cancellations and not await SettledRecordRepository(self._session, self.tenant).stands(one)

    async def _excluded(self, runs: Sequence[UUID]) -> Mapping[UUID, int]:
        """Records that waited, and of which a person or a later look said that they are not to be reported."""
        query = select(HeldRecord.run_id, func.count()).where(
            HeldRecord.tenant_id == self.tenant,
            HeldRecord.run_id.in_(runs),
            HeldRecord.state == HeldRecordState.EXCLUDED,
        )
        rows = await self._session.execute(query.group_by(HeldRecord.run_id))
        return {one[0]: one[1] for one in rows}

    async def _supplemented(self, runs: Sequence[UUID]) -> Mapping[UUID, _Supplemented]:
        """Records of supplemental runs that were never told before, and those that take the place of one that was."""
        is_new = SupplementalRecord.pair.is_(None) & or_(
            SupplementalRecord.exception_id.is_(None), RunException.origin == ExceptionOrigin.FINDING
        )
        query = (
            select(
                SupplementalRecord.run_id,
                func.count().filter(is_new),
                func.count().filter(SupplementalRecord.pair.is_not(None)),
            )
            .outerjoin(RunException, RunException.id == SupplementalRecord.exception_id)
            .where(
                SupplementalRecord.tenant_id == self.tenant,
                SupplementalRecord.run_id.in_(runs),
                SupplementalRecord.is_cancellation.is_(False),
                SupplementalRecord.is_reported.is_not(False),
            )
        )
        rows = await self._session.execute(query.group_by(SupplementalRecord.run_id))
        return {run_id: _Supplemented(added, replacing) for run_id, added, replacing in rows}
