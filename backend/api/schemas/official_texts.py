"""Lists of official texts: reading a file, importing it, and looking at what was imported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.api.schemas.datasets import EntryFaultAnswer
from backend.api.schemas.official_rules import OfficialTextAnswer, text_fields
from backend.api.schemas.pages import ListAnswer
from backend.domain.datasets import MAX_FAULTS_TOLD
from backend.domain.validation.official_pairs import PairOrigin
from backend.domain.validation.official_texts import (
    LONGEST,
    MAX_COLUMNS,
    MAX_TEXTS,
    ComparedText,
    DayOrder,
    ListPart,
    ListReading,
    OfficialRow,
    TextChange,
)
from backend.persistence.models.official_text import OfficialTextList
from backend.services.official_texts import BroughtText, ImportedList, ListFileShape, ListImport, Name

Column = Annotated[int, Field(ge=0, lt=MAX_COLUMNS)]
_MAX_LINE = 1_048_576


class OfficialListAnswer(BaseModel):
    """One version of a regime's list; the counts are against the version before."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    pack_id: str
    number: int
    title: str
    file_name: str
    sha256: str
    text_count: int
    paired: int = Field(description="Texts that belong to a rule of ours.")
    added: int
    changed: int
    withdrawn: int
    imported_by: UUID
    imported_at: datetime


class ListRowAnswer(BaseModel):
    """A line of a file."""

    line: int
    cells: list[str | None]


class ListFileAnswer(BaseModel):
    """What a file looks like, and what its columns seem to be; ``header_line`` is 0 where none was found."""

    sheets: list[str] = Field(description="Of a workbook, those that are shown.")
    rows: list[ListRowAnswer]
    header_line: int
    columns: dict[ListPart, int]

    @classmethod
    def of(cls, shape: ListFileShape) -> ListFileAnswer:
        """What was read."""
        rows = [ListRowAnswer(line=line, cells=list(cells)) for line, cells in shape.rows]
        return cls(sheets=list(shape.sheets), rows=rows, header_line=shape.header_line, columns=dict(shape.columns))


