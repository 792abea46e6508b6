"""Days that are reported again: what there is of them, and what became of those that a backfill has begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from backend.domain.back_reporting import AgainDay, StandingSubmission
from backend.domain.exceptions import WORKABLE, ExceptionState
from backend.domain.runs import RunKind, RunState
from backend.domain.schedules.backfills import BackfillDayState, BackfillState
from backend.domain.submissions import UNSENT, VOID, SubmissionHold, SubmissionKind, SubmissionState
from backend.persistence.models.exception import RunException
from backend.persistence.models.run import Run
from backend.persistence.models.schedule import Backfill, BackfillDay
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.schedules import UNFINISHED
from backend.persistence.repositories.settled_records import SettledRecordRepository
from backend.persistence.repositories.tenant_scope import TenantRepository


@dataclass(frozen=True, slots=True)
class Originals:
    """Of a day: the newest original that stands, and the newest that is void."""

    standing: StandingSubmission | None = None
    void: StandingSubmission | None = None


@dataclass(frozen=True, slots=True)
class ListedDay:
    """A day of a backfill with its run and what that told the regulator."""

    day: BackfillDay
    again: AgainDay
    submission_id: UUID | None
    submission_reference: str | None


class BackReportingRepository(TenantRepository):
    """Days of one tenant in one transaction."""

    async def originals(self, report_id: UUID, first: date, last: date, environment: str) -> Mapping[date, Originals]:
        """Originals of a report by day, as told to one system of the regulator.

        One that was corrected or cancelled since stands as long as the regulator has a record of it or of these.
        """
        later = aliased(Submission)
        is_followed = exists().where(later.tenant_id == self.tenant, later.parent_submission_id == Submission.id)
        query = (
            select(Submission, is_followed)
            .where(
                Submission.tenant_id == self.tenant,
                Submission.report_id == report_id,
                Submission.reporting_date.between(first, last),
                Submission.environment == environment,
                Submission.kind == SubmissionKind.ORIGINAL,
            )
            .order_by(Submission.id)
        )
        records = SettledRecordRepository(self._session, self.tenant)
        found: dict[date, Originals] = {}
        for one, was_followed in (await self._session.execute(query)).all():
            known = found.get(one.reporting_date, Originals())
            this = StandingSubmission(one.id, one.reference, SubmissionState(one.state))
            stands = await records.stands(one) if was_followed else one.state not in VOID
            found[one.reporting_date] = Originals(this, known.void) if stands else Originals(known.standing, this)
        return found

    async def under_way(self, report_id: UUID, first: date, last: date) -> frozenset[date]:
        """Days of which a run has not ended."""
        query = select(Run.reporting_date).where(
            Run.tenant_id == self.tenant,
            Run.report_id == report_id,
            Run.reporting_date.between(first, last),
            Run.kind == RunKind.REGULAR,
            Run.state.in_(UNFINISHED),
        )
        return frozenset(await self._session.scalars(query))

    async def exceptions(self, report_id: UUID, first: date, last: date) -> Mapping[tuple[date, str], int]:
        """Records that wait, by day and state."""
        query = (
            select(Run.reporting_date, RunException.state, func.count())
            .join(Run, Run.id == RunException.run_id)
            .where(
                RunException.tenant_id == self.tenant,
                RunException.report_id == report_id,
                RunException.state.in_(WORKABLE),
                Run.reporting_date.between(first, last),
            )
            .group_by(Run.reporting_date, RunException.state)
        )
        return {(day, state): count for day, state, count in (await self._session.execute(query)).all()}

    async def amended_of_day(self, report_id: UUID, day: date) -> Sequence[UUID]:
        """Amended records of one run of a day, for a supplemental run is of one: of the last that has told somebody.

        What the regulator knows of a day is what it was told last. Where no run with amended records has told anything,
        the newest of them is meant.
        """
        has_told = case((Submission.state.not_in([*UNSENT, SubmissionState.WITHDRAWN]), 0), else_=1)
        query = (
            select(RunException.id, RunException.run_id)
            .join(Run, Run.id == RunException.run_id)
            .outerjoin(Submission, Submission.run_id == Run.id)
            .where(
                RunException.tenant_id == self.tenant,
                RunException.report_id == report_id,
                RunException.state == ExceptionState.AMENDED,
                Run.reporting_date == day,
            )
            .order_by(has_told, RunException.run_id.desc(), RunException.id)
        )
        rows = (await self._session.execute(query)).all()
        return [one for one, run in rows if run == rows[0].run_id]

    async def is_under_way(self, entry_id: UUID) -> bool:
        """Whether days of an entry wait to be begun, or are run."""
        mine = (Backfill.tenant_id == self.tenant) & (Backfill.entry_id == entry_id)
        running = exists().where(mine, Backfill.state == BackfillState.RUNNING)
        return bool(await self._session.scalar(select(running)))

    async def of_entry(self, entry_id: UUID) -> Sequence[Backfill]:
        """What was started from an entry, the newest first."""
        query = self._select(Backfill).where(Backfill.entry_id == entry_id)
        return await self._all(query.order_by(Backfill.id.desc()))

    async def days(self, backfill_id: UUID) -> Sequence[ListedDay]:
        """Every day of a backfill, in order."""
        query = self._told().where(BackfillDay.backfill_id == backfill_id).order_by(BackfillDay.reporting_date)
        return [_listed(row) for row in (await self._session.execute(query)).all()]

    async def newest_days(self, entry_id: UUID) -> Sequence[AgainDay]:
        """Every day of an entry as it was reported last; what was left out counts only where nothing was ever begun."""
        query = (
            self._told()
            .where(Backfill.entry_id == entry_id)
            .ext(distinct_on(Backfill.report_id, BackfillDay.reporting_date))
            .order_by(
                Backfill.report_id,
                BackfillDay.reporting_date,
                BackfillDay.state == BackfillDayState.SKIPPED,
                Backfill.id.desc(),
            )
        )
        return [_listed(row).again for row in (await self._session.execute(query)).all()]

    def _told(self) -> Select[*tuple[Any, ...]]:
        query: Select[*tuple[Any, ...]] = (
            select(
                BackfillDay,
                Run.state,
                Run.is_held,
                Submission.id,
                Submission.reference,
                Submission.state,
                Submission.hold,
            )
            .join(Backfill, Backfill.id == BackfillDay.backfill_id)
            .outerjoin(Run, Run.id == BackfillDay.run_id)
            .outerjoin(Submission, Submission.run_id == BackfillDay.run_id)
        )
        return query.where(BackfillDay.tenant_id == self.tenant, Backfill.tenant_id == self.tenant)


def _listed(row: Any) -> ListedDay:
    day, run_state, is_held, submission_id, reference, state, hold = row
    again = AgainDay(
        day.reporting_date,
        BackfillDayState(day.state),
        None if run_state is None else RunState(run_state),
        bool(is_held),
        None if state is None else SubmissionState(state),
        None if hold is None else SubmissionHold(hold),
    )
    return ListedDay(day, again, submission_id, reference)
