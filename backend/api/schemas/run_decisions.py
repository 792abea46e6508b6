"""Decisions about the eligibility of a run's records."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from backend.domain.reports.document import DecisionKind


class DecisionCountAnswer(BaseModel):
    """A decision of the report, and for how many records it holds."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    decision: DecisionKind
    reason: str
    count: int


class DecisionCountList(BaseModel):
    """Every decision that holds for some record."""

    items: list[DecisionCountAnswer]


class RecordDecisionAnswer(BaseModel):
    """What was decided about a record that the filter selects."""

    model_config = ConfigDict(from_attributes=True)

    row_number: int
    record_key: str | None
    decision: DecisionKind
    code: str | None = Field(description="None where no decision holds: the record is reported.")
