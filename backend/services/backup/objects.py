"""Objects of the bucket: copied into files, files copied into objects, a few at a time and in bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final, TypeVar

from backend.services.backup.errors import BackupDamaged, RestoredDataDiffers
from backend.services.backup.folder import BackupFolder
from backend.services.backup.manifest import ObjectRecord
from backend.services.storage import DEFAULT_CONTENT_TYPE, PART_BYTES, ObjectNotFound, ObjectStorage

_THREADS: Final = 4  # most objects are small, and the way to the server takes longer than they do
_AHEAD: Final = 32
_MAX_PARTS: Final = 9_000

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ObjectCopies:
    """Both directions between a bucket and the folder of a backup."""

    storage: ObjectStorage
    folder: BackupFolder

    def fetch_all(self) -> Iterator[ObjectRecord]:
        """Copy every object that is there now into the folder; one that is removed meanwhile is left out."""
        found = _in_threads(self._fetch, (one.key for one in self.storage.list()))
        return (record for record in found if record is not None)

    def send_all(self, records: Iterable[ObjectRecord]) -> Iterator[ObjectRecord]:
        """Copy every object of the folder into the bucket. Raises BackupDamaged."""
        return _in_threads(self._send, records)

    def compare_all(self, records: Iterable[ObjectRecord]) -> Iterator[ObjectRecord]:
        """Read every object from the bucket again. Raises RestoredDataDiffers."""
        return _in_threads(self._compare, records)

    def _fetch(self, key: str) -> ObjectRecord | None:
        digest, size = sha256(), 0
        try:
            content_type = self.storage.stat(key).content_type
            with NamedTemporaryFile(dir=self.folder.path / "objects", delete=False) as file:
                for piece in self.storage.stream(key):
                    digest.update(piece)
                    size += len(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
        except ObjectNotFound:
            return None
        final = self.folder.object_file(digest.hexdigest())
        final.parent.mkdir(mode=0o700, exist_ok=True)
        Path(file.name).replace(final)
        return ObjectRecord(key=key, size_bytes=size, sha256=digest.hexdigest(), content_type=content_type)

    def _send(self, record: ObjectRecord) -> ObjectRecord:
        content_type = record.content_type or DEFAULT_CONTENT_TYPE
        try:
            with self.folder.object_file(record.sha256).open("rb") as file:
                if record.size_bytes <= PART_BYTES:
                    self.storage.put(record.key, file.read(), content_type)
                else:
                    self._send_parts(record, file, content_type)
        except OSError as error:
            raise BackupDamaged(f"{record.key} cannot be read from the backup.") from error
        return record

    def _send_parts(self, record: ObjectRecord, file: IO[bytes], content_type: str) -> None:
        part_bytes = max(PART_BYTES, -(-record.size_bytes // _MAX_PARTS))
        upload = self.storage.begin_upload(record.key, content_type)
        parts: list[tuple[int, str]] = []
        while piece := file.read(part_bytes):
            number = len(parts) + 1
            parts.append((number, self.storage.upload_part(record.key, upload, number, piece)))
        self.storage.complete_upload(record.key, upload, parts)

    def _compare(self, record: ObjectRecord) -> ObjectRecord:
        digest = sha256()
        try:
            for piece in self.storage.stream(record.key):
                digest.update(piece)
        except ObjectNotFound as error:
            raise RestoredDataDiffers(f"The object {record.key} is not in the bucket.") from error
        if digest.hexdigest() != record.sha256:
            raise RestoredDataDiffers(f"The object {record.key} has other bytes than the backup.")
        return record


def _in_threads(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Results in the order of the items; only a few items are under way at any time."""
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(_THREADS) as threads:
        try:
            for item in items:
                waiting.append(threads.submit(work, item))
                if len(waiting) == _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
