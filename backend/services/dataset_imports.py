"""Imports: rows from anywhere become the next version of a dataset, all of them or none.

Files, loaders and the grid of the screen come this way. Rows are read to the end first, then compared with what is
there by the database, then applied and published; a rehearsal ends before anything is applied.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final

import pyarrow as pa
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import PreconditionFailed
from backend.core.ids import DatasetId, new_id
from backend.domain.datasets import DatasetEntriesInvalid, EntryFault, ImportMode
from backend.domain.object_keys import dataset_version_key
from backend.persistence.models.dataset import Dataset, DatasetOrigin, DatasetVersion, DatasetVersionState
from backend.persistence.repositories.dataset_staging import DatasetStaging, PlannedChange
from backend.persistence.repositories.datasets import DatasetRepository
from backend.services.dataset_publication import DatasetPublisher
from backend.services.dataset_rows import SpooledRows, spool_rows

#: A version that has been staged for so long was left behind by a process that ended.
ABANDONED_AFTER: Final = timedelta(minutes=30)
MAX_NOTE: Final = 500


class DatasetNotFound(OpenRegError):
    """There is no such dataset or mapping set."""

    code: ClassVar[str] = "dataset_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class DatasetBusy(OpenRegError):
    """Another version of the dataset is being published."""

    code: ClassVar[str] = "dataset_busy"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    transient: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How rows become a version.

    ``effective_from`` is the day of a snapshot. ``as_at`` is the moment the data are of, where the source says it.
    ``based_on`` is the version somebody has seen; None takes whatever is there.
    """

    mode: ImportMode = ImportMode.REPLACE
    origin: DatasetOrigin = DatasetOrigin.FILE
    effective_from: date | None = None
    as_at: datetime | None = None
    note: str = ""
    based_on: int | None = None
    is_rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did, or would do. ``version`` is the new one, None when nothing changed or it was a rehearsal.

    An entry whose values or period change is removed and added; ``changed`` counts the keys of such.
    """

    rows: int
    added: int = 0
    removed: int = 0
    changed: int = 0
    version: DatasetVersion | None = None
    fault_count: int = 0
    faults: tuple[EntryFault, ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetImports:
    """Imports into the datasets of a tenant."""

    publisher: DatasetPublisher

    async def replace(
        self, dataset_id: DatasetId, batches: Iterable[pa.RecordBatch], options: ImportOptions
    ) -> ImportOutcome:
        """Make the rows the next version, as ``options.mode`` says; see ``dataset_rows.spool_rows`` for their columns.

        The batches are read in a thread. A rehearsal gives the faults back; otherwise any fault raises
        DatasetEntriesInvalid, and nothing has changed. Raises DatasetNotFound, DatasetBusy, PreconditionFailed.
        """
        dataset = await self._dataset(dataset_id)
        types = {one.name: one.type for one in dataset.typed_columns}
        with tempfile.TemporaryDirectory(prefix="openreg-import-") as folder:
            spooled = await asyncio.to_thread(spool_rows, types, options.mode, batches, Path(folder) / "rows")
            if spooled.faults.count:
                faults = tuple(spooled.faults.told)
                return _faulty(ImportOutcome(spooled.rows, fault_count=spooled.faults.count, faults=faults), options)
            outcome = await self._stage(dataset_id, spooled, options)
        if outcome.version is None:
            return _faulty(outcome, options)
        return replace(outcome, version=await self.publisher.publish(outcome.version))

    async def _stage(self, dataset_id: DatasetId, spooled: SpooledRows, options: ImportOptions) -> ImportOutcome:
        scope = self.publisher.scope
        async with scope.transaction() as session:
            dataset = await self._locked(session, dataset_id, options)
            staging = DatasetStaging(session, scope.tenant, dataset_id)
            await staging.begin()
            for rows in spooled.batches():
                await staging.stage(rows)
            is_first = dataset.current_version == 0
            day = options.effective_from or scope.now().date()
            planned = await staging.plan(options.mode, day, is_first=is_first)
            found = await staging.faults(options.mode)
            outcome = ImportOutcome(spooled.rows, *planned, fault_count=found.count, faults=found.told)
            if options.is_rehearsal or found.count:
                return outcome
            if not (planned.added or planned.removed or is_first):
                dataset.as_at = options.as_at or scope.now()
                return outcome
            version = await self._version(session, dataset, planned, options)
            await staging.apply(version.number)
        return replace(outcome, version=version)

    async def _locked(self, session: AsyncSession, dataset_id: DatasetId, options: ImportOptions) -> Dataset:
        """The dataset under its lock, with nothing left behind. Raises DatasetBusy, PreconditionFailed."""
        scope = self.publisher.scope
        datasets = DatasetRepository(session, scope.tenant)
        dataset = await datasets.find_for_update(dataset_id)
        if dataset is None:
            raise DatasetNotFound
        if options.based_on is not None and options.based_on != dataset.current_version:
            raise PreconditionFailed(
                f"Version {dataset.current_version} was published in the meantime.",
                fix="Look at what changed, then do it again.",
                extra={"current_version": dataset.current_version},
            )
        left = await datasets.find_staged(dataset_id)
        if left is not None:
            if scope.now() - left.created_at < ABANDONED_AFTER and not options.is_rehearsal:
                raise DatasetBusy(fix="Wait until it is there, then do it again.")
            await DatasetStaging(session, scope.tenant, dataset_id).undo(left.number)
            await datasets.delete(left)
            await datasets.flush()
        return dataset

    async def _version(
        self, session: AsyncSession, dataset: Dataset, planned: PlannedChange, options: ImportOptions
    ) -> DatasetVersion:
        scope = self.publisher.scope
        datasets = DatasetRepository(session, scope.tenant)
        before = await datasets.find_version(DatasetId(dataset.id), dataset.current_version)
        number = dataset.current_version + 1
        version = DatasetVersion(
            dataset_id=dataset.id,
            tenant_id=scope.tenant,
            number=number,
            state=DatasetVersionState.STAGED,
            origin=options.origin,
            note=options.note[:MAX_NOTE],
            as_at=options.as_at,
            entries=(before.entries if before is not None else 0) + planned.added - planned.removed,
            added=planned.added,
            removed=planned.removed,
            columns=dataset.columns,
            object_key=dataset_version_key(scope.tenant, dataset.id, number, new_id()),
            created_by=scope.user_id,
            created_at=scope.now(),
        )
        datasets.add(version)
        await datasets.flush()
        return version

    async def _dataset(self, dataset_id: DatasetId) -> Dataset:
        scope = self.publisher.scope
        async with scope.transaction() as session:
            found = await DatasetRepository(session, scope.tenant).find(dataset_id)
        if found is None:
            raise DatasetNotFound
        return found


def entries_invalid(count: int, faults: Iterable[EntryFault]) -> DatasetEntriesInvalid:
    """The refusal that tells every fault with its place."""
    told = [fault_shown(one) for one in faults]
    return DatasetEntriesInvalid(
        f"{count} fault(s), so nothing was changed; the first, in line {told[0]['line']}: {told[0]['message']}",
        fix="Correct these lines and do it again.",
        extra={"error_count": count, "errors": told},
    )


def fault_shown(fault: EntryFault) -> dict[str, object]:
    """A fault as answers carry it."""
    return {
        "line": fault.line,
        "column": fault.column,
        "code": fault.code,
        "message": fault.message,
        "other_line": fault.other_line,
    }


def _faulty(outcome: ImportOutcome, options: ImportOptions) -> ImportOutcome:
    """Raises DatasetEntriesInvalid for faults of what is no rehearsal."""
    if outcome.fault_count and not options.is_rehearsal:
        raise entries_invalid(outcome.fault_count, outcome.faults)
    return outcome
