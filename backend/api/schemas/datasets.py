"""Datasets, mapping sets, their versions and entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.domain.datasets import (
    MAPPING_COLUMNS,
    MAX_COLUMNS,
    MAX_KEY,
    ColumnType,
    DatasetColumn,
    DatasetKind,
    DatasetName,
    EntryFault,
    fresh_until,
    stale_since,
)
from backend.domain.reports.document import MissingKey
from backend.persistence.models.dataset import DatasetOrigin, DatasetVersion
from backend.persistence.repositories.dataset_entries import EntryChange, ListedEntry
from backend.services.dataset_imports import ImportOutcome
from backend.services.datasets import DatasetChanges, DatasetView, EntryEdit, NewDataset, VersionHistory

MAX_EDITS = 1_000
Title = Annotated[str, Field(max_length=200)]
Description = Annotated[str, Field(max_length=5_000)]
StaleAfter = Annotated[int, Field(ge=1, le=3_650, description="Data older than so many days are warned of.")]


class MappingSetCreate(BaseModel):
    """A mapping set without entries. ``name`` is what ``map('name', code)`` says."""

    model_config = ConfigDict(extra="forbid")

    name: DatasetName
    title: Title = ""
    description: Description = ""
    key_title: Title = ""
    missing: MissingKey = Field(default=MissingKey.NULL, description="What a code without an entry means.")
    stale_after_days: StaleAfter | None = None

    def wanted(self) -> NewDataset:
        """The same for the service."""
        return NewDataset(**self.model_dump(exclude={"columns"}), columns=MAPPING_COLUMNS)


class DatasetCreate(MappingSetCreate):
    """A dataset without entries. ``name`` is what ``lookup('name', key, 'column')`` says."""

    columns: list[DatasetColumn] = Field(min_length=1, max_length=MAX_COLUMNS)

    def wanted(self) -> NewDataset:
        """The same for the service."""
        return replace(super().wanted(), columns=tuple(self.columns))


class MappingSetChange(BaseModel):
    """What is to change; 0 days end the warning of stale data."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    description: Description | None = None
    key_title: Title | None = None
    missing: MissingKey | None = None
    stale_after_days: int | None = Field(default=None, ge=0, le=3_650)

    def changes(self) -> DatasetChanges:
        """The same for the service."""
        return DatasetChanges(**self.model_dump(exclude={"columns"}))


class DatasetChange(MappingSetChange):
    """The same of a dataset; columns are given as a whole, may come and be retitled, and keep their types."""

    columns: list[DatasetColumn] | None = Field(default=None, min_length=1, max_length=MAX_COLUMNS)

    def changes(self) -> DatasetChanges:
        """The same for the service."""
        return replace(super().changes(), columns=None if self.columns is None else tuple(self.columns))


class DatasetColumnAnswer(BaseModel):
    """A column of a dataset."""

    name: str
    type: ColumnType
    title: str


class DatasetVersionAnswer(BaseModel):
    """A published version; it never changes."""

    number: int
    origin: DatasetOrigin
    note: str
    as_at: datetime | None = Field(description="The moment the data are of, where their source says it.")
    entries: int
    added: int
    removed: int
    sha256: str | None
    size_bytes: int | None
    created_by: UUID
    created_by_name: str | None
    published_at: datetime | None

    @classmethod
    def of(cls, version: DatasetVersion, people: Mapping[UUID, str]) -> DatasetVersionAnswer:
        """A version with the name of who made it."""
        return cls(
            number=version.number,
            origin=DatasetOrigin(version.origin),
            note=version.note,
            as_at=version.as_at,
            entries=version.entries,
            added=version.added,
            removed=version.removed,
            sha256=version.sha256,
            size_bytes=version.size_bytes,
            created_by=version.created_by,
            created_by_name=people.get(version.created_by),
            published_at=version.published_at,
        )


class DatasetVersionList(BaseModel):
    """Versions, the newest first; ``next_before`` is the ``before`` of the next page."""

    items: list[DatasetVersionAnswer]
    next_before: int | None

    @classmethod
    def of(cls, history: VersionHistory) -> DatasetVersionList:
        """A page of versions."""
        items = [DatasetVersionAnswer.of(one, history.people) for one in history.versions]
        return cls(items=items, next_before=history.next_before)


