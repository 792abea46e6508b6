"""What differs between two documents of a report."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.domain.reports.compare import ChangeKind, DocumentDiff, LineKind
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.models.report import ReportVersion
from backend.services.report_compare import Comparison


class PartChangeAnswer(BaseModel):
    """A part under its name, before and after; of a ``moved`` field its places, counted from 1."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    kind: ChangeKind
    before: JsonValue
    after: JsonValue


class LineAnswer(BaseModel):
    """A line of the query with its number before and after."""

    model_config = ConfigDict(from_attributes=True)

    kind: LineKind
    text: str
    old_number: int | None
    new_number: int | None


class QueryChangeAnswer(BaseModel):
    """The source query, line by line."""

    model_config = ConfigDict(from_attributes=True)

    kind: ChangeKind
    lines: list[LineAnswer]


class DocumentDiffAnswer(BaseModel):
    """Everything that differs, in the words of a report."""

    is_empty: bool
    is_formatting_only: bool = Field(description="Only the form of SQL differs: what runs is the same.")
    fields: list[PartChangeAnswer]
    rules: list[PartChangeAnswer]
    eligibility: list[PartChangeAnswer] = Field(description="Decisions by their code.")
    query: QueryChangeAnswer | None
    inputs: list[PartChangeAnswer]
    join: QueryChangeAnswer | None
    parameters: list[PartChangeAnswer]
    outputs: list[PartChangeAnswer] = Field(description="Named by their number.")
    envelope: list[PartChangeAnswer]
    settings: list[PartChangeAnswer] = Field(description="Pack, connector, filter, policies, key, destinations.")

    @classmethod
    def of(cls, diff: DocumentDiff) -> DocumentDiffAnswer:
        """The difference as JSON."""
        lists = {
            name: [PartChangeAnswer.model_validate(one) for one in getattr(diff, name)]
            for name in ("fields", "rules", "eligibility", "inputs", "parameters", "outputs", "envelope", "settings")
        }
        return cls(
            is_empty=diff.is_empty,
            is_formatting_only=diff.is_formatting_only,
            query=QueryChangeAnswer.model_validate(diff.query) if diff.query else None,
            join=QueryChangeAnswer.model_validate(diff.join) if diff.join else None,
            **lists,
        )


class ComparedVersionAnswer(BaseModel):
    """One side of a comparison."""

    id: UUID
    number: str
    state: ReportVersionState

    @classmethod
    def of(cls, version: ReportVersion) -> ComparedVersionAnswer:
        """The version as it is now."""
        return cls(id=version.id, number=version.number, state=ReportVersionState(version.state))


class ComparisonAnswer(BaseModel):
    """``before`` is null when there is nothing to compare with, ``after`` is null for the working draft."""

    before: ComparedVersionAnswer | None
    after: ComparedVersionAnswer | None
    diff: DocumentDiffAnswer

    @classmethod
    def of(cls, comparison: Comparison) -> ComparisonAnswer:
        """Both sides and what differs."""
        before, after = comparison.before, comparison.after
        return cls(
            before=ComparedVersionAnswer.of(before) if before else None,
            after=ComparedVersionAnswer.of(after) if after else None,
            diff=DocumentDiffAnswer.of(comparison.diff),
        )
