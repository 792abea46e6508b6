"""Object storage: any server that speaks S3, through the minio client.

Every call is bounded in time: connecting, each wait for data, and the number of tries. Objects appear whole or not
at all; large ones are written as multipart uploads, whose parts another process may continue. A part that is sent
again must have the same bytes (some servers stream parts to disk and refuse others).

StorageError
├── ObjectNotFound, BucketMissing, BucketNameInvalid
├── UploadLost             the server knows nothing of this multipart upload (any more)
├── PartRefused            the part was sent before with other bytes, or its number or size is not allowed
├── StorageDenied          wrong keys, or keys without the right
└── StorageUnavailable     no answer, or the server is in trouble (transient)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from io import BufferedReader, BytesIO, RawIOBase
from typing import IO, ClassVar, Final
from xml.etree import ElementTree as ET

import urllib3
from minio import Minio
from minio.datatypes import Part
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from typing_extensions import Buffer

from backend.core.errors import ErrorKind, OpenRegError

PART_BYTES: Final = 16 * 1024 * 1024
"""Usual size of a part; 10,000 of them are allowed, so an object may have 160 GiB."""

MIN_PART_BYTES: Final = 5 * 1024 * 1024
"""The smallest part S3 accepts, except for the last."""

DEFAULT_CONTENT_TYPE: Final = "application/octet-stream"
#: When a caller may come again while the store is away.
RETRY_AFTER_SECONDS: Final = 10
WINDOW_BYTES: Final = 8 * 1024 * 1024

_CONNECT_SECONDS: Final = 5.0
_READ_SECONDS: Final = 30.0
_CHUNK_BYTES: Final = 1024 * 1024
_STREAM_TRIES: Final = 4
_RETRIES: Final = urllib3.Retry(
    total=3,
    connect=3,
    read=1,  # a server that hangs is not asked for minutes
    redirect=0,
    backoff_factor=0.2,
    status_forcelist=[500, 502, 503, 504],
    raise_on_status=False,
)
_BUCKET_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ERROR_CODE: Final = re.compile(r"<Code>\s*([A-Za-z]+)\s*</Code>")
_ERROR_MESSAGE: Final = re.compile(r"<Message>([^<]*)</Message>")


class StorageError(OpenRegError):
    """Object storage did not do what was asked."""

    code: ClassVar[str] = "storage_error"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


class ObjectNotFound(StorageError):
    """There is no such object."""

    code: ClassVar[str] = "object_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class BucketMissing(StorageError):
    """The bucket does not exist."""

    code: ClassVar[str] = "bucket_missing"


class BucketNameInvalid(StorageError):
    """A bucket cannot have this name."""

    code: ClassVar[str] = "bucket_name_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class UploadLost(StorageError):
    """The storage server no longer knows this upload."""

    code: ClassVar[str] = "upload_lost"


class PartRefused(StorageError):
    """The storage server refused a part of an upload."""

    code: ClassVar[str] = "part_refused"


class StorageDenied(StorageError):
    """The storage server refused the access key."""

    code: ClassVar[str] = "storage_denied"


class StorageUnavailable(StorageError):
    """Object storage does not answer."""

    code: ClassVar[str] = "storage_unavailable"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


class _PastTheEnd(StorageError):
    """The object is shorter than the place asked for."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What the server knows of an object; ``etag`` is its mark, not a hash to rely on."""

    key: str
    size_bytes: int
    etag: str
    modified_at: datetime | None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class VersionPolicy:
    """What the store does with old versions; ``versioning`` is ``unknown`` where it does not say."""

    versioning: str
    expires_old_versions: bool


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """A multipart upload that was neither completed nor aborted."""

    key: str
    upload_id: str
    begun_at: datetime


