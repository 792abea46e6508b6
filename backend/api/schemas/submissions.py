"""Submissions, and what is shown beside them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.api.schemas.deliveries import DeliveryAnswer
from backend.domain.submissions import (
    SubmissionAction,
    SubmissionEnvironment,
    SubmissionHold,
    SubmissionKind,
    SubmissionState,
)
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.submission import Submission, SubmissionFile
from backend.persistence.repositories.submission_lists import ListedSubmission
from backend.services.submission_lists import SubmissionView
from backend.services.submission_rejections import Rejection

Reason = Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"\S")]


class SubmissionApprove(BaseModel):
    """The reference as it was typed: what is sent cannot be taken back."""

    model_config = ConfigDict(extra="forbid")

    reference: str = Field(min_length=1, max_length=200)


class SubmissionOverride(SubmissionApprove):
    """Why the day has a second original."""

    reason: Reason


class SubmissionWithdraw(BaseModel):
    """Why it is never sent."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class SubmissionCounts(BaseModel):
    """Records, and what the regulator has said of them; ``unconfirmed`` are those it has said nothing of."""

    records: int
    accepted: int
    pending: int
    rejected: int
    unconfirmed: int

    @classmethod
    def of(cls, one: Submission) -> SubmissionCounts:
        """The counts as they are now."""
        return cls(
            records=one.record_count,
            accepted=one.accepted_count,
            pending=one.pending_count,
            rejected=one.rejected_count,
            unconfirmed=one.unconfirmed_count,
        )


class SubmissionAnswer(BaseModel):
    """A submission as it stands in lists."""

    id: UUID
    report_id: UUID
    report_name: str
    run_id: UUID
    parent_submission_id: UUID | None = Field(description="The submission whose records it corrects or adds to.")
    reporting_date: date
    kind: SubmissionKind
    reference: str
    state: SubmissionState
    hold: SubmissionHold = Field(description="Why it does not go out.")
    environment: SubmissionEnvironment
    counts: SubmissionCounts
    file_status: str | None = Field(description="The regulator's last word about the files.")
    due_at: datetime | None
    is_late: bool = Field(description="Sent after it was due, or due and not sent.")
    sent_at: datetime | None
    settled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    revision: int

    @classmethod
    def of(cls, listed: ListedSubmission, now: datetime) -> SubmissionAnswer:
        """The submission as it is at a time."""
        return cls(**_shown(listed, now))


class SubmissionStateCount(BaseModel):
    """Submissions in one state; ``is_more`` when there are more than ``count``."""

    state: SubmissionState
    count: int
    is_more: bool


class SubmissionStateCounts(BaseModel):
    """Submissions by state, every state named."""

    items: list[SubmissionStateCount]


class RejectionAnswer(BaseModel):
    """A rule of the regulator, in its words, and how many records it rejects."""

    rule_id: str | None = Field(description="None where the regulator names no rule.")
    text: str | None
    field: str | None = Field(description="Our name of the field that it is about.")
    records: int

    @classmethod
    def of(cls, one: Rejection) -> RejectionAnswer:
        """The rejections by a rule."""
        return cls(rule_id=one.rule_id, text=one.text, field=one.field.name if one.field else None, records=one.records)


class RejectionsAnswer(BaseModel):
    """Rejected records by rule, the most frequent first."""

    items: list[RejectionAnswer]


class CompletenessAnswer(BaseModel):
    """Records of a day, each counted once over the original, its corrections and its cancellations."""

    model_config = ConfigDict(from_attributes=True)

    expected: int = Field(description="Rows that have to be reported: all but those filtered out or excluded.")
    reported: int = Field(description="Told to the regulator.")
    accepted: int
    pending: int
    rejected: int = Field(description="Rejected, and not settled by an accepted correction.")
    unreported: int


class SubmissionFileAnswer(BaseModel):
    """A file of a submission; the regulator's answer names it by ``message_id``."""

    artifact_id: UUID
    file_name: str
    message_id: str
    size_bytes: int
    sha256: str
    records: int
    schema_status: str
    sent_at: datetime | None

    @classmethod
    def of(cls, file: SubmissionFile, artifact: Artifact) -> SubmissionFileAnswer:
        """The file as it is now."""
        return cls(
            artifact_id=artifact.id,
            file_name=file.file_name,
            message_id=file.message_id,
            size_bytes=artifact.size_bytes,
            sha256=artifact.sha256,
            records=artifact.records,
            schema_status=artifact.schema_status,
            sent_at=file.sent_at,
        )


class SubmissionEventAnswer(BaseModel):
    """One step of the history; ``hash`` is over it and the step before."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    action: SubmissionAction
    from_state: SubmissionState | None
    to_state: SubmissionState
    note: str
    details: dict[str, JsonValue]
    actor: str
    at: datetime
    hash: str


class SubmissionDetailAnswer(SubmissionAnswer):
    """A submission with its files, deliveries, day and history."""

    started_by: str
    released_by: str | None
    approved_by: str | None
    approved_at: datetime | None
    overridden_by: str | None
    override_reason: str | None
    withdrawn_reason: str | None
    needs_approval: bool
    may_approve: bool = Field(description="Whether the caller is neither who started the run nor who released it.")
    cancellation_count: int
    files: list[SubmissionFileAnswer]
    deliveries: list[DeliveryAnswer]
    day: list[SubmissionAnswer] = Field(description="All submissions of the report for the day, oldest first.")
    completeness: CompletenessAnswer
    history: list[SubmissionEventAnswer]
    is_history_whole: bool = Field(description="Whether the history is as it was written.")

    @classmethod
    def of_view(cls, view: SubmissionView, now: datetime) -> SubmissionDetailAnswer:
        """The submission as it is at a time."""
        one, people = view.listed.submission, view.people
        return cls(
            **_shown(view.listed, now),
            started_by=people.get(one.started_by, ""),
            released_by=None if one.released_by is None else people.get(one.released_by, ""),
            approved_by=None if one.approved_by is None else people.get(one.approved_by, ""),
            approved_at=one.approved_at,
            overridden_by=None if one.overridden_by is None else people.get(one.overridden_by, ""),
            override_reason=one.override_reason,
            withdrawn_reason=one.withdrawn_reason,
            needs_approval=one.needs_approval,
            may_approve=view.may_approve,
            cancellation_count=one.cancellation_count,
            files=[SubmissionFileAnswer.of(file, artifact) for file, artifact in view.files],
            deliveries=[DeliveryAnswer.of(each) for each in view.deliveries],
            day=[SubmissionAnswer.of(each, now) for each in view.day],
            completeness=CompletenessAnswer.model_validate(view.completeness),
            history=[SubmissionEventAnswer.model_validate(each) for each in view.events],
            is_history_whole=view.is_history_whole,
        )


def _shown(listed: ListedSubmission, now: datetime) -> dict[str, Any]:
    one = listed.submission
    own = {"report_name", "counts", "is_late"}
    return {
        **{name: getattr(one, name) for name in SubmissionAnswer.model_fields if name not in own},
        "report_name": listed.report_name,
        "counts": SubmissionCounts.of(one),
        "is_late": one.is_late_at(now),
    }
