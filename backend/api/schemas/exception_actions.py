"""What is asked of exceptions, and what comes of it: assignments, decisions, amendments, resubmissions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from backend.api.schemas.exceptions import RecordFindingAnswer
from backend.domain.exceptions import MAX_TOGETHER, AmendmentFrame, ExceptionState, ResubmissionAction
from backend.persistence.models.exception import RunException
from backend.pipeline.trial import RowOutcome
from backend.services.exception_amendments import AmendedRecord, Change
from backend.services.exception_resubmission import Resubmission
from backend.services.exceptions import Assignment, Chosen

Comment = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
ColumnName = Annotated[str, Field(min_length=1, max_length=200)]
MAX_VALUE = 10_000


class ExceptionChoice(BaseModel):
    """An exception, and the revision of it that was seen; without one, whatever it is now."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    revision: int | None = Field(default=None, ge=1)

    def chosen(self) -> Chosen:
        """The choice as the service takes it."""
        return Chosen(self.id, self.revision)


class ExceptionAssignment(ExceptionChoice):
    """Who is to have an exception, null for nobody."""

    assignee_id: UUID | None


Choices = Annotated[list[ExceptionChoice], Field(min_length=1, max_length=MAX_TOGETHER)]


class _ManyChosen(BaseModel):
    model_config = ConfigDict(extra="forbid")

    items: Choices

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        if len({one.id for one in self.items}) != len(self.items):
            raise ValueError("an exception is named twice")
        return self

    def chosen(self) -> list[Chosen]:
        """The choices as the services take them."""
        return [one.chosen() for one in self.items]


class ExceptionAssign(BaseModel):
    """Exceptions and who is to have them. Sending back what the answer lists undoes it."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[ExceptionAssignment], Field(min_length=1, max_length=MAX_TOGETHER)]

    def assignments(self) -> list[Assignment]:
        """The assignments as the service takes them."""
        return [Assignment(one.chosen(), one.assignee_id) for one in self.items]


class ExceptionAssignedAnswer(BaseModel):
    """Who had the exceptions before: those that changed hands, with their revision now."""

    before: list[ExceptionAssignment]

    @classmethod
    def of(cls, before: Collection[Assignment]) -> Self:
        """What undoes the assignment."""
        return cls(
            before=[
                ExceptionAssignment(id=one.chosen.id, revision=one.chosen.revision, assignee_id=one.assignee_id)
                for one in before
            ]
        )


class ExceptionComment(BaseModel):
    """What is said about an exception."""

    model_config = ConfigDict(extra="forbid")

    text: Comment


class ExceptionDue(_ManyChosen):
    """When exceptions are to be dealt with."""

    due_at: AwareDatetime
    comment: str = Field(default="", max_length=2000)


class ExceptionDecision(_ManyChosen):
    """Exceptions, and why they are accepted, rejected or taken up again."""

    comment: Comment


class AcceptanceDecision(_ManyChosen):
    """Whether acceptances that somebody else has asked for are agreed to."""

    is_approved: bool
    comment: str = Field(default="", max_length=2000)


class ExceptionChangedAnswer(BaseModel):
    """An exception after a change: its state, and the revision to send with the next one."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: ExceptionState
    revision: int
    due_at: datetime
    proposed_by: UUID | None


class ExceptionsChangedAnswer(BaseModel):
    """Exceptions after a change."""

    items: list[ExceptionChangedAnswer]

    @classmethod
    def of(cls, changed: Collection[RunException]) -> Self:
        """The exceptions as they are now."""
        return cls(items=[ExceptionChangedAnswer.model_validate(one) for one in changed])


class ExceptionDelta(BaseModel):
    """A value and what it is to become: texts of the column's type; null is NULL, an empty text is not."""

    model_config = ConfigDict(extra="forbid")

    frame: AmendmentFrame
    column: ColumnName
    old: str | None = Field(max_length=MAX_VALUE)
    new: str | None = Field(max_length=MAX_VALUE)

    def change(self) -> Change:
        """The change as the service takes it."""
        return Change(self.frame, self.column, new=self.new, old=self.old, is_old_known=True)