_NOT_FOUND: Final = (ObjectNotFound, "{what} is not in storage.", None)
_PART_REFUSED: Final = (
    PartRefused,
    "The storage server refused a part of {what}: {message}",
    "Write the object again.",
)
_DENIED: Final = (
    StorageDenied,
    "The storage server refused the access key.",
    "Check MINIO_ACCESS_KEY, MINIO_SECRET_KEY and MINIO_REGION, and the key's rights on the bucket.",
)
_KNOWN_ERRORS: Final[Mapping[str, tuple[type[StorageError], str, str | None]]] = {
    "NoSuchKey": _NOT_FOUND,
    "NotFound": _NOT_FOUND,
    "NoSuchUpload": (
        UploadLost,
        "The storage server no longer knows the upload of {what}.",
        "Write the object again from the beginning.",
    ),
    "InvalidRange": (_PastTheEnd, "{what} ends before the bytes asked for.", None),
    "InvalidPart": _PART_REFUSED,
    "InvalidPartOrder": _PART_REFUSED,
    "EntityTooSmall": _PART_REFUSED,
    "EntityTooLarge": _PART_REFUSED,
    "NotImplemented": _PART_REFUSED,
    "AccessDenied": _DENIED,
    "InvalidAccessKeyId": _DENIED,
    "SignatureDoesNotMatch": _DENIED,
}


