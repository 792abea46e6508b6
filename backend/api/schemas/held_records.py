"""Held records."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backend.domain.eligibility import HeldRecordState
from backend.services.held_records import MAX_IDS, HandDecision

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class HeldRecordAnswer(BaseModel):
    """A record that a run held: why, since when, and what has become of it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    run_id: UUID
    report_id: UUID
    report_name: str
    reporting_date: date
    row_number: int
    record_key: str | None
    code: str
    reason: str
    state: HeldRecordState
    held_at: datetime
    looked_at: datetime | None = Field(description="When it was last looked at again.")
    decided_at: datetime | None
    decided_by: str | None = Field(description="Who decided; None where new reference data did.")
    note: str | None = Field(description="Why it was released or excluded.")
    supplemental_run_id: UUID | None = Field(description="The run that reports it.")


class HeldRecordCount(BaseModel):
    """Held records in one state; ``is_more`` when there are more than ``count``."""

    state: HeldRecordState
    count: int
    is_more: bool


class HeldRecordCounts(BaseModel):
    """Held records by state, every state named."""

    items: list[HeldRecordCount]


class HeldRecordDecide(BaseModel):
    """What a person decides about some records, and why."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_IDS)]
    decision: HandDecision
    reason: Reason


class HeldRecordsDecided(BaseModel):
    """How many records were decided about."""

    count: int


class HeldRecordReview(BaseModel):
    """Whose held records are to be looked at again: those of a report, or of all."""

    model_config = ConfigDict(extra="forbid")

    report_id: UUID | None = None


class HeldRecordReport(BaseModel):
    """Of which run the released records are to be reported."""

    model_config = ConfigDict(extra="forbid")

    run_id: UUID


class HeldRecordsReported(BaseModel):
    """The supplemental run that reports them, and how many they are."""

    run_id: UUID
    records: int


class HeldRecordReviewAsked(BaseModel):
    """In how many runs something waits that is looked at within a minute."""

    runs: int