class ExceptionAmend(BaseModel):
    """What is changed in one record, and why."""

    model_config = ConfigDict(extra="forbid")

    changes: Annotated[list[ExceptionDelta], Field(min_length=1, max_length=100)]
    reason: Comment


class ExceptionBulkChange(BaseModel):
    """What a column is to hold in all records: the same text (null for NULL), or what an expression gives in each."""

    model_config = ConfigDict(extra="forbid")

    frame: AmendmentFrame
    column: ColumnName
    new: str | None = Field(default=None, max_length=MAX_VALUE)
    expression: str | None = Field(default=None, min_length=1, max_length=MAX_VALUE)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if ("new" in self.model_fields_set) == (self.expression is not None):
            raise ValueError("give either new or expression")
        return self

    def change(self) -> Change:
        """The change as the service takes it."""
        return Change(self.frame, self.column, new=self.new, expression=self.expression)


class ExceptionBulkPreview(_ManyChosen):
    """Records and what is to be changed in all of them."""

    changes: Annotated[list[ExceptionBulkChange], Field(min_length=1, max_length=100)]


class ExceptionBulkAmend(ExceptionBulkPreview):
    """Records, what is changed in all of them, and why."""

    reason: Comment


class ChangedValueAnswer(BaseModel):
    """One value of one record, before and after."""

    model_config = ConfigDict(from_attributes=True)

    frame: AmendmentFrame
    column: str
    old: str | None
    new: str | None


class AmendedRecordAnswer(BaseModel):
    """A record with its changes: what is found about it before and after."""

    id: UUID
    run_id: UUID
    row_number: int
    record_key: str | None
    revision: int
    changes: list[ChangedValueAnswer]
    outcome_before: RowOutcome
    outcome_after: RowOutcome
    findings_before: list[RecordFindingAnswer]
    findings_after: list[RecordFindingAnswer]

    @classmethod
    def of(cls, one: AmendedRecord) -> Self:
        """The record as it would be, or is."""
        return cls(
            id=one.exception.id,
            run_id=one.exception.run_id,
            row_number=one.exception.row_number,
            record_key=one.exception.record_key,
            revision=one.exception.revision,
            changes=[ChangedValueAnswer.model_validate(value) for value in one.values],
            outcome_before=one.before.outcome,
            outcome_after=one.after.outcome,
            findings_before=[RecordFindingAnswer.of(finding, None) for finding in one.before.findings],
            findings_after=[RecordFindingAnswer.of(finding, None) for finding in one.after.findings],
        )


class AmendedRecordsAnswer(BaseModel):
    """Records with their changes, in the order asked for."""

    items: list[AmendedRecordAnswer]

    @classmethod
    def of(cls, records: Collection[AmendedRecord]) -> Self:
        """All of them."""
        return cls(items=[AmendedRecordAnswer.of(one) for one in records])


class ExceptionResubmit(_ManyChosen):
    """Exceptions whose records are to be reported.

    Without an action a record that was reported is cancelled and then reported anew; any other is reported.
    """

    action: ResubmissionAction | None = None


class ResubmissionAnswer(BaseModel):
    """A supplemental run: how many exceptions it took, and by which version of the report it reports them."""

    run_id: UUID
    parent_run_id: UUID | None
    sequence: int
    exceptions: int
    version: str
    newest_version: str | None = Field(description="The active version where it is another one.")

    @classmethod
    def of(cls, one: Resubmission) -> Self:
        """The run as it waits."""
        return cls(
            run_id=one.run.id,
            parent_run_id=one.run.parent_run_id,
            sequence=one.run.sequence,
            exceptions=one.exceptions,
            version=one.version,
            newest_version=one.newest_version,
        )


class ResubmissionsAnswer(BaseModel):
    """One supplemental run for each run that the exceptions come from."""

    items: list[ResubmissionAnswer]


class ReportedRecordCorrection(BaseModel):
    """Why a record that was reported has to be corrected."""

    model_config = ConfigDict(extra="forbid")

    reason: Comment
