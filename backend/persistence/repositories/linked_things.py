"""What entries of the register are linked to: how a thing is called, and which day and records of a report it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select

from backend.domain.error_register import LinkKind
from backend.persistence.models.exception import RunException
from backend.persistence.models.feedback import FeedbackFile
from backend.persistence.models.reconciliation import Reconciliation
from backend.persistence.models.report import Report
from backend.persistence.models.run import Run
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.tenant_scope import TenantRepository


@dataclass(frozen=True, slots=True)
class LinkedThing:
    """A thing that is there. ``report_id`` and ``reporting_date`` are None where it is about no day of a report.

    ``records`` are those that it is about: what the regulator rejected of a submission, or all of it.
    """

    kind: LinkKind
    id: UUID
    label: str
    report_id: UUID | None
    reporting_date: date | None
    records: int | None


class LinkedThingRepository(TenantRepository):
    """Things of one tenant in one transaction."""

    async def find(self, kind: LinkKind, target_id: UUID) -> LinkedThing | None:
        """A thing, or None."""
        found = await self.named(kind, [target_id])
        return found[0] if found else None

    async def named(self, kind: LinkKind, target_ids: Sequence[UUID]) -> Sequence[LinkedThing]:
        """Those of these things that are there."""
        rows = (await self._session.execute(self._query(kind, target_ids))).all()
        return [LinkedThing(kind, *row) for row in rows]

    def _query(self, kind: LinkKind, ids: Sequence[UUID]) -> Select[*tuple[Any, ...]]:
        # Rejected records where the regulator has rejected some: the others of the file are not what went wrong.
        told = case((Submission.rejected_count > 0, Submission.rejected_count), else_=Submission.record_count)
        of_day = func.to_char(Run.reporting_date, "YYYY-MM-DD")
        match kind:
            case LinkKind.SUBMISSION:
                query: Select[*tuple[Any, ...]] = select(
                    Submission.id, Submission.reference, Submission.report_id, Submission.reporting_date, told
                )
                return query.where(Submission.tenant_id == self.tenant, Submission.id.in_(ids))
            case LinkKind.RUN:
                label = func.concat(Report.name, " ", of_day, " #", Run.sequence)
                query = select(Run.id, label, Run.report_id, Run.reporting_date, Run.rows_out)
                query = query.join(Report, Report.id == Run.report_id)
                return query.where(Run.tenant_id == self.tenant, Run.id.in_(ids))
            case LinkKind.EXCEPTION:
                name = func.coalesce(RunException.reference, func.concat("Row ", RunException.row_number))
                label = func.concat(name, ", ", Report.name, " ", of_day)
                query = select(RunException.id, label, RunException.report_id, Run.reporting_date, 1)
                query = query.join(Run, Run.id == RunException.run_id).join(Report, Report.id == RunException.report_id)
                return query.where(RunException.tenant_id == self.tenant, RunException.id.in_(ids))
            case LinkKind.FEEDBACK:
                query = select(
                    FeedbackFile.id, FeedbackFile.name, Submission.report_id, Submission.reporting_date, told
                )
                query = query.outerjoin(Submission, Submission.id == FeedbackFile.submission_id)
                return query.where(FeedbackFile.tenant_id == self.tenant, FeedbackFile.id.in_(ids))
            case LinkKind.RECONCILIATION:
                of = Reconciliation
                wrong = of.missing_count + of.extra_count + of.different_count
                # One over several days does not say how many records of which day.
                day = case((of.first_date == of.last_date, of.first_date), else_=None)
                query = select(of.id, of.name, of.report_id, day, wrong)
                return query.where(of.tenant_id == self.tenant, of.id.in_(ids))
