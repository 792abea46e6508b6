"""The folder of a backup: written under another name and renamed when it is whole, read with every hash compared.

``manifest.json``, ``manifest.sha256``, ``tables/<name>.copy.gz``, ``objects.jsonl.gz``, and below ``objects/`` the
bytes of every object under the name of their hash.
"""

from __future__ import annotations

import gzip
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

from pydantic import ValidationError

from backend.services.backup.errors import (
    BackupDamaged,
    BackupFromNewerVersion,
    BackupMissing,
    BackupNotWritable,
    BackupTargetTaken,
)
from backend.services.backup.manifest import FORMAT, FileRecord, Manifest, ObjectRecord

PIECE_BYTES: Final = 1024 * 1024
INDEX: Final = "objects.jsonl.gz"
_MANIFEST: Final = "manifest.json"
_MANIFEST_HASH: Final = "manifest.sha256"
_LEVEL: Final = 1  # rows of text shrink to a fifth even so, and the disk stays the bottleneck


class FileWriter:
    """One compressed file in the making."""

    def __init__(self, path: str, file: IO[bytes]) -> None:
        self._path, self._file = path, file
        self._packer = zlib.compressobj(_LEVEL, wbits=31)  # the form of gzip, without a time in it
        self._hash, self._size = sha256(), 0

    def write(self, piece: bytes) -> None:
        """More of the content."""
        self._put(self._packer.compress(piece))

    def finish(self) -> FileRecord:
        """The rest of it, on disk; what the manifest says of it."""
        self._put(self._packer.flush())
        self._file.flush()
        os.fsync(self._file.fileno())
        return FileRecord(path=self._path, size_bytes=self._size, sha256=self._hash.hexdigest())

    def _put(self, packed: bytes) -> None:
        self._hash.update(packed)
        self._size += len(packed)
        self._file.write(packed)


@dataclass(frozen=True, slots=True)
class BackupFolder:
    """A folder that holds a backup, or will."""

    path: Path

    @contextmanager
    def created(self) -> Iterator[BackupFolder]:
        """The folder under a name that says it is unfinished; it gets its own name when the block ends without error.

        Raises BackupTargetTaken, BackupNotWritable.
        """
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise BackupTargetTaken(f"{self.path} is not empty.", fix="Name a folder that is not there yet.")
        unfinished = self.path.with_name(f"{self.path.name}.unfinished")
        with naming_the_disk(unfinished):
            # What an interrupted backup left behind is of no use to anybody.
            shutil.rmtree(unfinished, ignore_errors=True)
            for folder in (unfinished, unfinished / "tables", unfinished / "objects"):
                folder.mkdir(mode=0o700, parents=True)
            yield BackupFolder(unfinished)
            for folder in (unfinished / "tables", unfinished / "objects", unfinished):
                sync_folder(folder)
            if self.path.exists():
                self.path.rmdir()
            unfinished.rename(self.path)
            sync_folder(self.path.parent)

    @contextmanager
    def writing(self, path: str) -> Iterator[FileWriter]:
        """A new compressed file."""
        with (self.path / path).open("xb") as file:
            yield FileWriter(path, file)

    def write_manifest(self, manifest: Manifest) -> None:
        """The manifest and its hash."""
        text = manifest.model_dump_json(indent=2).encode()
        for name, content in ((_MANIFEST, text), (_MANIFEST_HASH, f"{sha256(text).hexdigest()}\n".encode())):
            with (self.path / name).open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())

    def read_manifest(self) -> Manifest:
        """What the backup says of itself. Raises BackupMissing, BackupDamaged, BackupFromNewerVersion."""
        try:
            text = (self.path / _MANIFEST).read_bytes()
            noted = (self.path / _MANIFEST_HASH).read_text("ascii").strip()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise BackupMissing(f"{self.path} holds no backup.", fix="Name the folder that was written.") from error
        except (OSError, UnicodeError) as error:
            raise _damaged(_MANIFEST) from error
        if sha256(text).hexdigest() != noted:
            raise _damaged(_MANIFEST)
        try:
            manifest = Manifest.model_validate_json(text)
        except ValidationError as error:
            raise _unknown_form() from error  # whole, but of a form that we do not know
        if manifest.format != FORMAT:
            raise _unknown_form()
        return manifest

    def check_file(self, record: FileRecord) -> None:
        """Raises BackupDamaged when the file is not what the manifest says."""
        self._check(self.path / record.path, record.path, record.size_bytes, record.sha256)

    def check_object(self, record: ObjectRecord) -> None:
        """Raises BackupDamaged when the object's bytes are not what they were."""
        self._check(self.object_file(record.sha256), record.key, record.size_bytes, record.sha256)

    def unpacked(self, record: FileRecord) -> Iterator[bytes]:
        """The content of a compressed file in pieces. Raises BackupDamaged."""
        try:
            with gzip.open(self.path / record.path, "rb") as file:
                while piece := file.read(PIECE_BYTES):
                    yield piece
        except (OSError, EOFError, zlib.error) as error:
            raise _damaged(record.path) from error

    def objects(self, record: FileRecord) -> Iterator[ObjectRecord]:
        """Every object of the backup. Raises BackupDamaged."""
        try:
            with gzip.open(self.path / record.path, "rb") as file:
                for line in file:
                    yield ObjectRecord.model_validate_json(line)
        except (OSError, EOFError, zlib.error, ValidationError) as error:
            raise _damaged(record.path) from error

    def object_file(self, content_sha256: str) -> Path:
        """Where the bytes with this hash are; equal objects share them."""
        return self.path / "objects" / content_sha256[:2] / content_sha256

    def _check(self, file: Path, name: str, size_bytes: int, content_sha256: str) -> None:
        digest = sha256()
        try:
            if file.stat().st_size != size_bytes:
                raise _damaged(name)
            with file.open("rb") as content:
                while piece := content.read(PIECE_BYTES):
                    digest.update(piece)
        except OSError as error:
            raise _damaged(name) from error
        if digest.hexdigest() != content_sha256:
            raise _damaged(name)


@contextmanager
def naming_the_disk(folder: Path) -> Iterator[None]:
    """Turn what the system says of a disk into ours."""
    try:
        yield
    except OSError as error:
        raise BackupNotWritable(
            f"{folder} cannot be written: {error.strerror or error}.",
            fix="Free some space, or name a folder on another disk.",
        ) from error


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk, not only the contents."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unknown_form() -> BackupFromNewerVersion:
    return BackupFromNewerVersion(
        f"The manifest is not of form {FORMAT}.", fix="Restore it with the version of OpenReg that made it."
    )


def _damaged(name: str) -> BackupDamaged:
    return BackupDamaged(
        f"{name} is missing or not what it was when the backup was made.",
        fix="Restore another copy of the backup; nothing has been changed.",
    )
