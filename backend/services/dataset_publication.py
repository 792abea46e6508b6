"""Publishing a version: its entries become one object that runs read, and from then on it is the current one.

A version is staged in one transaction and published in another, because its object is written in between and nothing
waits for object storage inside a transaction. A version that was left between the two is taken back by whoever makes
the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import DatasetId
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.datasets import ColumnType, DatasetKind
from backend.domain.event_catalogue.governance import DatasetLinks, DatasetNews
from backend.domain.publications import PublicationKind
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.dataset import Dataset, DatasetVersion, DatasetVersionState
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.dataset_entries import DatasetEntryRepository, EntryFilter, by_key, columns_of
from backend.persistence.repositories.datasets import DatasetRepository
from backend.pipeline.multipart import MultipartSink
from backend.services.dataset_tables import ROWS_PER_GROUP, parquet_schema, table_of
from backend.services.held_reviews import review_what_reads
from backend.services.publishing import PublishedThings
from backend.services.scope import TenantScope
from backend.services.storage import ObjectStorage
from backend.services.wakeups import Wakeups

PARQUET_TYPE: Final = "application/vnd.apache.parquet"
#: Where each kind is read, below the address of the API.
_PATHS: Final = {DatasetKind.DATASET: "datasets", DatasetKind.MAPPING_SET: "mapping-sets"}
ROWS_PER_PAGE: Final = 20_000


class DatasetVersionLost(OpenRegError):
    """Somebody else made a version in the meantime; this one was taken back."""

    code: ClassVar[str] = "dataset_version_lost"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class DatasetPublisher:
    """Publishes staged versions of a tenant's datasets."""

    scope: TenantScope
    storage: ObjectStorage
    wakeups: Wakeups

    async def publish(self, staged: DatasetVersion) -> DatasetVersion:
        """Write the object, then make the version the current one. Raises DatasetVersionLost."""
        key = str(staged.object_key)
        sha256, size = await self._write(staged, key)
        at = self.scope.now()
        async with self.scope.transaction() as session:
            datasets = DatasetRepository(session, self.scope.tenant)
            dataset = await datasets.find_for_update(DatasetId(staged.dataset_id))
            version = await datasets.find_version(DatasetId(staged.dataset_id), staged.number)
            if dataset is None or version is None or version.object_key != key:
                raise DatasetVersionLost(fix="Do it again.")
            version.state, version.published_at = DatasetVersionState.PUBLISHED, at
            version.sha256, version.size_bytes = sha256, size
            dataset.current_version, dataset.updated_at = version.number, at
            dataset.as_at = version.as_at or at
            dataset.revision += 1
            await review_what_reads(session, self.scope.tenant, dataset.name, at)
            told = publication_news(dataset, version)
            await Outbox(session, self.scope.tenant).add(WebhookEventType.DATASET_PUBLISHED, dataset.id, told, at)
            await PublishedThings(session, self.scope.tenant).changed(PublicationKind.DATASET, dataset.id, at)
            shown = told.model_dump(mode="json", exclude={"links"})
            await self.scope.audit(session).record(
                AuditAction.DATASET_PUBLISHED, dataset_subject(dataset), after=shown, note=version.note or None
            )
        self.wakeups.webhooks(self.scope.tenant)
        return version

    async def _write(self, version: DatasetVersion, key: str) -> tuple[str, int]:
        types = {str(one["name"]): ColumnType(str(one["type"])) for one in version.columns}
        schema = parquet_schema(types)
        sink = await asyncio.to_thread(MultipartSink, self.storage, key, PARQUET_TYPE)
        try:
            writer = pq.ParquetWriter(sink, schema, compression="zstd")
            async for table in self._tables(version, types, schema):
                await asyncio.to_thread(writer.write_table, table, ROWS_PER_GROUP)
            await asyncio.to_thread(writer.close)
            await asyncio.to_thread(sink.complete)
        except BaseException:
            await asyncio.to_thread(sink.abandon)
            raise
        return sink.sha256, sink.size_bytes

    async def _tables(
        self, version: DatasetVersion, types: Mapping[str, ColumnType], schema: pa.Schema
    ) -> AsyncIterator[pa.Table]:
        """The entries by key, as many as a row group has."""
        waiting: list[pa.Table] = []
        async for columns in entry_columns(self.scope, version.dataset_id, EntryFilter(version.number), types):
            waiting.append(await asyncio.to_thread(table_of, columns, schema))
            if sum(one.num_rows for one in waiting) >= ROWS_PER_GROUP:
                yield pa.concat_tables(waiting)
                waiting = []
        if waiting:
            yield pa.concat_tables(waiting)


async def entry_columns(
    scope: TenantScope, dataset_id: UUID, wanted: EntryFilter, names: Mapping[str, ColumnType]
) -> AsyncIterator[dict[str, list[object]]]:
    """All entries that are wanted, by key, a page at a time: each page is a transaction of its own."""
    request = by_key(ROWS_PER_PAGE)
    while True:
        async with scope.reading() as session:
            entries = DatasetEntryRepository(session, scope.tenant)
            page = await entries.page(DatasetId(dataset_id), request, wanted)
        if page.items:
            yield columns_of(page.items, names)
        if page.next_cursor is None:
            return
        request = by_key(ROWS_PER_PAGE, page.next_cursor)


def publication_news(dataset: Dataset, version: DatasetVersion) -> DatasetNews:
    """What is told of a version: numbers, never entries."""
    kind = DatasetKind(dataset.kind)
    return DatasetNews(
        dataset_id=dataset.id,
        kind=kind,
        name=dataset.name,
        version=version.number,
        entries=version.entries,
        added=version.added,
        removed=version.removed,
        sha256=str(version.sha256),
        links=DatasetLinks(dataset=f"/api/v1/{_PATHS[kind]}/{dataset.id}"),
    )


def dataset_subject(dataset: Dataset) -> AuditSubject:
    """A dataset or mapping set as the audit trail names it."""
    return AuditSubject(dataset.kind, dataset.id, dataset.name)