class TextPairRequest(BaseModel):
    """Which rule of ours a text is about; none when ``rule_id`` is null."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=LONGEST[ListPart.CODE])]
    field: Annotated[str, Field(max_length=LONGEST[ListPart.FIELD])] = ""
    rule_id: Annotated[str, Field(min_length=1, max_length=60)] | None


class OfficialListImport(BaseModel):
    """How a file becomes the next list of a regime."""

    model_config = ConfigDict(extra="forbid")

    pack_id: Annotated[str, Field(min_length=1, max_length=60)]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    sheet: Annotated[str | None, Field(max_length=100)] = None
    header_line: Annotated[int, Field(ge=0, le=_MAX_LINE, description="The last line before the rules.")]
    columns: dict[ListPart, Column] = Field(description="Counted from 0; code and text are needed.")
    day_order: DayOrder = DayOrder.DAY_FIRST
    leaves_out_headings: bool = Field(default=False, description="Leave lines out that have no code.")
    pairs: Annotated[list[TextPairRequest], Field(max_length=2 * MAX_TEXTS)] = []
    based_on: int | None = Field(default=None, ge=1, description="The newest list that the pairs were decided on.")

    @model_validator(mode="after")
    def _is_whole(self) -> OfficialListImport:
        if not {ListPart.CODE, ListPart.TEXT} <= self.columns.keys():
            raise ValueError("columns: code and text are needed")
        if len(set(self.columns.values())) != len(self.columns):
            raise ValueError("columns: two parts are in one column")
        return self

    def wanted(self, file_name: str, sha256: str, *, is_rehearsal: bool) -> ListImport:
        """As the service takes it."""
        pairs: Mapping[Name, str | None] = {(one.code, one.field): one.rule_id for one in self.pairs}
        return ListImport(
            self.pack_id,
            self.title,
            file_name,
            sha256,
            ListReading(self.columns, self.header_line, self.day_order, self.leaves_out_headings),
            self.sheet,
            pairs,
            self.based_on,
            is_rehearsal,
        )


class SuggestedPairAnswer(BaseModel):
    """A rule of ours that a text may be about: paired before, named by its code, or alike in words."""

    model_config = ConfigDict(from_attributes=True)

    rule_id: str
    origin: PairOrigin


class ComparedTextAnswer(OfficialTextAnswer):
    """A text against the list before; ``before`` is what that list said, of what changed."""

    change: TextChange
    rule_id: str | None
    withdrawn_in: int | None
    before: OfficialTextAnswer | None

    @classmethod
    def of_compared(cls, one: ComparedText) -> ComparedTextAnswer:
        """The text and what became of it."""
        return cls(**_compared(one))


class BroughtTextAnswer(ComparedTextAnswer):
    """A text of the file, or one that the file no longer has; then without a line."""

    line: int | None
    suggestions: list[SuggestedPairAnswer]

    @classmethod
    def of(cls, one: BroughtText) -> BroughtTextAnswer:
        """The text with its suggestions."""
        offers = [SuggestedPairAnswer.model_validate(offer) for offer in one.suggestions]
        line = None if one.compared.change is TextChange.WITHDRAWN else one.compared.row.line
        return cls(**_compared(one.compared), line=line, suggestions=offers)


class DuplicateAnswer(BaseModel):
    """A line that says what an earlier one says; it is left out."""

    line: int
    other_line: int


class OfficialImportAnswer(BaseModel):
    """What an import did, or would do. ``errors`` are the first of ``error_count``."""

    added: int
    changed: int
    same: int
    withdrawn: int
    matched: int
    unmatched: int
    duplicates: list[DuplicateAnswer]
    headings: list[int] = Field(description="Lines that were left out because they have no code.")
    error_count: int
    errors: list[EntryFaultAnswer]
    texts: list[BroughtTextAnswer]
    before: OfficialListAnswer | None = Field(description="The list that this one was compared with.")
    imported: OfficialListAnswer | None = Field(description="None for a dry run, and where nothing is new.")

    @classmethod
    def of(cls, outcome: ImportedList) -> OfficialImportAnswer:
        """What came of it."""
        read = outcome.read
        faults = sorted(read.faults, key=lambda one: one.line)
        return cls(
            added=outcome.count(TextChange.ADDED),
            changed=outcome.count(TextChange.CHANGED),
            same=outcome.count(TextChange.SAME),
            withdrawn=outcome.count(TextChange.WITHDRAWN),
            matched=outcome.paired,
            unmatched=len(read.rows) - outcome.paired,
            duplicates=[DuplicateAnswer(line=line, other_line=other) for line, other in read.duplicates],
            headings=read.headings,
            error_count=len(faults),
            errors=[EntryFaultAnswer.model_validate(one) for one in faults[:MAX_FAULTS_TOLD]],
            texts=[BroughtTextAnswer.of(one) for one in outcome.texts],
            before=_listed(outcome.before),
            imported=_listed(outcome.listed),
        )


class OfficialTextPage(ListAnswer[ComparedTextAnswer]):
    """A page of a list's texts, and how many there are on all pages."""

    count: int


def _listed(listed: OfficialTextList | None) -> OfficialListAnswer | None:
    return OfficialListAnswer.model_validate(listed) if listed is not None else None


def _compared(one: ComparedText) -> dict[str, object]:
    return {
        **text_fields(one.row),
        "change": one.change,
        "rule_id": one.row.rule_id,
        "withdrawn_in": one.row.withdrawn_in,
        "before": _before(one.before) if one.change is TextChange.CHANGED else None,
    }


def _before(row: OfficialRow | None) -> OfficialTextAnswer | None:
    return OfficialTextAnswer.model_validate(row) if row is not None else None