class DatasetAnswer(BaseModel):
    """A dataset or a mapping set, with what its newest version holds; ``version`` is 0 while there is none."""

    id: UUID
    kind: DatasetKind
    name: str
    title: str
    description: str
    key_title: str
    columns: list[DatasetColumnAnswer]
    missing: MissingKey
    version: int
    entries: int
    published_at: datetime | None
    as_at: datetime | None = Field(description="The moment the data are of, as the last import said.")
    stale_after_days: int | None
    fresh_until: datetime | None = Field(description="Up to when its data are as young as they have to be.")
    is_stale: bool
    created_at: datetime
    updated_at: datetime
    revision: int

    @classmethod
    def of(cls, view: DatasetView, now: datetime) -> DatasetAnswer:
        """The dataset as it is now."""
        one, current = view.dataset, view.current
        columns = [DatasetColumnAnswer(**column.model_dump()) for column in one.typed_columns]
        return cls(
            id=one.id,
            kind=DatasetKind(one.kind),
            name=one.name,
            title=one.title,
            description=one.description,
            key_title=one.key_title,
            columns=columns,
            missing=MissingKey(one.missing),
            version=one.current_version,
            entries=current.entries if current is not None else 0,
            published_at=current.published_at if current is not None else None,
            as_at=one.as_at,
            stale_after_days=one.stale_after_days,
            fresh_until=fresh_until(one.as_at, one.stale_after_days),
            is_stale=stale_since(one.as_at, one.stale_after_days, now) is not None,
            created_at=one.created_at,
            updated_at=one.updated_at,
            revision=one.revision,
        )


class EntryAnswer(BaseModel):
    """An entry: values are texts, None where there is none; both days are inclusive, and open without one."""

    id: UUID
    key: str
    valid_from: date | None
    valid_to: date | None
    values: dict[str, str]
    added_in: int
    removed_in: int | None = Field(description="The later version that no longer has it.")

    @classmethod
    def of(cls, entry: ListedEntry) -> EntryAnswer:
        """An entry as it is listed."""
        return cls(**entry._asdict())


class EntryChangeAnswer(BaseModel):
    """An entry that came, or went, between two versions."""

    id: UUID
    key: str
    valid_from: date | None
    valid_to: date | None
    values: dict[str, str]
    is_added: bool

    @classmethod
    def of(cls, change: EntryChange) -> EntryChangeAnswer:
        """A change as it is listed."""
        return cls(**change._asdict())


class EntryEditRequest(BaseModel):
    """An entry as it is to be. ``replaces`` is the one in whose place it comes, or that is removed."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(min_length=1, max_length=MAX_KEY)]
    valid_from: date | None = None
    valid_to: date | None = None
    values: dict[str, str | None] = Field(default={}, max_length=MAX_COLUMNS)
    replaces: UUID | None = None
    is_removed: bool = False

    def edit(self) -> EntryEdit:
        """The same for the service."""
        return EntryEdit(self.key, self.valid_from, self.valid_to, self.values, self.replaces, self.is_removed)


class EntryEdits(BaseModel):
    """A batch of edits, which make one new version together; ``based_on`` is the version they were made on."""

    model_config = ConfigDict(extra="forbid")

    edits: list[EntryEditRequest] = Field(min_length=1, max_length=MAX_EDITS)
    note: Annotated[str, Field(max_length=500)] = ""
    based_on: int | None = Field(default=None, ge=0)


class EntryFaultAnswer(BaseModel):
    """What is wrong with a line of a file, or with the edit of that number."""

    model_config = ConfigDict(from_attributes=True)

    line: int
    column: str | None
    code: str
    message: str
    other_line: int | None = Field(description="The other line of a pair that overlaps.")


class DatasetImportAnswer(BaseModel):
    """What an import did, or would do. ``errors`` are the first of ``error_count``."""

    rows: int
    added: int
    removed: int
    changed: int = Field(description="Keys of which an entry is removed and another one added.")
    version: int | None = Field(description="The new version; none when nothing changed, or for a dry run.")
    error_count: int
    errors: list[EntryFaultAnswer]

    @classmethod
    def of(cls, outcome: ImportOutcome) -> DatasetImportAnswer:
        """What came of an import."""
        return cls(
            rows=outcome.rows,
            added=outcome.added,
            removed=outcome.removed,
            changed=outcome.changed,
            version=outcome.version.number if outcome.version is not None else None,
            error_count=outcome.fault_count,
            errors=[_fault(one) for one in outcome.faults],
        )


def _fault(fault: EntryFault) -> EntryFaultAnswer:
    return EntryFaultAnswer.model_validate(fault)
