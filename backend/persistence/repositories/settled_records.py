"""What the regulator's answers leave standing, record by record: corrections that settle, cancellations that void.

A record of a submission is accepted when the newest advice about it says so, or where nothing is said about it and the
counts leave nothing open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, distinct, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from backend.domain.feedback import AdviceState, FeedbackState
from backend.domain.submissions import ANSWERED, UNPROCESSED, UNSENT, VOID, SubmissionState
from backend.persistence.models.exception import SupplementalRecord
from backend.persistence.models.feedback import FeedbackFile, RecordAdvice
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.tenant_scope import TenantRepository

#: The regulator may still say anything of their records.
_OPEN: Final = UNSENT | {SubmissionState.SENT, SubmissionState.ACKNOWLEDGED}
Uuids = ColumnElement[UUID] | InstrumentedAttribute[UUID]
Numbers = ColumnElement[int] | InstrumentedAttribute[int]


class SettledRecordRepository(TenantRepository):
    """Records of one tenant's submissions in one transaction."""

    async def count_settled(self, submission: Submission) -> int:
        """Records that the regulator rejected in a submission and of which a correction is accepted.

        A record that a correction was to settle and that was rejected again is settled by whatever does so later.
        """
        told, correction = aliased(SupplementalRecord), aliased(Submission)
        mine = aliased(SupplementalRecord)
        is_settled = (*self._of_files(told, is_cancellation=False), self._is_accepted(correction, told))
        direct = (
            select(told.parent_row_number.label("row_number"))
            .join(correction, correction.run_id == told.run_id)
            .where(told.parent_run_id == submission.run_id, *is_settled)
        )
        again = (
            select(mine.row_number)
            .join(told, told.exception_id == mine.exception_id)
            .join(correction, correction.run_id == told.run_id)
            .where(mine.run_id == submission.run_id, told.run_id >= mine.run_id, *is_settled)
        )
        rows = union_all(direct, again).subquery()
        said = self._said(literal(submission.id), rows.c.row_number)
        query = select(func.count(distinct(rows.c.row_number))).where(said == AdviceState.REJECTED)
        return int(await self._session.scalar(query) or 0)

    async def corrections_until(self, correction: Submission) -> Sequence[UUID]:
        """Submissions that were to correct the same records before, and this one; the newest first."""
        mine, other = aliased(SupplementalRecord), aliased(SupplementalRecord)
        same = (
            select(Submission.id)
            .distinct()
            .join(other, other.run_id == Submission.run_id)
            .join(mine, mine.exception_id == other.exception_id)
            .where(
                Submission.tenant_id == self.tenant,
                mine.run_id == correction.run_id,
                other.run_id <= correction.run_id,
            )
        )
        return (await self._session.scalars(same.order_by(Submission.id.desc()))).all()

    async def stands(self, original: Submission) -> bool:
        """Whether the regulator has a record of an original, or of what corrects it, or may still take one in."""
        chain = select(Submission.id).where(Submission.id == original.id).cte(recursive=True)
        later = select(Submission.id).join(chain, Submission.parent_submission_id == chain.c.id)
        chain = chain.union_all(
            later.where(Submission.tenant_id == self.tenant, Submission.state != SubmissionState.WITHDRAWN)
        )
        members = self._select(Submission).where(Submission.id.in_(select(chain.c.id)))
        for one in (await self._session.scalars(members)).all():
            if one.state in _OPEN or (one.state not in VOID and (one.pending_count or one.unconfirmed_count)):
                return True
            if one.accepted_count > await self._void(one):
                return True
        return False

    async def _void(self, submission: Submission) -> int:
        """Accepted records of a submission that are cancellations, or that an accepted cancellation voids."""
        told, owner = aliased(SupplementalRecord), aliased(Submission)
        accepted = (*self._of_files(told, is_cancellation=True), self._is_accepted(owner, told))
        own = (
            select(func.count())
            .select_from(told)
            .join(owner, owner.run_id == told.run_id)
            .where(told.run_id == submission.run_id, *accepted)
        )
        said = self._said(literal(submission.id), told.parent_row_number)
        by_others = (
            select(func.count(distinct(told.parent_row_number)))
            .join(owner, owner.run_id == told.run_id)
            .where(
                told.parent_run_id == submission.run_id,
                func.coalesce(said, AdviceState.ACCEPTED.value) == AdviceState.ACCEPTED.value,
                *accepted,
            )
        )
        return int(await self._session.scalar(own) or 0) + int(await self._session.scalar(by_others) or 0)

    def _of_files(
        self, told: type[SupplementalRecord], *, is_cancellation: bool
    ) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
        return (
            told.tenant_id == self.tenant,
            told.is_cancellation.is_(is_cancellation),
            told.is_reported.is_not(False),
        )

    def _is_accepted(self, submission: type[Submission], told: type[SupplementalRecord]) -> ColumnElement[bool]:
        named = func.jsonb_build_object(
            "submission_id", cast(submission.id, Text), "infers_accepted", literal(value=True)
        )
        concluded = exists().where(
            FeedbackFile.tenant_id == self.tenant,
            FeedbackFile.state == FeedbackState.APPLIED,
            FeedbackFile.totals.contains(func.jsonb_build_object("messages", func.jsonb_build_array(named))),
        )
        said = self._said(submission.id, told.row_number)
        takes_rest = or_(submission.unconfirmed_count == 0, concluded)
        return (
            submission.state.in_(ANSWERED)
            & func.coalesce(submission.file_status, "").not_in(UNPROCESSED)
            & func.coalesce(said == AdviceState.ACCEPTED.value, takes_rest)
        )

    def _said(self, submission_id: Uuids, row_number: Numbers) -> ColumnElement[str]:
        """The newest advice about a record, NULL where there is none."""
        advice = aliased(RecordAdvice)
        newest = select(advice.state).where(
            advice.tenant_id == self.tenant, advice.submission_id == submission_id, advice.row_number == row_number
        )
        return newest.order_by(advice.feedback_id.desc(), advice.position.desc()).limit(1).scalar_subquery()
