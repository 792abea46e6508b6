"""Delivery into an S3 bucket, and reading there.

An object appears whole or not at all, so the temporary name of other protocols is an upload that is not yet
completed. It cannot be read back before it is completed; what then differs is removed at once.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from backend.services.egress import EgressGuard
from backend.services.storage import (
    ObjectNotFound,
    ObjectStorage,
    PartRefused,
    StorageDenied,
    StorageError,
    StoredObject,
    UploadLost,
)
from backend.services.transfer.contract import (
    OpenSource,
    TransferReceipt,
    TransferStep,
    TransferTest,
    check_name,
    tested,
)
from backend.services.transfer.dial import connect, resolve
from backend.services.transfer.faults import TransferError
from backend.services.transfer.file_delivery import OutgoingFile, Passing
from backend.services.transfer.inbox import MAX_LISTED_FILES, RemoteFileEntry, is_offered
from backend.services.transfer.remote_folder import artifact_differs, differs, file_missing, name_taken
from backend.services.transfer.s3_connection import PartnerBucket, named
from backend.services.transfer.s3_settings import S3Credentials, S3Settings

TEST_STEPS: Final = ("dns", "tcp", "bucket", "write")
PART_BYTES: Final = 8 * 1024 * 1024
_MAX_PARTS: Final = 10_000
_TEST_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class S3Transfer:
    """See ``transfer.contract.Transfer``."""

    settings: S3Settings
    credentials: S3Credentials
    egress: EgressGuard

    def deliver(
        self, open_source: OpenSource, *, name: str, size_bytes: int, sha256: str, delivery_id: str
    ) -> TransferReceipt:
        """Bring the file there. Raises TransferError."""
        file = OutgoingFile(open_source, name, size_bytes, sha256, delivery_id)
        key = _key(self.settings.prefix, name)
        bucket = PartnerBucket(self.settings, self.credentials, self.egress)
        with named(self.settings):
            bucket.check()
            there = _find(bucket, key)
            if there is not None:
                _check_same(bucket, there, file)
            else:
                _end_uploads(bucket, key)
                _send(bucket, key, file)
            final = bucket.stat(key)
        return TransferReceipt(
            server=self.settings.endpoint,
            host_key_fingerprint=None,
            remote_path=f"s3://{self.settings.bucket}/{key}",
            size_bytes=final.size_bytes,
            sha256=sha256,
            remote_modified_at=final.modified_at,
            was_already_there=there is not None,
            certificate_fingerprint=bucket.certificate_fingerprint,
        )

    def test(self) -> TransferTest:
        """Every step a delivery takes, with a small object and an upload that are removed again."""
        return tested(TEST_STEPS, self._walk)

    def _walk(self, done: list[TransferStep]) -> None:
        def succeed(message: str) -> None:
            done.append(TransferStep(TEST_STEPS[len(done)], ok=True, message=message))

        address = resolve(self.settings.host, self.settings.actual_port, self.egress)
        succeed(f"{self.settings.host} is {address.address}.")
        connect(address, self.settings.connect_timeout_seconds).close()
        succeed(f"Something listens at port {self.settings.actual_port}.")
        bucket = PartnerBucket(self.settings, self.credentials, self.egress)
        with named(self.settings):
            bucket.check()
            succeed(f"The bucket {self.settings.bucket} is there, and the key opens it.")
            _try_writing(bucket, _key(self.settings.prefix, f".openreg-test-{secrets.token_hex(8)}"))
            succeed("An object was written, read back and removed; an upload was begun and ended.")


@dataclass(frozen=True, slots=True)
class S3Inbox:
    """See ``transfer.inbox.RemoteInbox``; a folder is what keys begin with."""

    bucket: ObjectStorage
    settings: S3Settings

    def list_files(self, folder: str, limit: int = MAX_LISTED_FILES) -> Sequence[RemoteFileEntry]:
        """Objects directly below the folder, by name. Raises TransferError."""
        prefix = _key(self._prefix(folder), "")
        with named(self.settings):
            # The server gives keys in their order, so that no more is listed than is wanted.
            return tuple(islice(self._entries(prefix), limit))

    def read(self, folder: str, name: str) -> Iterator[bytes]:
        """An object's pieces. Raises RemoteFileMissing."""
        return self._pieces(_key(self._prefix(folder), check_name(name)))

    def _prefix(self, folder: str) -> str:
        return folder if folder.startswith("/") else _key(self.settings.prefix, folder)

    def _entries(self, prefix: str) -> Iterator[RemoteFileEntry]:
        for found in self.bucket.list(prefix, recursive=False):
            name = found.key.removeprefix(prefix)
            if name and "/" not in name and is_offered(name):
                yield RemoteFileEntry(name, found.size_bytes, found.modified_at)

    def _pieces(self, key: str) -> Iterator[bytes]:
        with named(self.settings):
            try:
                yield from self.bucket.stream(key)
            except ObjectNotFound as error:
                raise file_missing(key) from error


