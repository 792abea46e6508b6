"""Writing one object part by part: a file-like sink for writers that know nothing of object storage."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from typing_extensions import Buffer

from backend.pipeline.ports import ArtifactStore

PART_BYTES = 8 * 1024 * 1024
#: Parts on their way at once; with the buffer being filled this bounds the memory of a sink.
PARTS_IN_FLIGHT = 2


class MultipartSink(io.RawIOBase):
    """A writable stream whose bytes become one object when it is closed without an error.

    ``size_bytes`` and ``sha256`` are of what was written. Leaving the ``with`` block by an exception aborts
    the upload, so nothing becomes visible.
    """

    def __init__(self, store: ArtifactStore, key: str, content_type: str) -> None:
        super().__init__()
        self._store = store
        self._key = key
        self._upload = store.begin_upload(key, content_type)
        self._buffer = bytearray()
        self._parts: list[Future[tuple[int, str]]] = []
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="part-upload")
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    @property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of everything written so far."""
        return self._hash.hexdigest()

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, content: Buffer, /) -> int:
        """Take all bytes; full parts are sent in a thread."""
        piece = memoryview(content).cast("B")
        self._hash.update(piece)
        self._buffer += piece
        self.size_bytes += len(piece)
        if len(self._buffer) >= PART_BYTES:
            self._send()
        return len(piece)

    def complete(self) -> None:
        """Send what is left and make the object visible."""
        if self._buffer or not self._parts:
            self._send()
        self._store.complete_upload(self._key, self._upload, [part.result() for part in self._parts])
        self._threads.shutdown()

    def abandon(self) -> None:
        """Take the upload back."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._store.abort_upload(self._key, self._upload)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.complete()
        else:
            self.abandon()

    def _send(self) -> None:
        content, self._buffer = bytes(self._buffer), bytearray()
        number = len(self._parts) + 1
        if number > PARTS_IN_FLIGHT:
            self._parts[number - 1 - PARTS_IN_FLIGHT].result()
        self._parts.append(self._threads.submit(self._upload_part, number, content))

    def _upload_part(self, number: int, content: bytes) -> tuple[int, str]:
        return number, self._store.upload_part(self._key, self._upload, number, content)
