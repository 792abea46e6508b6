"""Submissions of runs: prepared where a run hands over, sent with its deliveries, settled by the regulator's answers.

The functions run in the caller's transaction. Whoever changes a submission holds its row lock; a parent is locked after
its correction, never before, so that two answers at once do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportId, RunId, TenantId, new_id
from backend.domain.message_identifiers import identifier_of_file
from backend.domain.reports.document import ReportDocument, SubmissionApproval
from backend.domain.reports.outputs import OutputFormat
from backend.domain.runs import RunKind
from backend.domain.submissions import (
    UNPROCESSED,
    UNSENT,
    RecordCounts,
    SubmissionAction,
    SubmissionEnvironment,
    SubmissionHold,
    SubmissionKind,
    SubmissionState,
    check_counts,
    is_late,
    kind_of,
    settled_state,
)
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.run import Run
from backend.persistence.models.submission import Submission, SubmissionFile
from backend.persistence.repositories.artifacts import ArtifactRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.settled_records import SettledRecordRepository
from backend.persistence.repositories.submissions import SubmissionRepository
from backend.services.announcements import announce_rejection, announce_submission_waiting
from backend.services.deadlines import deadline_of
from backend.services.message_identifiers import message_identifier
from backend.services.routing import environment_told, route_files
from backend.services.submission_history import THE_REGULATOR, StepTaken, SubmissionHistory


class SubmissionNotFound(OpenRegError):
    """There is no such submission."""

    code: ClassVar[str] = "submission_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


async def prepare_submission(
    session: AsyncSession,
    tenant: TenantId,
    run: Run,
    document: ReportDocument,
    at: datetime,
    *,
    released_by: UUID | None = None,
) -> Submission | None:
    """The submission of a run that hands over its files; None where no regulator is told.

    That is without a pack, without a file, and where routes submit files, but none of this run.
    It is held where a second person has to approve it, and where the day has an original that is not void: nothing is
    delivered then. Prepared a second time it is the one there is.
    """
    artifacts = await ArtifactRepository(session, tenant).of_run(RunId(run.id))
    if document.pack is None or not artifacts:
        return None
    routing = await route_files(session, tenant, run, document, artifacts)
    artifacts = routing.submitted
    if not artifacts:
        return None
    submissions = SubmissionRepository(session, tenant)
    known = await submissions.find_of_run(run.id)
    if known is not None:
        return known
    submission = await _new(session, tenant, run, at, released_by)
    submission.environment = await environment_told(session, tenant, routing)
    submission.needs_approval = document.submission.approval is SubmissionApproval.FOUR_EYES
    submission.hold = _first_hold(submission)
    original = None
    if submission.kind == SubmissionKind.ORIGINAL:
        await submissions.lock_day(run.report_id, run.reporting_date)
        original = await submissions.find_standing_original(
            run.report_id, run.reporting_date, str(submission.environment)
        )
        if original is not None:
            submission.hold = SubmissionHold.DUPLICATE
    submissions.add(submission)
    await submissions.flush()
    for artifact in artifacts:
        submissions.add(_file(submission, run, artifact, document))
    history = SubmissionHistory(session, tenant)
    await history.record(submission, StepTaken(SubmissionAction.PREPARED, details=_files_as_said(artifacts)), at)
    if submission.hold != SubmissionHold.NONE:
        other = {} if original is None else {"submission_id": str(original.id), "reference": original.reference}
        step = StepTaken(SubmissionAction.HELD, details={"hold": str(submission.hold), **other})
        await history.record(submission, step, at)
        await announce_submission_waiting(session, tenant, submission, at)
    return submission


async def submission_of_message(session: AsyncSession, tenant: TenantId, message_id: str) -> Submission | None:
    """The submission that an answer names by its message identifier, or by the name of a file; None: it is not ours."""
    return await SubmissionRepository(session, tenant).find_of_message(message_id)


async def mark_sent(session: AsyncSession, tenant: TenantId, run_id: UUID, artifact_id: UUID, at: datetime) -> None:
    """A file of a run's submission has arrived; with the last of them the submission is sent.

    An answer may have been quicker: the submission is further then and stays where it is.
    """
    submissions, history = SubmissionRepository(session, tenant), SubmissionHistory(session, tenant)
    submission = await submissions.find_of_run(run_id, for_update=True)
    if submission is None:
        return
    for file in await submissions.files(submission.id):
        if file.artifact_id == artifact_id and file.sent_at is None:
            file.sent_at = at
            details = {"artifact_id": str(artifact_id), "file_name": file.file_name}
            await history.record(submission, StepTaken(SubmissionAction.FILE_SENT, details=details), at)
    is_sent_again = submission.state == SubmissionState.REJECTED and submission.file_status in UNPROCESSED
    if (submission.state in UNSENT or is_sent_again) and await submissions.is_delivered(run_id):
        submission.file_status = None
        await _send(history, submission, StepTaken(SubmissionAction.SENT), at)


async def settle(
    session: AsyncSession,
    tenant: TenantId,
    submission_id: UUID,
    counts: RecordCounts,
    at: datetime,
    *,
    file_status: str,
) -> Submission:
    """What the regulator has said so far of a submission, as a whole: its state follows, and that of what it corrects.

    An answer to files whose arrival was not seen, because a person carried them, says that they were sent. The same
    answer once more changes nothing. Raises SubmissionNotFound, RecordCountsContradictory, SubmissionTransitionRefused
    for one that was withdrawn.
    """
    submissions, history = SubmissionRepository(session, tenant), SubmissionHistory(session, tenant)
    submission = await submissions.find_for_update(submission_id)
    if submission is None:
        raise SubmissionNotFound
    check_counts(counts, submission.record_count)
    if submission.state in UNSENT:
        step = StepTaken(SubmissionAction.SENT, "The regulator has answered.", actor=THE_REGULATOR)
        submission.hold = SubmissionHold.NONE
        await _send(history, submission, step, at)
    settlement = _Settlement(session, tenant, at)
    if (submission.counts, submission.file_status) == (counts, file_status):
        # As many as before, but it may be other records that are accepted.
        await settlement.move_corrected(submission)
        return submission
    submission.counts, submission.file_status = counts, file_status
    await settlement.move(submission)
    return submission


@dataclass(frozen=True, slots=True)
class _Settlement:
    """Moves a submission to the state of its counts, and with it those that it corrects."""

    session: AsyncSession
    tenant: TenantId
    at: datetime

    async def move(self, submission: Submission) -> None:
        before = SubmissionState(submission.state)
        after = await self._state(submission)
        if after is not before:
            submission.move_to(after)
        submission.settled_at = None if after is SubmissionState.ACKNOWLEDGED else self.at
        counts = submission.counts
        said = {
            "file_status": submission.file_status,
            "accepted": counts.accepted,
            "pending": counts.pending,
            "rejected": counts.rejected,
            "unconfirmed": counts.unconfirmed,
        }
        step = StepTaken(SubmissionAction.SETTLED, details=said, actor=THE_REGULATOR)
        await SubmissionHistory(self.session, self.tenant).record(submission, step, self.at, before)
        if after is not before and after in {SubmissionState.REJECTED, SubmissionState.PARTIALLY_ACCEPTED}:
            announce_rejection(self.session, self.tenant, submission, self.at)
        await self.move_corrected(submission)

    async def move_corrected(self, correction: Submission) -> None:
        """Move what a correction settles: itself and earlier ones of the same records, then what they all correct.

        Locks are taken from the newest to the oldest, whoever asks for them.
        """
        if correction.parent_submission_id is None:
            return
        for one in await SettledRecordRepository(self.session, self.tenant).corrections_until(correction):
            await self._correct(one, correction)
        parent = await self._correct(correction.parent_submission_id, correction)
        if parent is not None:
            await self.move_corrected(parent)

    async def _correct(self, submission_id: UUID, correction: Submission) -> Submission | None:
        """The submission where its state has changed."""
        found = await SubmissionRepository(self.session, self.tenant).find_for_update(submission_id)
        if found is None or found.file_status is None:
            return None
        before, after = SubmissionState(found.state), await self._state(found)
        if after is before:
            return None
        found.move_to(after)
        step = StepTaken(
            SubmissionAction.CORRECTED, details={"by": str(correction.id), "reference": correction.reference}
        )
        await SubmissionHistory(self.session, self.tenant).record(found, step, self.at, before)
        return found

    async def _state(self, submission: Submission) -> SubmissionState:
        counts = submission.counts
        records = SettledRecordRepository(self.session, self.tenant)
        settled = await records.count_settled(submission) if counts.rejected else 0
        return settled_state(counts, submission.file_status or "", settled)


async def _send(history: SubmissionHistory, submission: Submission, step: StepTaken, at: datetime) -> None:
    before = submission.move_to(SubmissionState.SENT)
    submission.sent_at = at
    submission.is_late = is_late(submission.due_at, at, at)
    await history.record(submission, step, at, before)


async def _new(session: AsyncSession, tenant: TenantId, run: Run, at: datetime, released_by: UUID | None) -> Submission:
    submissions = SubmissionRepository(session, tenant)
    report = await ReportRepository(session, tenant).find(ReportId(run.report_id))
    is_supplemental = run.kind == RunKind.SUPPLEMENTAL
    cancellations = await submissions.count_cancellations(run.id) if is_supplemental else 0
    parent = await submissions.find_of_run(run.parent_run_id) if run.parent_run_id is not None else None
    return Submission(
        id=new_id(),
        tenant_id=tenant,
        report_id=run.report_id,
        run_id=run.id,
        parent_submission_id=None if parent is None else parent.id,
        reporting_date=run.reporting_date,
        kind=kind_of(is_supplemental=is_supplemental, records=run.rows_out, cancellations=cancellations),
        reference=f"{report.slug if report else 'report'}-{run.reporting_date:%Y%m%d}-{run.sequence}",
        state=SubmissionState.PREPARED,
        hold=SubmissionHold.NONE,
        environment=SubmissionEnvironment.PRODUCTION,
        record_count=run.rows_out,
        cancellation_count=cancellations,
        accepted_count=0,
        pending_count=0,
        rejected_count=0,
        unconfirmed_count=run.rows_out,
        due_at=await deadline_of(session, tenant, run.report_id, run.reporting_date),
        is_late=False,
        started_by=run.created_by,
        released_by=released_by,
        revision=1,
        created_at=at,
        updated_at=at,
    )


def _first_hold(submission: Submission) -> SubmissionHold:
    return SubmissionHold.APPROVAL if submission.needs_approval else SubmissionHold.NONE


def _file(submission: Submission, run: Run, artifact: Artifact, document: ReportDocument) -> SubmissionFile:
    output = document.outputs[artifact.output_number]
    is_message = output.format is OutputFormat.XML and output.xml is None
    return SubmissionFile(
        submission_id=submission.id,
        tenant_id=submission.tenant_id,
        artifact_id=artifact.id,
        message_id=identifier_of_file(message_identifier(run), artifact.file_number) if is_message else artifact.name,
        file_name=artifact.name,
    )


def _files_as_said(artifacts: Sequence[Artifact]) -> dict[str, object]:
    return {"files": [{"name": one.name, "sha256": one.sha256, "records": one.records} for one in artifacts]}
