"""Feedback: what a regulator answered, as lists and pages show it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backend.domain.feedback import AdviceState, FeedbackFormat, FeedbackSource, FeedbackState
from backend.persistence.models.feedback import FeedbackFile, RecordAdvice
from backend.persistence.repositories.feedback import ListedFeedback

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class FeedbackCounts(BaseModel):
    """Records that a file lists, by what it says of them; orphans are of no record that was sent."""

    accepted: int = 0
    pending: int = 0
    received: int = 0
    rejected: int = 0
    unsent: int = 0
    orphans: int = 0

    @classmethod
    def of(cls, messages: list[FeedbackMessageAnswer]) -> Self:
        """The sums over all messages."""
        sums: dict[str, int] = {}
        for message in messages:
            for state, count in message.listed.items():
                sums[state.value] = sums.get(state.value, 0) + count
        return cls(**sums, orphans=sum(one.orphans for one in messages))


class RegulatorRuleAnswer(BaseModel):
    """A rule of the regulator, as it was given; ``field`` is our name of the field that it is about."""

    id: str
    text: str | None = None
    scheme: str | None = None
    issuer: str | None = None
    field: str | None = None


class FeedbackMessageAnswer(BaseModel):
    """What a file says of one message that was sent."""

    number: int
    message_id: str | None
    status: str | None = Field(description="The regulator's code for the whole message.")
    rules: list[RegulatorRuleAnswer]
    total: int | None = Field(description="Records that the regulator counts.")
    stated: dict[AdviceState, int] = Field(description="Records by state as the regulator counts them.")
    listed: dict[AdviceState, int] = Field(description="Records by state as the file lists them.")
    matched: int
    orphans: int
    submission_id: UUID | None
    infers_accepted: bool = Field(description="Whether records that are not listed count as accepted.")


class FeedbackAnswer(BaseModel):
    """A file of feedback."""

    id: UUID
    name: str
    state: FeedbackState
    format: FeedbackFormat | None
    source: FeedbackSource
    reason_code: str | None = Field(description="Why it was not applied, or not all of it.")
    reason: str | None
    file_status: str | None
    size_bytes: int
    sha256: str
    submission_id: UUID | None
    submission_reference: str | None
    destination_id: UUID | None
    counts: FeedbackCounts
    rows_done: int = Field(description="Records that have been read so far.")
    assign_reason: str | None = Field(description="Why somebody said which submission it is about.")
    received_at: datetime
    applied_at: datetime | None

    @classmethod
    def of(cls, one: ListedFeedback) -> Self:
        """A file as lists show it."""
        return cls(**_facts(one), counts=FeedbackCounts.of(_messages(one.file)))


class FeedbackDetailAnswer(FeedbackAnswer):
    """A file with what it says of each message."""

    messages: list[FeedbackMessageAnswer]
    sender: str | None
    receiver: str | None

    @classmethod
    def of(cls, one: ListedFeedback) -> Self:
        """A file as its page shows it."""
        messages, totals = _messages(one.file), one.file.totals
        sender, receiver = totals.get("sender"), totals.get("receiver")
        return cls(
            **_facts(one),
            counts=FeedbackCounts.of(messages),
            messages=messages,
            sender=None if sender is None else str(sender),
            receiver=None if receiver is None else str(receiver),
        )


class FeedbackReceived(BaseModel):
    """A file that was brought; ``is_new`` is false for bytes that are known."""

    id: UUID
    is_new: bool
    state: FeedbackState


class RecordAdviceAnswer(BaseModel):
    """What a file says of one record."""

    model_config = ConfigDict(from_attributes=True)

    position: int
    record_id: str
    row_number: int | None
    submission_id: UUID | None
    state: AdviceState
    code: str
    rules: list[RegulatorRuleAnswer]
    entity: str | None
    action: str | None
    reported_at: str | None
    exception_id: UUID | None = None

    @classmethod
    def of(cls, one: RecordAdvice, exception_id: UUID | None) -> Self:
        """An advice, and the exception of its record."""
        found = cls.model_validate(one)
        found.exception_id = exception_id
        return found


class RecordAdviceList(BaseModel):
    """A page of advices in the order of the file."""

    items: list[RecordAdviceAnswer]
    next_cursor: str | None


class FeedbackAssign(BaseModel):
    """Which submission a file is about, and how somebody knows."""

    model_config = ConfigDict(extra="forbid")

    submission_id: UUID
    reason: Reason


def _facts(one: ListedFeedback) -> dict[str, object]:
    names = FeedbackAnswer.model_fields.keys() - {"counts", "submission_reference"}
    return {**{name: getattr(one.file, name) for name in names}, "submission_reference": one.reference}


def _messages(file: FeedbackFile) -> list[FeedbackMessageAnswer]:
    messages = file.totals.get("messages")
    return [FeedbackMessageAnswer.model_validate(one) for one in messages] if isinstance(messages, list) else []
