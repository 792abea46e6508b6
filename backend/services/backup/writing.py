"""Making a backup: one snapshot of all tables, then every object, then the manifest."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.persistence.owner import OwnerDatabase, TableReader, TableShape
from backend.services.backup.digest import RowsDigest
from backend.services.backup.errors import TablesHidden
from backend.services.backup.folder import INDEX, BackupFolder, naming_the_disk
from backend.services.backup.manifest import FORMAT, Manifest, ObjectsRecord, SequenceRecord, TableRecord
from backend.services.backup.objects import ObjectCopies
from backend.services.backup.progress import Progress
from backend.services.key_rotation import count_keys
from backend.services.storage import ObjectStorage


@dataclass(frozen=True, slots=True)
class _Tables:
    """What the snapshot gave."""

    revision: str
    postgresql_version: str
    tables: tuple[TableRecord, ...]
    sequences: tuple[SequenceRecord, ...]
    sealed: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class BackupService:
    """Writes an installation into a folder while it goes on working."""

    owner: OwnerDatabase
    storage: ObjectStorage
    box: SecretBox
    now: Clock
    version: str

    async def write(self, target: Path, progress: Progress) -> Manifest:
        """Make the backup; the folder appears when it is whole. Raises BackupError, StorageError, DatabaseUnavailable.

        Objects are listed after the snapshot: what its rows name had been stored before, and what came later does no
        harm.
        """
        taken_at = self.now()
        with naming_the_disk(target), BackupFolder(target).created() as folder:
            async with self.owner.snapshot() as reader:
                read = await self._read_tables(reader, folder, progress)
            objects = await asyncio.to_thread(self._copy_objects, folder, progress)
            manifest = self._manifest(taken_at, read, objects)
            folder.write_manifest(manifest)
        return manifest

    async def _read_tables(self, reader: TableReader, folder: BackupFolder, progress: Progress) -> _Tables:
        shapes = await reader.tables()
        revision = await reader.find_revision()
        hidden = await reader.hidden_tables()
        if hidden or revision is None:
            raise TablesHidden(
                f"The owner does not see the rows of: {', '.join(hidden)}." if hidden else "There are no tables yet.",
                fix="Run `openreg migrate`, and name the role that owns the tables in DATABASE_OWNER_URL.",
            )
        progress.begin("tables", sum(shape.guessed_rows for shape in shapes))
        tables = [await _copy_table(reader, shape, folder, progress) for shape in shapes]
        sealed = await count_keys(reader, {shape.name for shape in shapes}, self.box)
        sequences = [
            SequenceRecord(name=name, last_value=value.last_value, is_called=value.is_called)
            for name, value in (await reader.sequences()).items()
        ]
        return _Tables(revision, await reader.server_version(), tuple(tables), tuple(sequences), sealed)

    def _copy_objects(self, folder: BackupFolder, progress: Progress) -> ObjectsRecord:
        progress.begin("objects", sum(one.size_bytes for one in self.storage.list()))
        count = size = 0
        with folder.writing(INDEX) as index:
            for record in ObjectCopies(self.storage, folder).fetch_all():
                index.write(record.model_dump_json().encode() + b"\n")
                count, size = count + 1, size + record.size_bytes
                progress.advance(record.size_bytes)
            return ObjectsRecord(count=count, size_bytes=size, index=index.finish())

    def _manifest(self, taken_at: datetime, read: _Tables, objects: ObjectsRecord) -> Manifest:
        return Manifest(
            format=FORMAT,
            openreg_version=self.version,
            postgresql_version=read.postgresql_version,
            revision=read.revision,
            taken_at=taken_at,
            bucket=self.storage.bucket,
            key_ids=self.box.key_ids,
            sealed=read.sealed,
            tables=read.tables,
            sequences=read.sequences,
            objects=objects,
        )


async def _copy_table(reader: TableReader, shape: TableShape, folder: BackupFolder, progress: Progress) -> TableRecord:
    digest = RowsDigest()
    with folder.writing(f"tables/{shape.name}.copy.gz") as file:

        async def sink(piece: bytes) -> None:
            before = digest.rows
            file.write(piece)
            await digest.add(piece)
            progress.advance(digest.rows - before)

        await reader.copy_out(shape.name, shape.columns, sink)
        record = file.finish()
    return TableRecord(name=shape.name, columns=shape.columns, rows=digest.rows, digest=digest.value, file=record)
