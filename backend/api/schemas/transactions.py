"""What happened to a transaction."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.domain.submissions import RecordState, SubmissionState
from backend.services.transactions import TimelineKind, Transaction


class TimelineAnswer(BaseModel):
    """One thing that happened; ``what`` is the action or state in the words of its kind."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    kind: TimelineKind
    what: str
    actor: str
    note: str


class TransactionAnswer(BaseModel):
    """A record in one run, and what happened to it there, oldest first."""

    run_id: UUID
    report_id: UUID
    report_name: str
    reporting_date: date
    row_number: int
    record_key: str | None
    status: str | None = Field(description="What it says of itself: new or a cancellation.")
    is_reported: bool = Field(description="Whether it stands in the files of the run.")
    state: RecordState
    submission_id: UUID | None
    submission_reference: str | None
    submission_state: SubmissionState | None
    exception_id: UUID | None
    timeline: list[TimelineAnswer]

    @classmethod
    def of(cls, one: Transaction) -> TransactionAnswer:
        """The record as it is now."""
        run, submission, entry = one.searched.run, one.searched.submission, one.entry
        return cls(
            run_id=run.id,
            report_id=run.report_id,
            report_name=one.searched.report_name,
            reporting_date=run.reporting_date,
            row_number=one.row_number,
            record_key=one.record_key,
            status=None if entry is None else entry.status,
            is_reported=entry is not None,
            state=one.state,
            submission_id=None if submission is None else submission.id,
            submission_reference=None if submission is None else submission.reference,
            submission_state=None if submission is None else SubmissionState(submission.state),
            exception_id=None if one.exception is None else one.exception.id,
            timeline=[TimelineAnswer.model_validate(each) for each in one.timeline],
        )
