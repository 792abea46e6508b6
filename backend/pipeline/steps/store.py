"""Store: packaged blocks become the parts of one multipart upload, resumable after every row group.

Nothing is visible in object storage until the file is complete. Bytes that are too few for a part at a
checkpoint wait in an object of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.core.errors import OpenRegError
from backend.domain.object_keys import tails_prefix
from backend.domain.runs import RunStep
from backend.pipeline.context import RunContext
from backend.pipeline.errors import StoredFileDiffers
from backend.pipeline.plan import MIN_PART_BYTES
from backend.pipeline.ports import OutputProgress
from backend.pipeline.rendering.packaging import Block, Packager, unpack_stream

if TYPE_CHECKING:
    from hashlib import _Hash as Digest

UPLOAD_LOST = "upload_lost"
#: Codes of the store that make the parts of earlier attempts useless.
UPLOAD_SPOILT = frozenset({UPLOAD_LOST, "part_refused"})
MAX_BUFFER_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Size and SHA-256 of the object, and of the uncompressed content in it."""

    size_bytes: int
    sha256: str
    content_size_bytes: int
    content_sha256: str


class FileWriter:
    """One file in the making. Called from one thread, in the order of the records."""

    def __init__(self, context: RunContext, key: str, packager: Packager, upload: str) -> None:
        """``upload`` is an open multipart upload of the key; use ``start`` or ``resume``."""
        self._context = context
        self.key = key
        self._packager = packager
        self._upload = upload
        self._parts: list[tuple[int, str, int]] = []
        self._buffer = bytearray()
        self._stored_hash: Digest | None = hashlib.sha256()
        self._content_hash: Digest | None = hashlib.sha256()
        self.records = 0
        self.is_closed = False

    @classmethod
    def start(cls, context: RunContext, key: str, media_type: str, packager: Packager) -> FileWriter:
        """A new file."""
        writer = cls(context, key, packager, context.store.begin_upload(key, media_type))
        writer._write(packager.open())
        return writer

    @classmethod
    def resume(cls, context: RunContext, progress: OutputProgress, packager: Packager) -> FileWriter:
        """Go on after a checkpoint. The hashes are read back at the end: their state died with the process."""
        packager.restore(progress.packaging)
        writer = cls(context, progress.object_key, packager, progress.upload_id)
        writer._parts = list(progress.parts)
        writer._buffer = bytearray(context.store.read(progress.tail_key)) if progress.tail_key else bytearray()
        writer._stored_hash = writer._content_hash = None
        writer.records = progress.records
        writer.is_closed = progress.is_closed
        return writer

    def append(self, raw: bytes | memoryview, block: Block, records: int) -> None:
        """Add the packaged form of some records (``raw`` is what was packaged)."""
        if self._content_hash is not None:
            self._content_hash.update(raw)
        self._write(self._packager.append(block))
        self.records += records
        if len(self._buffer) >= MAX_BUFFER_BYTES:
            with self._context.meter.timed(RunStep.STORE):
                self._send_part()

    def close(self) -> None:
        """Add the end of the packaging; nothing more can be appended."""
        self._write(self._packager.close())
        self.is_closed = True

    def checkpoint(self, output_number: int, file_number: int, name: str) -> OutputProgress:
        """Put everything so far where the next attempt finds it."""
        with self._context.meter.timed(RunStep.STORE):
            if len(self._buffer) >= MIN_PART_BYTES:
                self._send_part()
            tail_key = None
            if self._buffer:
                # A name of its own per checkpoint and attempt: one that never commits must not replace one that did.
                tail_key = f"{tails_prefix(self._context.plan.prefix)}{name}-{self._context.attempt}"
                self._context.store.put(tail_key, bytes(self._buffer))
            return OutputProgress(
                output_number,
                file_number,
                self.key,
                self._upload,
                tuple(self._parts),
                tail_key,
                self._packager.state(),
                self.records,
                self.is_closed,
            )

    def complete(self) -> StoredFile:
        """Make the file visible and verify what is stored. Raises StoredFileDiffers."""
        store = self._context.store
        if self._buffer or not self._parts:
            self._send_part()
        size = sum(part[2] for part in self._parts)
        try:
            store.complete_upload(self.key, self._upload, [(number, etag) for number, etag, _ in self._parts])
        except OpenRegError as error:
            # The attempt before may have completed the upload and died before it could say so.
            if error.code != UPLOAD_LOST or store.find_size(self.key) != size:
                raise
            self._stored_hash = None
        if store.find_size(self.key) != size:
            raise StoredFileDiffers(f"{self.key} should have {size} bytes.")
        if self._stored_hash is None or self._content_hash is None:
            return self._read_back()
        return StoredFile(
            size, self._stored_hash.hexdigest(), self._packager.content_size, self._content_hash.hexdigest()
        )

    def abort(self) -> None:
        """Take the upload back, so that nothing is left behind."""
        self._context.store.abort_upload(self.key, self._upload)

    def _write(self, content: bytes) -> None:
        if self._stored_hash is not None:
            self._stored_hash.update(content)
        self._buffer += content

    def _send_part(self) -> None:
        content, self._buffer = bytes(self._buffer), bytearray()
        number = len(self._parts) + 1
        etag = self._context.store.upload_part(self.key, self._upload, number, content)
        self._parts.append((number, etag, len(content)))

    def _read_back(self) -> StoredFile:
        stored, content = hashlib.sha256(), hashlib.sha256()
        size = content_size = 0

        def pieces() -> Iterator[bytes]:
            nonlocal size
            for piece in self._context.store.stream(self.key):
                stored.update(piece)
                size += len(piece)
                yield piece

        for raw in unpack_stream(self._packager, pieces()):
            content.update(raw)
            content_size += len(raw)
        if content_size != self._packager.content_size:
            raise StoredFileDiffers(
                f"{self.key} holds {content_size} bytes of content, {self._packager.content_size} were written."
            )
        return StoredFile(size, stored.hexdigest(), content_size, content.hexdigest())