class ObjectStorage:
    """One bucket. Safe to share between threads; a process makes its own."""

    def __init__(
        self,
        *,
        endpoint: str,
        access_key: str,
        secret_key: str,
        bucket: str,
        secure: bool = False,
        region: str = "us-east-1",
    ) -> None:
        """``endpoint`` is host:port. Nothing is contacted yet. Raises BucketNameInvalid."""
        if _BUCKET_NAME.fullmatch(bucket) is None:
            raise BucketNameInvalid(
                f"{bucket!r} is not a bucket name.",
                fix="Set ARTIFACT_BUCKET to 3 to 63 small letters, digits, dots and hyphens.",
            )
        self.bucket = bucket
        # The region is given, so that the client never asks the server for it with a request of its own.
        self._client = Minio(
            endpoint,
            access_key=access_key,
            secret_key=secret_key,
            secure=secure,
            region=region,
            http_client=self.connections(),
        )

    def connections(self) -> urllib3.PoolManager:
        """What connects to the server, every wait bounded; a server that is not ours has its own."""
        return urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS), retries=_RETRIES, maxsize=16
        )

    def check(self) -> None:
        """Raises BucketMissing, StorageDenied or StorageUnavailable when the bucket cannot be used."""
        with self._named("the bucket"):
            is_there = self._client.bucket_exists(self.bucket)
        if not is_there:
            raise self._bucket_missing()

    def ensure_bucket(self) -> None:
        """Make the bucket when it is not there."""
        with self._named("the bucket"):
            if not self._client.bucket_exists(self.bucket):
                try:
                    self._client.make_bucket(self.bucket)
                except S3Error as error:
                    if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                        raise

    def put(self, key: str, content: bytes, content_type: str = DEFAULT_CONTENT_TYPE) -> StoredObject:
        """Write a whole object, replacing what was there."""
        with self._named(key):
            result = self._client.put_object(
                self.bucket,
                key,
                BytesIO(content),
                len(content),
                content_type=content_type,
                part_size=max(PART_BYTES, len(content)),
                num_parallel_uploads=1,
            )
        return StoredObject(key, len(content), result.etag or "", None, content_type)

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """The bytes of an object or of a part of it. Raises ObjectNotFound."""
        return b"".join(self.stream(key, offset, length))

    def stream(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Pieces of an object in order, none from its end on; a broken connection is taken up where it broke."""
        if length == 0:
            return
        position, tries = offset, 0
        while True:
            try:
                for piece in self._pieces(key, position, None if length is None else offset + length - position):
                    yield piece
                    position += len(piece)
                    tries = 0
            except StorageUnavailable:
                tries += 1
                if tries == _STREAM_TRIES or position == offset:
                    raise  # nothing came at all: the client inside has tried again already
            except _PastTheEnd:
                return
            else:
                return

    def stat(self, key: str) -> StoredObject:
        """What the server knows of an object. Raises ObjectNotFound."""
        with self._named(key):
            found = self._client.stat_object(self.bucket, key)
        return StoredObject(key, int(found.size or 0), found.etag or "", found.last_modified, found.content_type)

    def find_size(self, key: str) -> int | None:
        """Size of an object in bytes, None when it is not there."""
        try:
            return self.stat(key).size_bytes
        except ObjectNotFound:
            return None

    def list(self, prefix: str = "", *, recursive: bool = True) -> Iterator[StoredObject]:
        """Every object whose key begins with ``prefix``; not recursive, only those without a slash after it."""
        with self._named(prefix):
            for found in self._client.list_objects(self.bucket, prefix=prefix, recursive=recursive):
                if found.is_dir:
                    continue
                yield StoredObject(str(found.object_name), int(found.size or 0), found.etag or "", found.last_modified)

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        try:
            with self._named(key):
                self._client.remove_object(self.bucket, key)
        except ObjectNotFound:
            return

    def delete_prefix(self, prefix: str) -> int:
        """Remove every object whose key begins with ``prefix``; how many there were."""
        if not prefix:
            raise ValueError("an empty prefix would remove everything")
        keys = [found.key for found in self.list(prefix)]
        for key in keys:
            self.delete(key)
        return len(keys)

    def open_ranged(self, key: str, size: int, *, window: int = WINDOW_BYTES) -> IO[bytes]:
        """A seekable file over an object of known size, for readers that jump (Parquet); reads ahead by ``window``."""
        return BufferedReader(_RangedObject(self, key, size, window), buffer_size=64 * 1024)

    # The multipart calls below are private in minio 7.2.20, whose own public ones cannot be continued by another
    # process. They are used in this file only; tests/integration/backend/services/test_storage.py pins them.

    def begin_upload(self, key: str, content_type: str = DEFAULT_CONTENT_TYPE) -> str:
        """Start a multipart upload and give its identifier; nothing is visible before it is completed."""
        with self._named(key):
            return str(self._client._create_multipart_upload(self.bucket, key, {"Content-Type": content_type}))  # noqa: SLF001 - see above

    def upload_part(self, key: str, upload_id: str, number: int, content: bytes) -> str:
        """Send part ``number`` (from 1) and give its mark. Raises UploadLost, PartRefused."""
        with self._named(key):
            return str(self._client._upload_part(self.bucket, key, content, None, upload_id, number))  # noqa: SLF001

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> StoredObject:
        """Join the parts, given as (number, mark), into the object. Raises UploadLost."""
        joined = [Part(number, etag) for number, etag in sorted(parts)]
        with self._named(key):
            result = self._client._complete_multipart_upload(self.bucket, key, upload_id, joined)  # noqa: SLF001
        return StoredObject(key, self.stat(key).size_bytes, str(result.etag or ""), None)

    def abort_upload(self, key: str, upload_id: str) -> None:
        """Throw the parts away; an upload that is gone already is no error."""
        try:
            with self._named(key):
                self._client._abort_multipart_upload(self.bucket, key, upload_id)  # noqa: SLF001
        except UploadLost:
            return

    def open_uploads(self) -> tuple[OpenUpload, ...]:
        """Uploads in the making, the server's first thousand; empty on a server that does not list them.

        The client's own method finds nothing on servers whose answer has no XML namespace.
        """
        with self._named("the uploads"):
            answer = self._client._execute("GET", bucket_name=self.bucket, query_params={"uploads": ""})  # noqa: SLF001
        found = []
        for element in ET.fromstring(answer.data).iter():  # noqa: S314 - our own server's answer
            if element.tag.rpartition("}")[2] == "Upload":
                part = {child.tag.rpartition("}")[2]: child.text or "" for child in element}
                found.append(OpenUpload(part["Key"], part["UploadId"], datetime.fromisoformat(part["Initiated"])))
        return tuple(found)

    def server_time(self) -> datetime:
        """The store's own clock, in whole seconds. Raises StorageUnavailable."""
        with self._named("the bucket"):
            answer = self._client._execute("HEAD", bucket_name=self.bucket)  # noqa: SLF001 - see above
        return parsedate_to_datetime(answer.headers["Date"])

    def version_policy(self) -> VersionPolicy:
        """Whether removed objects stay as versions, and whether a rule ends that."""
        with self._named("the bucket"):
            try:
                versioning = str(self._client.get_bucket_versioning(self.bucket).status or "off").lower()
            except (S3Error, InvalidResponseError):
                return VersionPolicy("unknown", expires_old_versions=False)
            try:
                lifecycle = self._client.get_bucket_lifecycle(self.bucket)
            except (S3Error, InvalidResponseError):
                lifecycle = None
        rules = lifecycle.rules if lifecycle else ()
        return VersionPolicy(versioning, any(rule.noncurrent_version_expiration for rule in rules))

    def _pieces(self, key: str, offset: int, length: int | None) -> Iterator[bytes]:
        with self._named(key):
            response = self._client.get_object(self.bucket, key, offset=offset, length=length or 0)
            try:
                yield from response.stream(_CHUNK_BYTES)
            finally:
                response.close()
                response.release_conn()

    @contextmanager
    def _named(self, what: str) -> Iterator[None]:
        """Turn what the client and urllib3 raise into named facts."""
        try:
            yield
        except S3Error as error:
            raise self._error(error.code, error.message, what) from error
        except InvalidResponseError as error:
            # Errors sent as text/xml are not read by the client; the code stands in the text of its exception.
            code, message = _ERROR_CODE.search(str(error)), _ERROR_MESSAGE.search(str(error))
            raise self._error(code[1] if code else None, message[1] if message else None, what) from error
        except ServerError as error:
            raise self._unavailable(f"it answered with status {error.status_code}") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise self._unavailable(_reason(error)) from error
        except MinioException as error:
            raise self._unavailable("its answer cannot be read") from error

    def _error(self, code: str | None, message: str | None, what: str) -> StorageError:
        if code == "NoSuchBucket":
            return self._bucket_missing()
        if code == "RequestTimeTooSkewed" or "request time" in (message or "").lower():
            # Servers do not agree on the code. It passes: another machine takes the work, or the clock is set.
            return self._unavailable("it finds the clock of this machine wrong")
        known = _KNOWN_ERRORS.get(code or "")
        if known is None:
            return self._unavailable(f"it reported {code or 'an error'}")
        kind, text, fix = known
        return kind(text.format(what=what, message=message or code), fix=fix, extra={"key": what})

    def _bucket_missing(self) -> BucketMissing:
        return BucketMissing(
            f"The bucket {self.bucket} does not exist.",
            fix="Create it, or correct ARTIFACT_BUCKET.",
            extra={"bucket": self.bucket},
        )

    def _unavailable(self, reason: str) -> StorageUnavailable:
        return StorageUnavailable(
            f"Object storage cannot be used: {reason}.",
            fix="Check that the server of MINIO_ENDPOINT is running, reachable and has room.",
            extra={"retry_after_seconds": RETRY_AFTER_SECONDS},
        )


class _RangedObject(RawIOBase):
    """Reads an object in windows: reading on stays inside the window, jumping fetches another."""

    def __init__(self, storage: ObjectStorage, key: str, size: int, window: int) -> None:
        super().__init__()
        self._storage = storage
        self._key = key
        self._size = size
        self._window = window
        self._position = 0
        self._start = 0
        self._content = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        origin = (0, self._position, self._size)[whence]
        self._position = max(0, origin + offset)
        return self._position

    def readinto(self, buffer: Buffer, /) -> int:
        target = memoryview(buffer).cast("B")
        wanted = min(len(target), self._size - self._position)
        if wanted <= 0:
            return 0
        if not self._start <= self._position < self._start + len(self._content):
            self._fetch(wanted)
        begin = self._position - self._start
        given = min(wanted, len(self._content) - begin)
        target[:given] = self._content[begin : begin + given]
        self._position += given
        return given

    def _fetch(self, wanted: int) -> None:
        """The footer is read first and from the end: there is nothing ahead of it to read."""
        length = min(max(wanted, self._window), self._size - self._position)
        self._start, self._content = self._position, b""
        self._content = self._storage.read(self._key, self._position, length)
        if len(self._content) != length:
            raise StorageError(f"{self._key} is shorter than the {self._size} bytes that were stored.")


def _reason(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason is not None:
        return _reason(error.reason)
    if isinstance(error, urllib3.exceptions.NewConnectionError | ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError):
        return "it did not answer in time"
    return "the connection broke"
