"""Working drafts of reports, and what a check says of a document."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.api.schemas.connectors import ColumnAnswer
from backend.domain.reports.document import SOURCE_TABLE
from backend.services.report_check import CheckedField, DocumentCheck
from backend.services.report_drafts import DraftView
from backend.services.report_sources import ReportSources


class DraftSave(BaseModel):
    """The document as it is now: it may be incomplete."""

    model_config = ConfigDict(extra="forbid")

    document: dict[str, JsonValue]


class DraftSavedAnswer(BaseModel):
    """The state an autosave made; the ETag header says the same."""

    revision: int
    updated_at: datetime


class DraftAnswer(BaseModel):
    """The working draft of a report. ``based_on_id`` is the newest version when it was begun."""

    report_id: UUID
    document: dict[str, JsonValue]
    based_on_id: UUID | None
    editors: list[UUID]
    revision: int
    created_at: datetime
    updated_at: datetime
    updated_by: UUID
    updated_by_name: str | None

    @classmethod
    def of(cls, view: DraftView) -> DraftAnswer:
        """The draft as it is now."""
        draft = view.draft
        return cls(
            report_id=draft.report_id,
            document=draft.document,
            based_on_id=draft.based_on_id,
            editors=draft.editors,
            revision=draft.revision,
            created_at=draft.created_at,
            updated_at=draft.updated_at,
            updated_by=draft.updated_by,
            updated_by_name=view.updated_by_name,
        )


class CheckRequest(BaseModel):
    """A document to be checked, complete or not."""

    model_config = ConfigDict(extra="forbid")

    document: dict[str, JsonValue]


class FaultAnswer(BaseModel):
    """Something wrong with a document: where (JSON pointer, line and column of an expression), what, and a way out."""

    pointer: str
    code: str
    detail: str
    line: int | None = None
    column: int | None = None
    suggestion: str | None = None
    fix: str | None = None


class CheckedFieldAnswer(BaseModel):
    """A mapped field: what its expression gives, what the target wants, which columns it reads."""

    name: str
    title: str | None
    field_number: int | None
    target_type: str | None
    inferred_type: str | None = Field(description="None while the expression cannot be typed.")
    requirement: str | None = Field(description="mandatory, conditional or optional, by the regulation.")
    pii: bool
    columns: list[str]
    parameters: list[str]
    lookups: list[str] = Field(description="What lookup() reads, as input.column.")

    @classmethod
    def of(cls, one: CheckedField) -> CheckedFieldAnswer:
        """The field as the check found it."""
        return cls(
            name=one.name,
            title=one.title,
            field_number=one.field_number,
            target_type=str(one.target_type) if one.target_type else None,
            inferred_type=str(one.inferred_type) if one.inferred_type else None,
            requirement=one.requirement.value if one.requirement else None,
            pii=one.pii,
            columns=list(one.columns),
            parameters=list(one.parameters),
            lookups=[f"{name}.{column}" for name, column in one.lookups],
        )


class MissingFieldAnswer(BaseModel):
    """A mandatory field of the regulation that nothing is mapped to."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    name: str
    columns: list[str]


class SeenColumnAnswer(ColumnAnswer):
    """A column that expressions see, and where it comes from as ``table.column``; empty where that is not plain."""

    origins: list[str]


class DocumentCheckAnswer(BaseModel):
    """All faults of a document, and what an editor shows beside it; ``ok`` means it could be saved as a version."""

    ok: bool
    faults: list[FaultAnswer]
    source_columns: list[SeenColumnAnswer] | None = Field(
        description="What the expressions see: the columns of the source, or of the join. None while that is not known."
    )
    tables: dict[str, list[ColumnAnswer]] = Field(
        description="The columns of the source and of each input that could be asked; empty without inputs."
    )
    fields: list[CheckedFieldAnswer]
    pack_id: str | None
    pack_version: str | None
    mandatory_missing: list[MissingFieldAnswer]
    notices: list[FaultAnswer] = Field(
        default=[], description="What should be known, and does not keep the document from being saved."
    )

    @classmethod
    def of(cls, check: DocumentCheck) -> DocumentCheckAnswer:
        """What the check found."""
        return cls(
            ok=check.ok,
            faults=[FaultAnswer.model_validate(fault) for fault in check.faults],
            source_columns=_seen_columns(check.sources),
            tables=_tables(check.sources),
            fields=[CheckedFieldAnswer.of(one) for one in check.fields],
            pack_id=check.pack.id if check.pack else None,
            pack_version=check.pack.version if check.pack else None,
            mandatory_missing=[MissingFieldAnswer.model_validate(one) for one in check.missing],
            notices=[FaultAnswer.model_validate(notice) for notice in check.notices],
        )


def _seen_columns(sources: ReportSources | None) -> list[SeenColumnAnswer] | None:
    if sources is None or sources.columns is None:
        return None
    origins = sources.origins()
    native = sources.native_types.get(SOURCE_TABLE, {}) if sources.join is None else {}
    return [
        SeenColumnAnswer(
            name=name,
            type=str(kind),
            native_type=native.get(name, str(kind)),
            origins=sorted(f"{table}.{column}" for table, column in origins.get(name, ())),
        )
        for name, kind in sources.columns.items()
    ]


def _tables(sources: ReportSources | None) -> dict[str, list[ColumnAnswer]]:
    return {
        name: [
            ColumnAnswer(name=column, type=str(kind), native_type=sources.native_types[name][column])
            for column, kind in columns.items()
        ]
        for name, columns in (sources.tables if sources is not None else {}).items()
        if sources is not None
    }
