"""Reconciliations: extracts, their comparison and what differs, as lists and pages show them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backend.domain.extract_mapping import ExtractMapping, ValueKind, kind_of
from backend.domain.reconciliation import (
    MAX_EXCEPTIONS_TOGETHER,
    MAX_TOGETHER,
    DifferenceKind,
    DifferenceState,
    ReconciliationStage,
    ReconciliationState,
    Standing,
)
from backend.domain.submissions import SubmissionEnvironment
from backend.persistence.models.reconciliation import Reconciliation, ReconciliationMapping
from backend.persistence.repositories.reconciliations import ListedReconciliation
from backend.services.difference_exceptions import OpenedExceptions
from backend.services.extract_preview import ExtractPreview
from backend.services.reconciliations import DetailedReconciliation, ShownDifference

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Positions = Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=MAX_TOGETHER)]


class ReconciliationCountsAnswer(BaseModel):
    """Records of both sides, and how they compare."""

    model_config = ConfigDict(from_attributes=True)

    ours: int = Field(description="Records that the regulator should have.")
    theirs: int = Field(description="Rows of the extract.")
    equal: int
    missing: int = Field(description="Records that we submitted and that they do not have.")
    extra: int = Field(description="Records that they have and that we did not submit, cancelled, or were told no to.")
    different: int = Field(description="Records of which at least one field differs.")
    fields: int = Field(description="Fields that differ, over all records.")
    differences: int = Field(description="All differences; the file has every one of them.")


class ReconciliationAnswer(BaseModel):
    """A reconciliation."""

    id: UUID
    name: str
    report_id: UUID
    report_name: str
    first_date: date
    last_date: date
    environment: SubmissionEnvironment
    state: ReconciliationState
    stage: ReconciliationStage
    rows_done: int = Field(description="Rows that the stage has read so far.")
    reason_code: str | None = Field(description="Why it failed, or what makes the comparison doubtful.")
    reason: str | None
    submission_count: int
    counts: ReconciliationCountsAnswer
    kept_count: int = Field(description="Differences that can be listed here.")
    size_bytes: int
    sha256: str
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, one: ListedReconciliation) -> Self:
        """A reconciliation as lists show it."""
        return cls(**_facts(one))


class FieldCount(BaseModel):
    """In how many records a field differs."""

    field: str
    count: int


class ReconciliationDetailAnswer(ReconciliationAnswer):
    """A reconciliation with its mapping, and what of it is explained."""

    mapping: ExtractMapping
    by_field: list[FieldCount]
    explained_count: int

    @classmethod
    def of_detail(cls, one: DetailedReconciliation) -> Self:
        """A reconciliation as its page shows it."""
        stored: Reconciliation = one.listed.reconciliation
        return cls(
            **_facts(one.listed),
            mapping=ExtractMapping.model_validate(stored.mapping),
            by_field=[FieldCount(field=name, count=int(str(count))) for name, count in _by_count(stored.by_field)],
            explained_count=one.explained,
        )


class DifferenceAnswer(BaseModel):
    """A record that one side does not have, or a field that differs."""

    model_config = ConfigDict(from_attributes=True)

    position: int
    kind: DifferenceKind
    standing: Standing = Field(description="What the regulator was last told of the record, by us and it to us.")
    record_key: str
    field: str | None
    ours: str | None
    theirs: str | None
    is_masked: bool = Field(description="Whether the values identify a natural person and are hidden.")
    submission_id: UUID | None
    run_id: UUID | None
    row_number: int | None
    file_row: int | None = Field(description="Row of the extract, from 1 after its header.")
    state: DifferenceState
    comment: str | None
    explained_at: datetime | None
    exception_id: UUID | None

    @classmethod
    def of(cls, one: ShownDifference) -> Self:
        """A difference as somebody may see it."""
        stored = one.difference
        names = cls.model_fields.keys() - {"ours", "theirs", "is_masked", "exception_id"}
        return cls(
            **{name: getattr(stored, name) for name in names},
            ours=one.ours,
            theirs=one.theirs,
            is_masked=one.is_masked,
            exception_id=one.exception_id,
        )


class DifferenceList(BaseModel):
    """A page of differences: missing ones, then extra ones, then fields."""

    items: list[DifferenceAnswer]
    next_cursor: str | None


class DifferencesExplain(BaseModel):
    """How differences came; without a comment they are open again."""

    model_config = ConfigDict(extra="forbid")

    positions: Positions
    comment: Text | None = None


class DifferencesChanged(BaseModel):
    """How many differences were changed."""

    changed: int


class DifferencesToExceptions(BaseModel):
    """Differences whose records are to be corrected, and why."""

    model_config = ConfigDict(extra="forbid")

    positions: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=MAX_EXCEPTIONS_TOGETHER)]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class OpenedExceptionsAnswer(BaseModel):
    """What came of it: opened, in the queue already, and refused by the code of the reason."""

    model_config = ConfigDict(from_attributes=True)

    opened: int
    known: int
    refused: dict[str, int]

    @classmethod
    def of(cls, one: OpenedExceptions) -> Self:
        """The counts."""
        return cls.model_validate(one)


class ReportField(BaseModel):
    """A field that a column can be."""

    name: str
    title: str
    kind: ValueKind
    is_key: bool = Field(description="Whether the regime names a record by it.")
    is_personal: bool


class ExtractPreviewAnswer(BaseModel):
    """The beginning of a file, the fields of the report, and a mapping by names where the key is found."""

    header: list[str]
    rows: list[list[str | None]]
    delimiter: str | None
    fields: list[ReportField]
    suggestion: ExtractMapping | None

    @classmethod
    def of(cls, one: ExtractPreview) -> Self:
        """What is shown before a mapping is made."""
        fields = [
            ReportField(
                name=name,
                title=column.title,
                kind=kind_of(column.type),
                is_key=name in one.pack.record_key,
                is_personal=column.pii,
            )
            for name, column in one.pack.columns.items()
        ]
        return cls(
            header=list(one.header),
            rows=[list(row) for row in one.rows],
            delimiter=one.delimiter,
            fields=fields,
            suggestion=one.suggestion,
        )


class ReconciliationMappingSave(BaseModel):
    """A mapping to be used again, under a name."""

    model_config = ConfigDict(extra="forbid")

    report_id: UUID
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    mapping: dict[str, object] = Field(description="As in `ExtractMapping`.")


class ReconciliationMappingAnswer(BaseModel):
    """A saved mapping."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    report_id: UUID
    name: str
    mapping: ExtractMapping
    saved_at: datetime

    @classmethod
    def of(cls, one: ReconciliationMapping) -> Self:
        """As it is stored."""
        return cls.model_validate(one)


class ReconciliationMappingList(BaseModel):
    """Mappings by name; there are few."""

    items: list[ReconciliationMappingAnswer]


def _by_count(by_field: dict[str, object]) -> list[tuple[str, object]]:
    return sorted(by_field.items(), key=lambda one: (-int(str(one[1])), one[0]))


def _facts(one: ListedReconciliation) -> dict[str, object]:
    names = ReconciliationAnswer.model_fields.keys() - {"counts", "report_name"}
    return {
        **{name: getattr(one.reconciliation, name) for name in names},
        "report_name": one.report_name,
        "counts": ReconciliationCountsAnswer.model_validate(one.reconciliation.counts),
    }
