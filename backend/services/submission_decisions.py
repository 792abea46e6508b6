"""What people decide about a submission before it goes out: that it may, that it may although the day has one, or not.

What is sent cannot be taken back: whoever lets a submission out names it by its reference, so that it is that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, etag_of
from backend.core.ids import ReportVersionId, RunId
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.submissions import SubmissionAction, SubmissionHold, SubmissionState
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.deliveries import DeliveryRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.repositories.submissions import SubmissionRepository
from backend.services.announcements import announce_submission_waiting
from backend.services.hand_over import write_deliveries
from backend.services.reports import read_document
from backend.services.runs import RunNotFound
from backend.services.scope import TenantScope
from backend.services.submission_history import StepTaken, SubmissionHistory
from backend.services.submissions import SubmissionNotFound
from backend.services.wakeups import Wakeups


class SubmissionNotHeld(OpenRegError):
    """The submission does not wait for this decision."""

    code: ClassVar[str] = "submission_not_held"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class SubmissionReferenceMismatch(OpenRegError):
    """The reference that was typed is not that of the submission."""

    code: ClassVar[str] = "submission_reference_mismatch"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class StarterMayNotApprove(OpenRegError):
    """Who started or released a run may not be the one who approves its submission."""

    code: ClassVar[str] = "starter_may_not_approve"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


class SubmissionHandedOver(OpenRegError):
    """The files of the submission are on their way or have arrived."""

    code: ClassVar[str] = "submission_handed_over"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class SubmissionDecisions:
    """Decisions about submissions of a tenant, taken by one person."""

    scope: TenantScope
    wakeups: Wakeups

    async def approve(self, submission_id: UUID, reference: str, seen: Precondition) -> Submission:
        """Let a submission out that somebody else has started; its files are delivered.

        Raises SubmissionNotFound, PreconditionFailed, SubmissionNotHeld, SubmissionReferenceMismatch,
        StarterMayNotApprove.
        """
        async with self.scope.transaction() as session:
            submission = await self._held(session, submission_id, SubmissionHold.APPROVAL, seen)
            if not may_approve(submission, self.scope.user_id):
                raise StarterMayNotApprove(fix="Ask a colleague to approve it.")
            _check_reference(submission, reference)
            submission.hold = SubmissionHold.NONE
            submission.approved_by, submission.approved_at = self.scope.user_id, self.scope.now()
            before = submission.move_to(SubmissionState.APPROVED)
            await self._record(session, submission, SubmissionAction.APPROVED, before=before)
            await self._audit(session, submission, AuditAction.SUBMISSION_APPROVED)
            await self._deliver(session, submission)
        self._wake()
        return submission

    async def override(self, submission_id: UUID, reference: str, reason: str, seen: Precondition) -> Submission:
        """Let a second original of a day go on, and say why; where four eyes are wanted it waits for the second pair.

        Raises SubmissionNotFound, PreconditionFailed, SubmissionNotHeld, SubmissionReferenceMismatch.
        """
        async with self.scope.transaction() as session:
            submission = await self._held(session, submission_id, SubmissionHold.DUPLICATE, seen)
            _check_reference(submission, reference)
            submission.overridden_by, submission.override_reason = self.scope.user_id, reason
            submission.hold = SubmissionHold.APPROVAL if submission.needs_approval else SubmissionHold.NONE
            await self._record(session, submission, SubmissionAction.OVERRIDDEN, reason)
            await self._audit(session, submission, AuditAction.SUBMISSION_OVERRIDDEN, reason)
            if submission.hold == SubmissionHold.APPROVAL:
                await announce_submission_waiting(session, self.scope.tenant, submission, self.scope.now())
            else:
                await self._deliver(session, submission)
        self._wake()
        return submission

    async def withdraw(self, submission_id: UUID, reason: str, seen: Precondition) -> Submission:
        """Say that a submission is never sent, and why. What it tells of its day no longer stands in another's way.

        Raises SubmissionNotFound, PreconditionFailed, SubmissionTransitionRefused, SubmissionHandedOver.
        """
        async with self.scope.transaction() as session:
            submission = await self._locked(session, submission_id, seen)
            before = submission.move_to(SubmissionState.WITHDRAWN)
            if await DeliveryRepository(session, self.scope.tenant).listed_of_run(RunId(submission.run_id)):
                raise SubmissionHandedOver(fix="Correct or cancel its records once the regulator has answered.")
            submission.hold, submission.withdrawn_reason = SubmissionHold.NONE, reason
            await self._record(session, submission, SubmissionAction.WITHDRAWN, reason, before)
            await self._audit(session, submission, AuditAction.SUBMISSION_WITHDRAWN, reason)
        self.wakeups.webhooks(self.scope.tenant)
        return submission

    async def _locked(self, session: AsyncSession, submission_id: UUID, seen: Precondition) -> Submission:
        found = await SubmissionRepository(session, self.scope.tenant).find_for_update(submission_id)
        if found is None:
            raise SubmissionNotFound
        seen.check(submission_etag(found))
        return found

    async def _held(
        self, session: AsyncSession, submission_id: UUID, hold: SubmissionHold, seen: Precondition
    ) -> Submission:
        submission = await self._locked(session, submission_id, seen)
        if submission.hold != hold:
            raise SubmissionNotHeld(f"It is {submission.state}, and its hold is {submission.hold}.")
        return submission

    async def _record(
        self,
        session: AsyncSession,
        submission: Submission,
        action: SubmissionAction,
        note: str = "",
        before: SubmissionState | None = None,
    ) -> None:
        actor = self.scope.actor
        step = StepTaken(action, note, actor=actor.label, actor_id=actor.user_id)
        await SubmissionHistory(session, self.scope.tenant).record(submission, step, self.scope.now(), before)

    async def _audit(
        self, session: AsyncSession, submission: Submission, action: AuditAction, note: str | None = None
    ) -> None:
        after = {"state": str(submission.state), "hold": str(submission.hold), "run_id": submission.run_id}
        await self.scope.audit(session).record(action, submission_subject(submission), after=after, note=note)

    async def _deliver(self, session: AsyncSession, submission: Submission) -> None:
        run = await RunRepository(session, self.scope.tenant).find(RunId(submission.run_id))
        if run is None:
            raise RunNotFound
        version = await ReportRepository(session, self.scope.tenant).find_version(
            ReportVersionId(run.report_version_id)
        )
        if version is None:
            raise RunNotFound
        document = read_document(dict(version.document))
        await write_deliveries(session, self.scope.tenant, run, document, self.scope.now())

    def _wake(self) -> None:
        self.wakeups.deliveries()
        self.wakeups.webhooks(self.scope.tenant)


def may_approve(submission: Submission, user_id: UUID) -> bool:
    """Whether somebody is a second pair of eyes: neither who started the run nor who released it."""
    return user_id not in {submission.started_by, submission.released_by}


def submission_etag(submission: Submission) -> str:
    """The state of a submission."""
    return etag_of(submission.id, submission.revision)


def submission_subject(submission: Submission) -> AuditSubject:
    """A submission as the audit trail names it."""
    return AuditSubject("submission", submission.id, submission.reference)


def _check_reference(submission: Submission, reference: str) -> None:
    if reference.strip() != submission.reference:
        raise SubmissionReferenceMismatch(fix="Type the reference of the submission exactly as it is shown.")
