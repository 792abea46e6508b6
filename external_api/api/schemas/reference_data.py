"""Published datasets and mapping sets, their entries, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.domain.datasets import MAX_KEY, ColumnType, DatasetKind
from backend.persistence.repositories.dataset_entries import EntryChange, ListedEntry
from backend.services.published_datasets import MAX_KEYS, Changes, Found, ShownDataset
from external_api.api.schemas.reading import PageAnswer, SparseAnswer

Key = Annotated[str, Field(min_length=1, max_length=MAX_KEY)]


class ColumnAnswer(BaseModel):
    """A column of a dataset; values are texts in its type's one form."""

    name: str
    type: ColumnType
    title: str


class DatasetAnswer(SparseAnswer):
    """A dataset or a mapping set in its newest version."""

    id: UUID
    name: str = Field(description="What the paths call it.")
    title: str
    description: str
    kind: DatasetKind
    regimes: list[str]
    key_title: str
    columns: list[ColumnAnswer]
    version: int
    entries: int
    as_at: datetime | None = Field(description="The moment the data are of, where their source says it.")
    sha256: str | None = Field(description="Of the version's Parquet object at the publisher.")
    published_at: datetime

    @classmethod
    def of(cls, shown: ShownDataset) -> Self:
        """The dataset as it is shown."""
        publication, content = shown.publication, shown.content
        return cls(
            id=publication.id,
            name=publication.name,
            title=publication.title,
            description=content["description"],
            kind=content["kind"],
            regimes=sorted(publication.regimes),
            key_title=content["key_title"],
            columns=content["columns"],
            version=shown.number,
            entries=content["entries"],
            as_at=content["as_at"],
            sha256=content["sha256"],
            published_at=publication.published_at,
        )


class EntryAnswer(SparseAnswer):
    """An entry: values are texts; both days are inclusive, and open where there is none."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    key: str
    valid_from: date | None
    valid_to: date | None
    values: dict[str, str | None]

    @classmethod
    def of(cls, entry: ListedEntry) -> Self:
        """An entry as it is shown."""
        return cls(
            id=entry.id, key=entry.key, valid_from=entry.valid_from, valid_to=entry.valid_to, values=dict(entry.values)
        )


class EntryList(PageAnswer[EntryAnswer]):
    """Entries by key, all of the version that the first page was of."""


class DatasetList(PageAnswer[DatasetAnswer]):
    """Datasets by name."""


class LookupAnswer(SparseAnswer):
    """The entry of a key that is valid on a day, and the version in which it was found."""

    version: int
    as_of: date
    entry: EntryAnswer

    @classmethod
    def of(cls, found: Found) -> Self:
        """What was found."""
        return cls(version=found.version, as_of=found.as_of, entry=EntryAnswer.of(found.entry))


class BatchLookupRequest(BaseModel):
    """Keys to look up together; today (UTC) without a day, the newest version without one."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"keys": ["XPAR", "XLON"], "as_of": "2026-11-28"}]}
    )

    keys: list[Key] = Field(min_length=1, max_length=MAX_KEYS)
    as_of: date | None = None
    version: int | None = Field(default=None, ge=1, le=2**31 - 1)


class LookupFailure(BaseModel):
    """Why there is no entry."""

    code: str = "reference_entry_not_found"
    detail: str = "No entry of this key is valid on this day."


class LookedUp(BaseModel):
    """One of the keys: its entry, or why there is none."""

    key: str
    entry: EntryAnswer | None = None
    error: LookupFailure | None = None


class BatchLookupAnswer(BaseModel):
    """All keys in the order in which they were asked for, those that are there twice as well."""

    version: int
    as_of: date
    found: int
    missing: int
    items: list[LookedUp]

    @classmethod
    def of(cls, keys: Sequence[str], version: int, as_of: date, entries: Mapping[str, ListedEntry]) -> Self:
        """What was found of the keys."""
        items = [
            LookedUp(key=key, entry=EntryAnswer.of(entries[key]))
            if key in entries
            else LookedUp(key=key, error=LookupFailure())
            for key in keys
        ]
        missing = sum(one.error is not None for one in items)
        return cls(version=version, as_of=as_of, found=len(items) - missing, missing=missing, items=items)


class ChangeAnswer(SparseAnswer):
    """An entry that came, or went; an entry that changed went and came again, under another id."""

    id: UUID
    key: str
    valid_from: date | None
    valid_to: date | None
    values: dict[str, str | None]
    is_added: bool

    @classmethod
    def of(cls, change: EntryChange) -> Self:
        """A change as it is shown."""
        return cls(**change._asdict())


class ChangeList(BaseModel):
    """What changed from one version to another, by key. There always is a ``next_cursor``: it says where to go on."""

    from_version: int
    to_version: int
    has_more: bool = Field(description="Whether the next page has anything now; else come again later.")
    is_reset: bool = Field(description="Forget what you have: the version you know is no longer shown.")
    items: list[ChangeAnswer]
    next_cursor: str

    @staticmethod
    def facts(changes: Changes) -> dict[str, object]:
        """What stands beside the items."""
        return {
            "from_version": changes.earlier,
            "to_version": changes.later,
            "has_more": changes.has_more,
            "is_reset": changes.is_reset,
        }
