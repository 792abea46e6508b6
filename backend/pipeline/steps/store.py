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


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Which file of which output, and its object key."""

    output_number: int
    file_number: int
    key: str


class FileWriter:
    """One file in the making. Called from one thread, in the order of the records."""

    def __init__(
        self, context: RunContext, place: FilePlace, packager: Packager, upload: str, *, has_late_header: bool
    ) -> None:
        """``upload`` is an open multipart upload of the key; use ``start`` or ``resume``.

        A file with a late header gets it by ``prepend``, once, before it is closed.
        """
        self._context = context
        self.place = place
        self._packager = packager
        self._upload = upload
        self._parts: list[tuple[int, str, int]] = []
        self._buffer = bytearray()
        self._tail_key: str | None = None
        self._front_key: str | None = None
        self._is_headless = has_late_header
        # Those of a file whose first bytes come last are read back at the end.
        self._stored_hash: Digest | None = None if has_late_header else hashlib.sha256()
        self._content_hash: Digest | None = None if has_late_header else hashlib.sha256()
        self.records = 0
        self.is_closed = False

    @classmethod
    def start(
        cls, context: RunContext, place: FilePlace, media_type: str, packager: Packager, *, has_late_header: bool
    ) -> FileWriter:
        """A new file."""
        upload = context.store.begin_upload(place.key, media_type)
        writer = cls(context, place, packager, upload, has_late_header=has_late_header)
        if not has_late_header:
            writer._write(packager.open())
        return writer

    @classmethod
    def resume(
        cls, context: RunContext, progress: OutputProgress, packager: Packager, *, has_late_header: bool
    ) -> FileWriter:
        """Go on after a checkpoint. The hashes are read back at the end: their state died with the process."""
        packager.restore(progress.packaging)
        place = FilePlace(progress.output_number, progress.file_number, progress.object_key)
        is_headless = has_late_header and not progress.is_closed
        writer = cls(context, place, packager, progress.upload_id, has_late_header=is_headless)
        writer._parts = list(progress.parts)
        writer._tail_key = progress.tail_key
        writer._front_key = progress.front_key
        writer._stored_hash = writer._content_hash = None
        writer.records = progress.records
        writer.is_closed = progress.is_closed
        return writer

    @property
    def content_size(self) -> int:
        """Bytes written so far, before packaging."""
        return self._packager.content_size

    def append(self, raw: bytes | memoryview, block: Block, records: int) -> None:
        """Add the packaged form of some records (``raw`` is what was packaged)."""
        if self._content_hash is not None:
            self._content_hash.update(raw)
        self._write(self._packager.append(block))
        self.records += records
        if len(self._buffer) >= MAX_BUFFER_BYTES:
            with self._context.meter.timed(RunStep.STORE):
                self._send_part()

    def prepend(self, block: Block) -> None:
        """Add the header that was not known when the file began."""
        self._take_tail()
        head = self._packager.open() + self._packager.prepend(block)
        self._is_headless = False
        if self._front_key is None:
            self._buffer[:0] = head
            return
        content = head + self._context.store.read(self._front_key)
        self._front_key = None
        self._parts.insert(0, self._upload_part(1, content))

    def close(self) -> None:
        """Add the end of the packaging; nothing more can be appended."""
        self._write(self._packager.close())
        self.is_closed = True

    def park(self) -> None:
        """Keep nothing in memory of a file that gets no more records: what waits for its end waits in an object."""
        with self._context.meter.timed(RunStep.STORE):
            if len(self._buffer) >= MIN_PART_BYTES:
                self._send_part()
            if self._buffer:
                self._tail_key = self._put("parked")
                self._buffer = bytearray()

    def checkpoint(self, row_group: int) -> OutputProgress:
        """Put everything so far where the next attempt finds it."""
        with self._context.meter.timed(RunStep.STORE):
            if len(self._buffer) >= MIN_PART_BYTES:
                self._send_part()
            return OutputProgress(
                self.place.output_number,
                self.place.file_number,
                self.place.key,
                self._upload,
                tuple(self._parts),
                self._put(str(row_group)) if self._buffer else self._tail_key,
                self._packager.state(),
                self.records,
                self.is_closed,
                self._front_key,
            )

    def complete(self) -> StoredFile:
        """Make the file visible and verify what is stored. Raises StoredFileDiffers."""
        store, key = self._context.store, self.place.key
        self._take_tail()
        if self._buffer or not self._parts:
            self._send_part()
        size = sum(part[2] for part in self._parts)
        try:
            store.complete_upload(key, self._upload, [(number, etag) for number, etag, _ in self._parts])
        except OpenRegError as error:
            # The attempt before may have completed the upload and died before it could say so.
            if error.code != UPLOAD_LOST or store.find_size(key) != size:
                raise
            self._stored_hash = None
        if store.find_size(key) != size:
            raise StoredFileDiffers(f"{key} should have {size} bytes.")
        if self._stored_hash is None or self._content_hash is None:
            return self._read_back()
        return StoredFile(
            size, self._stored_hash.hexdigest(), self._packager.content_size, self._content_hash.hexdigest()
        )

    def abort(self) -> None:
        """Take the upload back, so that nothing is left behind."""
        self._context.store.abort_upload(self.place.key, self._upload)

    def _write(self, content: bytes) -> None:
        self._take_tail()
        if self._stored_hash is not None:
            self._stored_hash.update(content)
        self._buffer += content

    def _take_tail(self) -> None:
        """Bytes that wait in an object are read when the file goes on."""
        if self._tail_key is not None:
            self._buffer = bytearray(self._context.store.read(self._tail_key))
            self._tail_key = None

    def _put(self, name: str) -> str:
        """What is in the buffer as an object of its own; its key.

        The name is its own per checkpoint and attempt: one that never commits must not replace one that did.
        """
        place, plan = self.place, self._context.plan
        number = f"{place.output_number}-{place.file_number}"
        key = f"{tails_prefix(plan.prefix)}{number}-{name}-{self._context.attempt}"
        self._context.store.put(key, bytes(self._buffer))
        return key

    def _send_part(self) -> None:
        if self._is_headless and self._front_key is None:
            # The first part begins with the header, and no part but the last may be small.
            self._front_key = self._put("front")
        else:
            number = len(self._parts) + (2 if self._front_key else 1)
            self._parts.append(self._upload_part(number, bytes(self._buffer)))
        self._buffer = bytearray()

    def _upload_part(self, number: int, content: bytes) -> tuple[int, str, int]:
        return number, self._context.store.upload_part(self.place.key, self._upload, number, content), len(content)

    def _read_back(self) -> StoredFile:
        stored, content = hashlib.sha256(), hashlib.sha256()
        size = content_size = 0

        def pieces() -> Iterator[bytes]:
            nonlocal size
            for piece in self._context.store.stream(self.place.key):
                stored.update(piece)
                size += len(piece)
                yield piece

        for raw in unpack_stream(self._packager, pieces()):
            content.update(raw)
            content_size += len(raw)
        if content_size != self._packager.content_size:
            raise StoredFileDiffers(
                f"{self.place.key} holds {content_size} bytes of content, {self._packager.content_size} were written."
            )
        return StoredFile(size, stored.hexdigest(), content_size, content.hexdigest())
