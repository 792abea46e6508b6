"""Restoring a backup into an empty installation: looked at before, compared afterwards, and only then kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from backend.core.crypto import SecretBox
from backend.persistence.migrations import downgrade, is_known, upgrade
from backend.persistence.owner import OwnerDatabase, SequenceValue, TableReader, TableShape, TableWriter
from backend.services.backup.digest import RowsDigest
from backend.services.backup.errors import (
    BackupFromNewerVersion,
    EncryptionKeyMissing,
    InstallationNotEmpty,
    RestoredDataDiffers,
)
from backend.services.backup.folder import BackupFolder
from backend.services.backup.manifest import Manifest, ObjectRecord, TableRecord
from backend.services.backup.objects import ObjectCopies
from backend.services.backup.progress import Progress
from backend.services.key_rotation import UNKNOWN_KEY
from backend.services.storage import ObjectStorage

_EMPTY_FIX: Final = "Restore into an installation that has been migrated and never seeded; see the documentation."


@dataclass(frozen=True, slots=True)
class RestoreService:
    """Fills an empty installation. ``owner_url`` carries the async driver."""

    owner: OwnerDatabase
    owner_url: SecretStr
    storage: ObjectStorage
    box: SecretBox

    async def restore(self, source: Path, progress: Progress) -> Manifest:
        """Restore and compare; the rows appear together, when all of them and all objects are right.

        What was interrupted may be begun again: objects that are there already are those of the backup.
        Raises BackupError, StorageError, DatabaseUnavailable.
        """
        folder = BackupFolder(source)
        manifest = folder.read_manifest()
        self._refuse_strange(manifest)
        await self._refuse_filled(folder, manifest)
        await asyncio.to_thread(check_backup, source, progress)
        await asyncio.to_thread(self._bring_to_revision, manifest.revision)
        await asyncio.to_thread(self._send_objects, folder, manifest, progress)
        async with self.owner.filling() as writer:
            await _fill(writer, folder, manifest, progress)
        await self.owner.analyze()
        await asyncio.to_thread(upgrade, self.owner_url.get_secret_value())
        return manifest

    def _refuse_strange(self, manifest: Manifest) -> None:
        if not is_known(manifest.revision):
            raise BackupFromNewerVersion(
                f"The backup has revision {manifest.revision} of the database, by OpenReg {manifest.openreg_version}.",
                fix="Restore it with that version of OpenReg or a newer one.",
            )
        used = {name for counts in manifest.sealed.values() for name in counts} - {UNKNOWN_KEY}
        missing = sorted(used - set(self.box.key_ids))
        if missing:
            raise EncryptionKeyMissing(
                f"Secrets of the backup are sealed with the keys {', '.join(missing)}; "
                f"ENCRYPTION_KEY holds {', '.join(self.box.key_ids)}.",
                fix="Put the keys that were kept apart from the backup into ENCRYPTION_KEY, separated by commas.",
            )

    async def _refuse_filled(self, folder: BackupFolder, manifest: Manifest) -> None:
        async with self.owner.snapshot() as reader:
            await _refuse_rows(reader, await reader.tables())
            current = await reader.find_revision()
        if current is not None and not is_known(current):
            raise BackupFromNewerVersion(f"The database is at revision {current}, which this OpenReg does not know.")
        await asyncio.to_thread(self._refuse_strange_objects, folder, manifest)

    def _refuse_strange_objects(self, folder: BackupFolder, manifest: Manifest) -> None:
        self.storage.ensure_bucket()
        if next(iter(self.storage.list()), None) is None:
            return
        ours = {record.key for record in folder.objects(manifest.objects.index)}
        stranger = next((one.key for one in self.storage.list() if one.key not in ours), None)
        if stranger is not None:
            raise InstallationNotEmpty(
                f"The bucket {self.storage.bucket} holds {stranger}, which is not in the backup.", fix=_EMPTY_FIX
            )

    def _bring_to_revision(self, revision: str) -> None:
        """An empty database at the migration the backup was made at; the way on to ours is gone with its rows."""
        url = self.owner_url.get_secret_value()
        if asyncio.run(self._current()) not in {None, revision}:
            downgrade(url)
        upgrade(url, revision)

    async def _current(self) -> str | None:
        async with self.owner.snapshot() as reader:
            return await reader.find_revision()

    def _send_objects(self, folder: BackupFolder, manifest: Manifest, progress: Progress) -> None:
        copies = ObjectCopies(self.storage, folder)
        for what, records in (
            ("objects", copies.send_all(folder.objects(manifest.objects.index))),
            ("objects, compared", copies.compare_all(folder.objects(manifest.objects.index))),
        ):
            progress.begin(what, manifest.objects.size_bytes)
            _follow(records, progress)


def _follow(records: Iterator[ObjectRecord], progress: Progress) -> None:
    for record in records:
        progress.advance(record.size_bytes)


def check_backup(source: Path, progress: Progress) -> Manifest:
    """Whether every file of a backup is whole. Raises BackupMissing, BackupDamaged, BackupFromNewerVersion."""
    folder = BackupFolder(source)
    manifest = folder.read_manifest()
    progress.begin("files of the backup", manifest.size_bytes)
    folder.check_file(manifest.objects.index)
    for table in manifest.tables:
        folder.check_file(table.file)
        progress.advance(table.file.size_bytes)
    for record in folder.objects(manifest.objects.index):
        folder.check_object(record)
        progress.advance(record.size_bytes)
    return manifest


async def _refuse_rows(reader: TableReader, shapes: tuple[TableShape, ...]) -> None:
    filled = await reader.filled_tables(shapes)
    if filled:
        raise InstallationNotEmpty(f"There are rows already in: {', '.join(filled)}.", fix=_EMPTY_FIX)


async def _fill(writer: TableWriter, folder: BackupFolder, manifest: Manifest, progress: Progress) -> None:
    shapes = await writer.tables()
    await _refuse_rows(writer, shapes)
    records = {table.name: table for table in manifest.tables}
    here = {shape.name: set(shape.columns) for shape in shapes}
    if here != {table.name: set(table.columns) for table in manifest.tables}:
        raise RestoredDataDiffers("The tables of the database are not those of the backup.")
    progress.begin("tables", manifest.rows)
    for shape in shapes:
        await writer.copy_in(shape.name, records[shape.name].columns, _lines(folder, records[shape.name]))
        progress.advance(records[shape.name].rows)
    await writer.set_sequences({one.name: SequenceValue(one.last_value, one.is_called) for one in manifest.sequences})
    progress.begin("tables, compared", manifest.rows)
    for shape in shapes:
        await _compare(writer, records[shape.name])
        progress.advance(records[shape.name].rows)


async def _lines(folder: BackupFolder, record: TableRecord) -> AsyncIterator[bytes]:
    for piece in folder.unpacked(record.file):
        yield piece


async def _compare(reader: TableReader, record: TableRecord) -> None:
    digest = RowsDigest()
    await reader.copy_out(record.name, record.columns, digest.add)
    if (digest.rows, digest.value) != (record.rows, record.digest):
        raise RestoredDataDiffers(
            f"{record.name} has {digest.rows} rows with the number {digest.value}; "
            f"the backup has {record.rows} with {record.digest}."
        )
