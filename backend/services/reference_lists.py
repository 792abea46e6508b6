"""Official lists into the datasets of a tenant: read as they are published, all of a file or nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition
from backend.core.ids import DatasetId
from backend.domain.datasets import ColumnType, DatasetColumn, DatasetKind, ImportMode
from backend.domain.expressions.types import Kind
from backend.persistence.models.dataset import Dataset, DatasetOrigin
from backend.persistence.repositories.datasets import DatasetRepository
from backend.services.connectors.files.rows import BadRow
from backend.services.dataset_imports import DatasetImports, ImportOptions, ImportOutcome
from backend.services.dataset_publication import DatasetPublisher
from backend.services.datasets import DatasetChanges, DatasetService, NewDataset
from backend.services.reference_data.reading import ListReading
from backend.services.reference_data.shapes import SHAPES, DatasetShape, LoadMode, OfficialList

_TYPES: Final = {Kind.TEXT: ColumnType.TEXT, Kind.DATE: ColumnType.DATE, Kind.INTEGER: ColumnType.INTEGER}


class ReferenceListUnknown(OpenRegError):
    """There is no such list."""

    code: ClassVar[str] = "reference_list_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ReferenceNameTaken(OpenRegError):
    """A mapping set has the name that the list's dataset must have."""

    code: ClassVar[str] = "reference_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class LoadedDataset:
    """What loading a list did to one of its datasets."""

    dataset: Dataset
    outcome: ImportOutcome


@dataclass(frozen=True, slots=True)
class LoadedList:
    """What loading a list did, and the rows that were left out because so many were allowed to be."""

    source: str
    datasets: Sequence[LoadedDataset]
    left_out: Sequence[BadRow]


@dataclass(frozen=True, slots=True)
class ListState:
    """A list and the datasets that it fills, as far as they are there."""

    listed: OfficialList
    shapes: tuple[DatasetShape, ...]
    datasets: tuple[Dataset, ...]


@dataclass(frozen=True, slots=True)
class ReferenceListService:
    """Lists of a tenant."""

    publisher: DatasetPublisher

    async def states(self) -> list[ListState]:
        """Every list that can be loaded."""
        names = {shape.name for shapes in SHAPES.values() for shape in shapes}
        scope = self.publisher.scope
        async with scope.reading() as session:
            found = await DatasetRepository(session, scope.tenant).all_named(names)
        by_name = {one.name: one for one in found if one.kind == DatasetKind.DATASET}
        return [
            ListState(listed, shapes, tuple(by_name[one.name] for one in shapes if one.name in by_name))
            for listed, shapes in SHAPES.items()
        ]

    async def load(self, reading: ListReading, as_at: datetime | None = None) -> LoadedList:
        """Make the list the next version of its datasets, which are made where they are missing.

        Raises FileUnreadable, FileTooLarge, ReferenceRowsRefused, DatasetEntriesInvalid, DatasetBusy.
        """
        await asyncio.to_thread(reading.prepare)
        loaded = []
        for shape in reading.shapes:
            dataset = await self._dataset(shape)
            known = {} if reading.mode is LoadMode.FULL else await self._known(reading)
            options = ImportOptions(
                mode=ImportMode.REPLACE if reading.mode is LoadMode.FULL else ImportMode.MERGE,
                origin=DatasetOrigin.LOADER,
                as_at=as_at,
                note=reading.source,
            )
            imports = DatasetImports(self.publisher)
            outcome = await imports.replace(DatasetId(dataset.id), reading.entries(shape, known), options)
            loaded.append(LoadedDataset(dataset, outcome))
        return LoadedList(reading.source, loaded, tuple(reading.bad.found))

    async def _dataset(self, shape: DatasetShape) -> Dataset:
        """The list's dataset, made when it is not there, with the columns that the list has."""
        scope = self.publisher.scope
        datasets = DatasetService(scope, self.publisher, DatasetKind.DATASET)
        wanted = tuple(DatasetColumn(name=name, type=_TYPES[kind.kind]) for name, kind in shape.columns.items())
        async with scope.reading() as session:
            found = await DatasetRepository(session, scope.tenant).find_named(shape.name)
        if found is None:
            made = NewDataset(shape.name, shape.title, columns=wanted, stale_after_days=shape.max_age_days)
            return (await datasets.create(made)).dataset
        if found.kind != DatasetKind.DATASET:
            raise ReferenceNameTaken(
                f"{shape.name} is a mapping set.", fix="Make the mapping set again under another name."
            )
        missing = [one for one in wanted if one.name not in {column.name for column in found.typed_columns}]
        if missing:
            changes = DatasetChanges(columns=(*found.typed_columns, *missing))
            return (await datasets.change(DatasetId(found.id), changes, Precondition())).dataset
        return found

    async def _known(self, reading: ListReading) -> dict[str, Path]:
        """The current entries of the list's datasets, fetched into the folder of the reading."""
        scope = self.publisher.scope
        async with scope.reading() as session:
            datasets = DatasetRepository(session, scope.tenant)
            found = await datasets.all_named([one.name for one in reading.shapes])
            current = await datasets.current([one.id for one in found])
        paths = {}
        for one in found:
            version = current.get(one.id)
            if version is not None and version.object_key is not None:
                paths[one.name] = reading.folder / f"{one.name}-{version.number}.parquet"
                await asyncio.to_thread(self._fetch, version.object_key, paths[one.name])
        return paths

    def _fetch(self, key: str, path: Path) -> None:
        if path.exists():
            return
        with path.open("wb") as file:
            for piece in self.publisher.storage.stream(key):
                file.write(piece)
