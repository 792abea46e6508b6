"""Uploads of files for connectors: begun, sent part by part, resumed where they stopped, complete or not there at all.

The bytes become visible to reports when all are there and have the declared hash: then a label names them as a file of
their table, in the place of an earlier one of the same name.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ConnectorId, new_id
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.object_keys import upload_key
from backend.persistence.models.connector import Connector
from backend.persistence.models.source_upload import SourceUpload, UploadState
from backend.persistence.repositories.connectors import ConnectorRepository
from backend.persistence.repositories.source_uploads import SourceUploadRepository
from backend.services.connectors.base import ConnectorKind
from backend.services.connectors.files.detected_types import DetectedFile
from backend.services.connectors.files.detection import SAMPLE_BYTES, detect
from backend.services.connectors.files.shelf import SourceFile
from backend.services.scope import TenantScope
from backend.services.source_access import ConnectorNotFound
from backend.services.source_files import StorageShelf
from backend.services.storage import ObjectStorage, UploadLost

PART_BYTES: Final = 8 * 1024 * 1024
MAX_PARTS: Final = 10_000
EXPIRES_AFTER: Final = timedelta(days=2)
"""After the last part that came."""
MAX_OPEN_UPLOADS: Final = 50


class SourceUploadNotFound(OpenRegError):
    """There is no such upload under way."""

    code: ClassVar[str] = "source_upload_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class SourceFileNotFound(OpenRegError):
    """There is no such file."""

    code: ClassVar[str] = "source_file_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ConnectorTakesNoFiles(OpenRegError):
    """Files are uploaded for connectors of the kind files only."""

    code: ClassVar[str] = "connector_takes_no_files"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class SourceUploadTooLarge(OpenRegError):
    """The file is larger than may be uploaded, or too many uploads are under way."""

    code: ClassVar[str] = "source_upload_too_large"
    kind: ClassVar[ErrorKind] = ErrorKind.TOO_LARGE


class UploadOffsetWrong(OpenRegError):
    """The part does not begin where the last one ended."""

    code: ClassVar[str] = "upload_offset_wrong"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class UploadPartWrong(OpenRegError):
    """A part of an upload has another size than all but the last have."""

    code: ClassVar[str] = "upload_part_wrong"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class UploadIncomplete(OpenRegError):
    """Bytes of the upload are still missing."""

    code: ClassVar[str] = "upload_incomplete"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class UploadHashDiffers(OpenRegError):
    """The bytes that came are not those whose hash was declared."""

    code: ClassVar[str] = "upload_hash_differs"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class NewUpload:
    """What is to come; ``sha256`` of the whole file, when it is known."""

    name: str
    table: str
    size_bytes: int
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class SourceUploadService:
    """Uploads for the connectors of a tenant, and the files they became."""

    scope: TenantScope
    storage: ObjectStorage
    max_bytes: int

    async def begin(self, connector_id: ConnectorId, wanted: NewUpload) -> SourceUpload:
        """Announce a file. Raises ConnectorNotFound, ConnectorTakesNoFiles, SourceUploadTooLarge."""
        largest = min(self.max_bytes, PART_BYTES * MAX_PARTS)
        if wanted.size_bytes > largest:
            raise SourceUploadTooLarge(
                f"The file has {wanted.size_bytes} bytes; {largest} may be uploaded.",
                fix="Split the file, or ask the operator to raise SOURCE_MAX_UPLOAD_BYTES.",
            )
        await self._connector(connector_id)
        upload_id, at = new_id(), self.scope.now()
        key = upload_key(self.scope.tenant, connector_id, upload_id)
        storage_upload = await asyncio.to_thread(self.storage.begin_upload, key)
        upload = SourceUpload(
            id=upload_id,
            tenant_id=self.scope.tenant,
            connector_id=connector_id,
            table_name=wanted.table,
            name=wanted.name,
            state=UploadState.OPEN,
            size_bytes=wanted.size_bytes,
            received_bytes=0,
            part_bytes=PART_BYTES,
            sha256=wanted.sha256,
            object_key=key,
            storage_upload_id=storage_upload,
            parts=[],
            created_by=self.scope.user_id,
            created_at=at,
            expires_at=at + EXPIRES_AFTER,
        )
        async with self.scope.transaction() as session:
            uploads = SourceUploadRepository(session, self.scope.tenant)
            if len(await uploads.of_connector(connector_id, UploadState.OPEN)) >= MAX_OPEN_UPLOADS:
                raise SourceUploadTooLarge(
                    f"{MAX_OPEN_UPLOADS} uploads are under way for this connector.", fix="Finish or abort some."
                )
            uploads.add(upload)
        return upload

    async def under_way(self, connector_id: ConnectorId) -> Sequence[SourceUpload]:
        """Uploads that are not complete. Raises ConnectorNotFound."""
        return await self._listed(connector_id, UploadState.OPEN)

    async def files(self, connector_id: ConnectorId) -> Sequence[SourceUpload]:
        """Complete uploads. Raises ConnectorNotFound."""
        return await self._listed(connector_id, UploadState.COMPLETE)

    async def get(self, connector_id: ConnectorId, upload_id: UUID) -> SourceUpload:
        """An upload under way. Raises SourceUploadNotFound."""
        async with self.scope.transaction() as session:
            uploads = SourceUploadRepository(session, self.scope.tenant)
            found = await uploads.find(connector_id, upload_id, UploadState.OPEN)
        if found is None:
            raise SourceUploadNotFound
        return found

    async def add_part(self, connector_id: ConnectorId, upload_id: UUID, offset: int, content: bytes) -> SourceUpload:
        """The next part. Raises SourceUploadNotFound, UploadOffsetWrong, UploadPartWrong."""
        upload = await self.get(connector_id, upload_id)
        _check_offset(upload, offset)
        expected = min(upload.part_bytes, upload.size_bytes - offset)
        if len(content) != expected or not content:
            raise UploadPartWrong(
                f"The part has {len(content)} bytes; {expected} are expected here.",
                fix=f"Send parts of {upload.part_bytes} bytes, the last one with what is left.",
            )
        number = offset // upload.part_bytes + 1
        etag = await asyncio.to_thread(
            self.storage.upload_part, upload.object_key, upload.storage_upload_id, number, content
        )
        async with self.scope.transaction() as session:
            uploads = SourceUploadRepository(session, self.scope.tenant)
            now = await uploads.find(connector_id, upload_id, UploadState.OPEN, for_update=True)
            if now is None:
                raise SourceUploadNotFound
            _check_offset(now, offset)
            now.parts = [*now.parts, {"number": number, "etag": etag}]
            now.received_bytes = offset + len(content)
            now.expires_at = self.scope.now() + EXPIRES_AFTER
        return now

    async def complete(self, connector_id: ConnectorId, upload_id: UUID) -> SourceUpload:
        """Make it a file of its table. Raises SourceUploadNotFound, UploadIncomplete, UploadHashDiffers."""
        upload = await self.get(connector_id, upload_id)
        if upload.received_bytes != upload.size_bytes:
            raise UploadIncomplete(
                f"{upload.received_bytes} of {upload.size_bytes} bytes are there.", fix="Send the rest."
            )
        file = await asyncio.to_thread(self._assembled, upload)
        if upload.sha256 is not None and file.sha256 != upload.sha256:
            await self.abort(connector_id, upload_id)
            raise UploadHashDiffers(
                f"The bytes have the SHA-256 {file.sha256}, not {upload.sha256}.", fix="Upload the file again."
            )
        shelf = StorageShelf(self.storage, self.scope.tenant, connector_id)
        # The label first: should we end here, it is put again, and the row follows.
        await asyncio.to_thread(shelf.publish, upload.table_name, file)
        async with self.scope.transaction() as session:
            uploads = SourceUploadRepository(session, self.scope.tenant)
            now = await uploads.find(connector_id, upload_id, UploadState.OPEN, for_update=True)
            if now is None:
                raise SourceUploadNotFound
            replaced = await uploads.find_file(connector_id, now.table_name, now.name)
            if replaced is not None:
                await uploads.delete(replaced)
                await uploads.flush()
            now.state, now.sha256, now.parts = UploadState.COMPLETE, file.sha256, []
            now.completed_at = self.scope.now()
            await self.scope.audit(session).record(
                AuditAction.SOURCE_FILE_UPLOADED,
                _subject(now),
                after={"table": now.table_name, "size_bytes": now.size_bytes, "sha256": now.sha256},
            )
        if replaced is not None:
            await asyncio.to_thread(self.storage.delete, replaced.object_key)
        return now

    async def abort(self, connector_id: ConnectorId, upload_id: UUID) -> None:
        """Throw an upload away. Raises SourceUploadNotFound."""
        async with self.scope.transaction() as session:
            uploads = SourceUploadRepository(session, self.scope.tenant)
            found = await uploads.find(connector_id, upload_id, UploadState.OPEN, for_update=True)
            if found is None:
                raise SourceUploadNotFound
            await uploads.delete(found)
        await asyncio.to_thread(self.storage.abort_upload, found.object_key, found.storage_upload_id)
        await asyncio.to_thread(self.storage.delete, found.object_key)

    async def get_file(self, connector_id: ConnectorId, file_id: UUID) -> SourceUpload:
        """A complete upload. Raises SourceFileNotFound."""
        async with self.scope.transaction() as session:
            uploads = SourceUploadRepository(session, self.scope.tenant)
            found = await uploads.find(connector_id, file_id, UploadState.COMPLETE)
        if found is None:
            raise SourceFileNotFound
        return found

    async def detect(self, connector_id: ConnectorId, file_id: UUID) -> DetectedFile:
        """What a file seems to be; written down, for it shows values. Raises SourceFileNotFound, FileUnreadable."""
        found = await self.get_file(connector_id, file_id)
        async with self.scope.transaction() as session:
            await self.scope.audit(session).record(
                AuditAction.SOURCE_FILE_INSPECTED, _subject(found), after={"table": found.table_name}
            )
        return await asyncio.to_thread(self._detected, found)

    async def remove_file(self, connector_id: ConnectorId, file_id: UUID) -> None:
        """Take a file away. Raises SourceFileNotFound."""
        async with self.scope.transaction() as session:
            uploads = SourceUploadRepository(session, self.scope.tenant)
            found = await uploads.find(connector_id, file_id, UploadState.COMPLETE, for_update=True)
            if found is None:
                raise SourceFileNotFound
            await uploads.delete(found)
            await self.scope.audit(session).record(
                AuditAction.SOURCE_FILE_REMOVED,
                _subject(found),
                before={"table": found.table_name, "size_bytes": found.size_bytes, "sha256": found.sha256},
            )
        shelf = StorageShelf(self.storage, self.scope.tenant, connector_id)
        await asyncio.to_thread(shelf.withdraw, found.table_name, found.name, found.object_key)

    def _detected(self, file: SourceUpload) -> DetectedFile:
        head = self.storage.read(file.object_key, 0, SAMPLE_BYTES)
        with self.storage.open_ranged(file.object_key, file.size_bytes) as opened:
            return detect(file.name, head, opened)

    def _assembled(self, upload: SourceUpload) -> SourceFile:
        """The object made of its parts, as it is read back."""
        if upload.parts:
            parts = [(int(str(part["number"])), str(part["etag"])) for part in upload.parts]
            try:
                self.storage.complete_upload(upload.object_key, upload.storage_upload_id, parts)
            except UploadLost:
                # An earlier call may have come so far and no further.
                if self.storage.find_size(upload.object_key) != upload.size_bytes:
                    raise
        else:
            self.storage.put(upload.object_key, b"")
        digest = hashlib.sha256()
        for piece in self.storage.stream(upload.object_key):
            digest.update(piece)
        stored = self.storage.stat(upload.object_key)
        return SourceFile(upload.name, upload.object_key, stored.size_bytes, stored.etag, digest.hexdigest())

    async def _listed(self, connector_id: ConnectorId, state: UploadState) -> Sequence[SourceUpload]:
        await self._connector(connector_id, any_kind=True)
        async with self.scope.transaction() as session:
            return await SourceUploadRepository(session, self.scope.tenant).of_connector(connector_id, state)

    async def _connector(self, connector_id: ConnectorId, *, any_kind: bool = False) -> Connector:
        async with self.scope.transaction() as session:
            found = await ConnectorRepository(session, self.scope.tenant).find(connector_id)
        if found is None:
            raise ConnectorNotFound
        if found.kind != ConnectorKind.FILES and not any_kind:
            raise ConnectorTakesNoFiles(f"{found.name} is of the kind {found.kind}.", fix="Make one of the kind files.")
        return found


def _check_offset(upload: SourceUpload, offset: int) -> None:
    if offset != upload.received_bytes:
        raise UploadOffsetWrong(
            f"The part begins at {offset}; {upload.received_bytes} bytes are there.",
            fix="Ask for the upload and go on at its offset.",
            extra={"offset": upload.received_bytes},
        )


def _subject(upload: SourceUpload) -> AuditSubject:
    return AuditSubject("source_file", upload.id, upload.name)
