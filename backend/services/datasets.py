"""Datasets and mapping sets as people keep them: made, described, looked at, edited entry by entry."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import IO, ClassVar
from uuid import UUID

import pyarrow as pa

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, etag_of
from backend.core.ids import DatasetId, new_id
from backend.core.pagination import Page, PageRequest, SortedPageRequest
from backend.domain.audit import AuditAction
from backend.domain.datasets import (
    IS_REMOVED,
    KEY,
    VALID_FROM,
    VALID_TO,
    DatasetColumn,
    DatasetKind,
    EntryFault,
    ImportMode,
    check_columns,
)
from backend.domain.publications import PublicationKind
from backend.domain.reports.document import MissingKey
from backend.persistence.models.dataset import Dataset, DatasetOrigin, DatasetVersion
from backend.persistence.repositories.dataset_entries import (
    DatasetEntryRepository,
    EntryChange,
    EntryFilter,
    ListedEntry,
)
from backend.persistence.repositories.datasets import DatasetRepository
from backend.services.dataset_files import read_batches
from backend.services.dataset_imports import (
    DatasetImports,
    DatasetNotFound,
    ImportOptions,
    ImportOutcome,
    entries_invalid,
)
from backend.services.dataset_publication import DatasetPublisher, dataset_subject, entry_columns
from backend.services.dataset_rows import LINE, REPLACES
from backend.services.publishing import PublishedThings
from backend.services.scope import TenantScope

_NAME_FIX = "Choose another name; datasets and mapping sets share them."


class DatasetNameTaken(OpenRegError):
    """A dataset or mapping set of this name exists."""

    code: ClassVar[str] = "dataset_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class DatasetVersionNotFound(OpenRegError):
    """There is no such version of the dataset."""

    code: ClassVar[str] = "dataset_version_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class DatasetNotEmpty(OpenRegError):
    """A dataset that had a version is kept: runs were made with it."""

    code: ClassVar[str] = "dataset_not_empty"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class NewDataset:
    """What is to be made."""

    name: str
    title: str = ""
    description: str = ""
    key_title: str = ""
    columns: tuple[DatasetColumn, ...] = ()
    missing: MissingKey = MissingKey.NULL
    stale_after_days: int | None = None


@dataclass(frozen=True, slots=True)
class DatasetChanges:
    """What a change sets; None leaves a part as it is, and 0 days end the warning of stale data."""

    title: str | None = None
    description: str | None = None
    key_title: str | None = None
    columns: tuple[DatasetColumn, ...] | None = None
    missing: MissingKey | None = None
    stale_after_days: int | None = None


@dataclass(frozen=True, slots=True)
class DatasetView:
    """A dataset with its newest published version, if it has one."""

    dataset: Dataset
    current: DatasetVersion | None


@dataclass(frozen=True, slots=True)
class VersionHistory:
    """Published versions, the newest first, and the names of who made them."""

    versions: Sequence[DatasetVersion]
    people: Mapping[UUID, str]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class EntryEdit:
    """A change of the grid: a new entry, one in the place of ``replaces``, or that one removed."""

    key: str
    valid_from: date | None
    valid_to: date | None
    values: Mapping[str, str | None]
    replaces: UUID | None = None
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class DatasetExport:
    """The entries of a version, a page at a time, under the name of a file without its extension."""

    name: str
    columns: tuple[str, ...]
    pages: AsyncIterator[Mapping[str, Sequence[object]]]


@dataclass(frozen=True, slots=True)
class DatasetService:
    """The datasets, or the mapping sets, of a tenant."""

    scope: TenantScope
    publisher: DatasetPublisher
    kind: DatasetKind

    async def create(self, wanted: NewDataset) -> DatasetView:
        """An empty one. Raises DatasetNameTaken, DatasetColumnsInvalid."""
        columns, at = check_columns(wanted.columns), self.scope.now()
        dataset = Dataset(
            id=new_id(),
            tenant_id=self.scope.tenant,
            kind=self.kind,
            name=wanted.name,
            title=wanted.title or wanted.name,
            description=wanted.description,
            key_title=wanted.key_title or KEY,
            columns=[one.model_dump(mode="json") for one in columns],
            missing=wanted.missing,
            stale_after_days=wanted.stale_after_days,
            current_version=0,
            revision=1,
            created_by=self.scope.user_id,
            created_at=at,
            updated_at=at,
        )
        async with self.scope.transaction() as session:
            datasets = DatasetRepository(session, self.scope.tenant)
            datasets.add(dataset)
            await datasets.flush_unique(DatasetNameTaken(f"The name {wanted.name!r} is taken.", fix=_NAME_FIX))
            await self.scope.audit(session).record(
                AuditAction.DATASET_CREATED, dataset_subject(dataset), after=_shown(dataset)
            )
        return DatasetView(dataset, None)

    async def page(self, request: PageRequest, part: str | None) -> Page[DatasetView]:
        """Those whose name or title holds the text, newest first."""
        async with self.scope.reading() as session:
            datasets = DatasetRepository(session, self.scope.tenant)
            page = await datasets.page(self.kind, request, part)
            current = await datasets.current([one.id for one in page.items])
        return Page([DatasetView(one, current.get(one.id)) for one in page.items], page.next_cursor)

    async def view(self, dataset_id: DatasetId) -> DatasetView:
        """Raises DatasetNotFound."""
        async with self.scope.reading() as session:
            datasets = DatasetRepository(session, self.scope.tenant)
            dataset = await self._found(datasets, dataset_id)
            return DatasetView(dataset, (await datasets.current([dataset_id])).get(dataset_id))

    async def change(self, dataset_id: DatasetId, changes: DatasetChanges, seen: Precondition) -> DatasetView:
        """Change what it is called, what a missing key means, and add columns.

        Raises DatasetNotFound, PreconditionFailed, DatasetColumnsInvalid.
        """
        async with self.scope.transaction() as session:
            datasets = DatasetRepository(session, self.scope.tenant)
            dataset = await self._locked(datasets, dataset_id)
            seen.check(dataset_etag(dataset))
            before = _shown(dataset)
            for name in ("title", "description", "key_title", "missing"):
                value = getattr(changes, name)
                if value is not None:
                    setattr(dataset, name, value)
            if changes.columns is not None:
                columns = check_columns(changes.columns, dataset.typed_columns)
                dataset.columns = [one.model_dump(mode="json") for one in columns]
            if changes.stale_after_days is not None:
                dataset.stale_after_days = changes.stale_after_days or None
            dataset.revision += 1
            dataset.updated_at = self.scope.now()
            await datasets.flush()
            await self.scope.audit(session).record(
                AuditAction.DATASET_CHANGED, dataset_subject(dataset), before=before, after=_shown(dataset)
            )
            published = PublishedThings(session, self.scope.tenant)
            await published.changed(PublicationKind.DATASET, dataset.id, dataset.updated_at)
            return DatasetView(dataset, (await datasets.current([dataset_id])).get(dataset_id))

    async def remove(self, dataset_id: DatasetId) -> None:
        """Remove one that never had a version. Raises DatasetNotFound, DatasetNotEmpty."""
        async with self.scope.transaction() as session:
            datasets = DatasetRepository(session, self.scope.tenant)
            dataset = await self._locked(datasets, dataset_id)
            if dataset.current_version or await datasets.find_staged(dataset_id) is not None:
                raise DatasetNotEmpty(fix="Remove its entries instead: earlier runs keep what they were made with.")
            await datasets.delete(dataset)
            await self.scope.audit(session).record(
                AuditAction.DATASET_REMOVED, dataset_subject(dataset), before=_shown(dataset)
            )

    async def versions(self, dataset_id: DatasetId, before: int | None, limit: int) -> VersionHistory:
        """Published versions below a number, the newest first. Raises DatasetNotFound."""
        async with self.scope.transaction() as session:
            datasets = DatasetRepository(session, self.scope.tenant)
            await self._found(datasets, dataset_id)
            found = await datasets.versions(dataset_id, before, limit + 1)
            people = await datasets.names_of({one.created_by for one in found})
        more = found[limit - 1].number if len(found) > limit else None
        return VersionHistory(found[:limit], people, more)

    async def entries(
        self, dataset_id: DatasetId, request: SortedPageRequest, wanted: EntryFilter
    ) -> Page[ListedEntry]:
        """Entries by key, of the current version if the filter has none. Raises DatasetVersionNotFound."""
        async with self.scope.reading() as session:
            datasets = DatasetRepository(session, self.scope.tenant)
            dataset = await self._found(datasets, dataset_id)
            entries = DatasetEntryRepository(session, self.scope.tenant)
            return await entries.page(dataset_id, request, _of_version(dataset, wanted))

    async def changes(
        self, dataset_id: DatasetId, request: SortedPageRequest, earlier: int, later: int
    ) -> Page[EntryChange]:
        """What changed between two versions, by key. Raises DatasetNotFound, DatasetVersionNotFound."""
        async with self.scope.reading() as session:
            dataset = await self._found(DatasetRepository(session, self.scope.tenant), dataset_id)
            _check_version(dataset, later)
            return await DatasetEntryRepository(session, self.scope.tenant).changes(dataset_id, request, earlier, later)

    async def edit(
        self, dataset_id: DatasetId, edits: Sequence[EntryEdit], *, note: str, based_on: int | None
    ) -> ImportOutcome:
        """Make one new version of all edits. Raises DatasetEntriesInvalid, DatasetBusy, PreconditionFailed."""
        view = await self.view(dataset_id)
        columns = [one.name for one in view.dataset.typed_columns]
        unknown = [
            EntryFault(line, name, "column_unknown", f"There is no column {name}.")
            for line, one in enumerate(edits, 1)
            for name in one.values
            if name not in columns
        ]
        if unknown:
            raise entries_invalid(len(unknown), unknown)
        options = ImportOptions(ImportMode.MERGE, DatasetOrigin.EDIT, note=note, based_on=based_on)
        return await DatasetImports(self.publisher).replace(dataset_id, _batches(edits, columns), options)

    async def import_file(
        self, dataset_id: DatasetId, name: str, file: IO[bytes], options: ImportOptions
    ) -> ImportOutcome:
        """Make a file the next version, as its mode says. Raises DatasetFileUnreadable, DatasetEntriesInvalid."""
        view = await self.view(dataset_id)
        batches = read_batches(name, file, [one.name for one in view.dataset.typed_columns])
        named = replace(options, note=options.note or name)
        return await DatasetImports(self.publisher).replace(dataset_id, batches, named)

    async def export(self, dataset_id: DatasetId, wanted: EntryFilter) -> DatasetExport:
        """The entries of a version, for a file; written down. Raises DatasetNotFound, DatasetVersionNotFound."""
        async with self.scope.transaction() as session:
            dataset = await self._found(DatasetRepository(session, self.scope.tenant), dataset_id)
            wanted = _of_version(dataset, wanted)
            await self.scope.audit(session).record(
                AuditAction.DATASET_EXPORTED, dataset_subject(dataset), after={"version": wanted.version}
            )
        types = {one.name: one.type for one in dataset.typed_columns}
        pages = entry_columns(self.scope, dataset.id, wanted, types)
        return DatasetExport(f"{dataset.name}_{wanted.version}", tuple(types), pages)

    async def _found(self, datasets: DatasetRepository, dataset_id: DatasetId) -> Dataset:
        found = await datasets.find(dataset_id, self.kind)
        if found is None:
            raise DatasetNotFound
        return found

    async def _locked(self, datasets: DatasetRepository, dataset_id: DatasetId) -> Dataset:
        await self._found(datasets, dataset_id)
        found = await datasets.find_for_update(dataset_id)
        if found is None:
            raise DatasetNotFound
        return found


def dataset_etag(dataset: Dataset) -> str:
    """The state of a dataset."""
    return etag_of(dataset.id, dataset.revision)


def _check_version(dataset: Dataset, number: int) -> None:
    if not 0 <= number <= dataset.current_version:
        raise DatasetVersionNotFound(f"{dataset.name} has versions up to {dataset.current_version}.")


def _of_version(dataset: Dataset, wanted: EntryFilter) -> EntryFilter:
    """The same of a version that there is: the current one, if none is named."""
    version = dataset.current_version if wanted.version is None else wanted.version
    _check_version(dataset, version)
    return replace(wanted, version=version)


def _batches(edits: Sequence[EntryEdit], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    texts = {name: pa.array([one.values.get(name) for one in edits], pa.string()) for name in columns}
    yield pa.RecordBatch.from_pydict(
        {
            LINE: pa.array(range(1, len(edits) + 1), pa.int64()),
            KEY: pa.array([one.key for one in edits], pa.string()),
            VALID_FROM: pa.array([one.valid_from for one in edits], pa.date32()),
            VALID_TO: pa.array([one.valid_to for one in edits], pa.date32()),
            REPLACES: pa.array([None if one.replaces is None else str(one.replaces) for one in edits], pa.string()),
            IS_REMOVED: pa.array(["true" if one.is_removed else "false" for one in edits], pa.string()),
            **texts,
        }
    )


def _shown(dataset: Dataset) -> dict[str, object]:
    return {
        "name": dataset.name,
        "title": dataset.title,
        "description": dataset.description,
        "columns": dataset.columns,
        "missing": str(dataset.missing),
        "stale_after_days": dataset.stale_after_days,
    }
