"""Lists of submissions as people read them, and what of a day is told and accepted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, or_, select

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.submissions import UNSENT, SubmissionHold, SubmissionKind, SubmissionState
from backend.persistence.models.report import Report
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.tenant_scope import TenantRepository, as_part, contains

#: Submissions in one state are counted up to here.
MAX_COUNT: Final = 1_000


@dataclass(frozen=True, slots=True)
class SubmissionFilter:
    """Which submissions are wanted; ``reference`` is a part of theirs, ``now`` says what is late by now."""

    now: datetime
    reference: str | None = None
    states: Collection[SubmissionState] = ()
    hold: Collection[SubmissionHold] = ()
    kind: SubmissionKind | None = None
    report_id: UUID | None = None
    run_id: UUID | None = None
    reporting_from: date | None = None
    reporting_to: date | None = None
    is_late: bool | None = None


@dataclass(frozen=True, slots=True)
class ListedSubmission:
    """A submission with the name of its report."""

    submission: Submission
    report_name: str


class SubmissionListRepository(TenantRepository):
    """Submissions of one tenant in one transaction, many at a time."""

    async def page(self, wanted: SubmissionFilter, request: PageRequest) -> Page[ListedSubmission]:
        """One page, newest first."""
        query = self._listed().where(*self._conditions(wanted))
        if request.after is not None:
            query = query.where(Submission.id < request.after)
        rows = await self._session.execute(query.order_by(Submission.id.desc()).limit(request.limit + 1))
        return page_of([ListedSubmission(row[0], row[1]) for row in rows], request, lambda one: one.submission.id)

    async def find(self, submission_id: UUID) -> ListedSubmission | None:
        """The submission, or None."""
        row = (await self._session.execute(self._listed().where(Submission.id == submission_id))).one_or_none()
        return None if row is None else ListedSubmission(row[0], row[1])

    async def counts(self, wanted: SubmissionFilter) -> Mapping[SubmissionState, int]:
        """Submissions per state among those wanted, each counted up to ``MAX_COUNT + 1``."""
        found = {}
        for state in SubmissionState:
            some = select(literal(1)).where(*self._conditions(wanted), Submission.state == state).limit(MAX_COUNT + 1)
            found[state] = int(await self._session.scalar(select(func.count()).select_from(some.subquery())) or 0)
        return found

    async def of_day(self, report_id: UUID, reporting_date: date) -> Sequence[ListedSubmission]:
        """Every submission of a report for a day, oldest first; at most 200."""
        query = self._listed().where(Submission.report_id == report_id, Submission.reporting_date == reporting_date)
        rows = await self._session.execute(query.order_by(Submission.id).limit(200))
        return [ListedSubmission(row[0], row[1]) for row in rows]

    def _listed(self) -> Select[Submission, str]:
        query = select(Submission, Report.name).join(Report, Report.id == Submission.report_id)
        return query.where(Submission.tenant_id == self.tenant)

    def _conditions(self, wanted: SubmissionFilter) -> list[ColumnElement[bool]]:
        late = or_(
            and_(Submission.is_late, Submission.state != SubmissionState.WITHDRAWN),
            and_(Submission.state.in_(UNSENT), Submission.due_at.is_not(None), Submission.due_at < wanted.now),
        )
        key, first, last = as_part(wanted.reference or ""), wanted.reporting_from, wanted.reporting_to
        chosen: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
            (wanted.reference, lambda: contains(Submission.reference, literal(key))),
            (wanted.states or None, lambda: Submission.state.in_(wanted.states)),
            (wanted.hold or None, lambda: Submission.hold.in_(wanted.hold)),
            (wanted.kind, lambda: Submission.kind == wanted.kind),
            (wanted.report_id, lambda: Submission.report_id == wanted.report_id),
            (wanted.run_id, lambda: Submission.run_id == wanted.run_id),
            (first, lambda: Submission.reporting_date >= first),
            (last, lambda: Submission.reporting_date <= last),
            (wanted.is_late, lambda: late if wanted.is_late else not_(func.coalesce(late, literal(value=False)))),
        ]
        mine = Submission.tenant_id == self.tenant
        return [mine, *(condition() for value, condition in chosen if value is not None)]