@contextmanager
def open_s3_inbox(settings: S3Settings, credentials: S3Credentials, egress: EgressGuard) -> Iterator[S3Inbox]:
    """Reading in the bucket. Raises TransferError."""
    bucket = PartnerBucket(settings, credentials, egress)
    with named(settings):
        bucket.check()
    yield S3Inbox(bucket, settings)


@dataclass(slots=True)
class _Upload:
    """Parts of an object in the making."""

    bucket: ObjectStorage
    key: str
    id: str
    parts: list[tuple[int, str]] = field(default_factory=list)

    def add(self, content: bytes) -> None:
        number = len(self.parts) + 1
        self.parts.append((number, self.bucket.upload_part(self.key, self.id, number, content)))

    def complete(self) -> None:
        self.bucket.complete_upload(self.key, self.id, self.parts)

    def abort(self) -> None:
        with suppress(StorageError, TransferError):  # what failed first is the reason
            self.bucket.abort_upload(self.key, self.id)


def _send(bucket: ObjectStorage, key: str, file: OutgoingFile) -> None:
    """Write the object and read it back. Raises TransferError and StorageError."""
    passing = Passing()
    pieces = _parts(passing.through(file.open_source(0)), max(PART_BYTES, -(-file.size_bytes // _MAX_PARTS)))
    if file.size_bytes <= PART_BYTES:
        content = b"".join(islice(pieces, 2))  # a second part is more than was recorded
        _check_sent(bucket, key, file, passing)
        bucket.put(key, content)
    else:
        upload = _Upload(bucket, key, bucket.begin_upload(key))
        try:
            for piece in pieces:
                upload.add(piece)
            _check_sent(bucket, key, file, passing)
            upload.complete()
        except BaseException:
            upload.abort()
            raise
    if _sha256(bucket, key) != file.sha256:
        bucket.delete(key)
        raise differs(file.name)


def _check_sent(bucket: ObjectStorage, key: str, file: OutgoingFile, passing: Passing) -> None:
    """Raises ArtifactDiffers, or FileNameTaken when another object appeared meanwhile."""
    if not passing.is_whole(file):
        raise artifact_differs(file.name)
    appeared = _find(bucket, key)
    if appeared is not None:
        _check_same(bucket, appeared, file)


def _parts(pieces: Iterator[bytes], part_bytes: int) -> Iterator[bytes]:
    gathered = bytearray()
    for piece in pieces:
        gathered += piece
        while len(gathered) >= part_bytes:
            part = bytes(gathered[:part_bytes])
            del gathered[:part_bytes]
            yield part
    if gathered:
        yield bytes(gathered)


def _check_same(bucket: ObjectStorage, there: StoredObject, file: OutgoingFile) -> None:
    if there.size_bytes != file.size_bytes or _sha256(bucket, there.key) != file.sha256:
        raise name_taken(there.key)


def _end_uploads(bucket: ObjectStorage, key: str) -> None:
    """Throw away what an attempt that was killed has left. Servers that do not list it clean up by a rule."""
    with suppress(UploadLost, PartRefused, StorageDenied):  # how servers say that there are none, or that they cannot
        for upload in bucket.open_uploads():
            if upload.key == key:
                bucket.abort_upload(key, upload.upload_id)


def _find(bucket: ObjectStorage, key: str) -> StoredObject | None:
    try:
        return bucket.stat(key)
    except ObjectNotFound:
        return None


def _sha256(bucket: ObjectStorage, key: str) -> str:
    digest = hashlib.sha256()
    for piece in bucket.stream(key):
        digest.update(piece)
    return digest.hexdigest()


def _try_writing(bucket: ObjectStorage, key: str) -> None:
    content = secrets.token_bytes(_TEST_BYTES)
    try:
        bucket.put(key, content)
        if bucket.read(key) != content:
            raise differs(key)
    finally:
        with suppress(StorageError, TransferError):
            bucket.delete(key)
    upload = _Upload(bucket, key, bucket.begin_upload(key))
    try:
        upload.add(content)
    finally:
        upload.abort()


def _key(prefix: str, name: str) -> str:
    beginning = prefix.strip("/")
    return f"{beginning}/{name}" if beginning else name
