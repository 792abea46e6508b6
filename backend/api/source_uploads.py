"""Files of a connector: uploaded part by part, resumed, listed, removed."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request, Response, status

from backend.api.dependencies import Idempotency, Requires, Runtime
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.source_uploads import (
    DetectedFileAnswer,
    SourceFileAnswer,
    SourceFileList,
    SourceUploadAnswer,
    SourceUploadCreate,
    SourceUploadList,
)
from backend.core.ids import ConnectorId
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable
from backend.services.scope import TenantScope
from backend.services.source_access import ConnectorNotFound
from backend.services.source_uploads import (
    PART_BYTES,
    ConnectorTakesNoFiles,
    NewUpload,
    SourceFileNotFound,
    SourceUploadNotFound,
    SourceUploadService,
    SourceUploadTooLarge,
    UploadHashDiffers,
    UploadIncomplete,
    UploadOffsetWrong,
    UploadPartWrong,
)
from backend.services.storage import StorageUnavailable

PART_TYPE = "application/offset+octet-stream"
_BINARY = {"type": "string", "format": "binary"}
router = ResourceRouter(prefix="/connectors/{connector_id}", tags=["source files"])


def _uploads(permission: Permission) -> Callable[..., Awaitable[SourceUploadService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> SourceUploadService:
        return SourceUploadService(scope, runtime.adapters.storage, runtime.settings.runs.max_upload_bytes)

    return provide


UploadsRead = Annotated[SourceUploadService, Depends(_uploads(Permission.CONNECTORS_READ))]
UploadsQuery = Annotated[SourceUploadService, Depends(_uploads(Permission.CONNECTORS_QUERY))]
UploadsWrite = Annotated[SourceUploadService, Depends(_uploads(Permission.CONNECTORS_WRITE))]


@router.post(
    "/uploads",
    status_code=status.HTTP_201_CREATED,
    responses=problems(ConnectorNotFound, ConnectorTakesNoFiles, SourceUploadTooLarge, StorageUnavailable),
)
async def begin_upload(
    connector_id: UUID, body: SourceUploadCreate, uploads: UploadsWrite, idempotency: Idempotency
) -> SourceUploadAnswer:
    """Announce a file; its parts come next."""

    async def act() -> dict[str, object]:
        wanted = NewUpload(body.name, body.table, body.size_bytes, body.sha256)
        begun = await uploads.begin(ConnectorId(connector_id), wanted)
        return SourceUploadAnswer.of(begun).model_dump(mode="json")

    request = {"route": f"connectors/{connector_id}/uploads", **body.model_dump(mode="json")}
    return SourceUploadAnswer.model_validate(await idempotency.once(uploads.scope, request, act))


@router.get("/uploads", responses=problems(ConnectorNotFound))
async def list_uploads(connector_id: UUID, uploads: UploadsRead) -> SourceUploadList:
    """Uploads that are not complete, each with the offset to go on at."""
    found = await uploads.under_way(ConnectorId(connector_id))
    return SourceUploadList(items=[SourceUploadAnswer.of(one) for one in found])


@router.get("/uploads/{upload_id}", responses=problems(SourceUploadNotFound))
async def get_upload(
    connector_id: UUID, upload_id: UUID, uploads: UploadsRead, response: Response
) -> SourceUploadAnswer:
    """Where an upload stands; the header ``Upload-Offset`` says it too."""
    found = await uploads.get(ConnectorId(connector_id), upload_id)
    response.headers["Upload-Offset"] = str(found.received_bytes)
    response.headers["Cache-Control"] = "no-store"
    return SourceUploadAnswer.of(found)


@router.patch(
    "/uploads/{upload_id}",
    responses=problems(SourceUploadNotFound, UploadOffsetWrong, UploadPartWrong, StorageUnavailable),
    openapi_extra={"requestBody": {"required": True, "content": {PART_TYPE: {"schema": _BINARY}}}},
)
async def add_part(
    connector_id: UUID,
    upload_id: UUID,
    request: Request,
    uploads: UploadsWrite,
    upload_offset: Annotated[int, Header(ge=0, description="Where the part begins: the offset of the upload.")],
) -> SourceUploadAnswer:
    """The next part as the body of the request; a part that breaks off counts for nothing."""
    content = await _at_most(request, PART_BYTES)
    return SourceUploadAnswer.of(await uploads.add_part(ConnectorId(connector_id), upload_id, upload_offset, content))


@router.post(
    "/uploads/{upload_id}/complete",
    responses=problems(SourceUploadNotFound, UploadIncomplete, UploadHashDiffers, StorageUnavailable),
)
async def complete_upload(connector_id: UUID, upload_id: UUID, uploads: UploadsWrite) -> SourceFileAnswer:
    """Verify size and hash, and make it a file of its table, in the place of one of the same name."""
    return SourceFileAnswer.of(await uploads.complete(ConnectorId(connector_id), upload_id))


@router.delete(
    "/uploads/{upload_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(SourceUploadNotFound, StorageUnavailable),
)
async def abort_upload(connector_id: UUID, upload_id: UUID, uploads: UploadsWrite) -> None:
    """Throw an upload away."""
    await uploads.abort(ConnectorId(connector_id), upload_id)


@router.get("/files", responses=problems(ConnectorNotFound))
async def list_files(connector_id: UUID, uploads: UploadsRead) -> SourceFileList:
    """Complete files, by table and name."""
    found = await uploads.files(ConnectorId(connector_id))
    return SourceFileList(items=[SourceFileAnswer.of(one) for one in found])


@router.post(
    "/files/{file_id}/detect", responses=problems(SourceFileNotFound, FileUnreadable, FileTooLarge, StorageUnavailable)
)
async def detect_file(connector_id: UUID, file_id: UUID, uploads: UploadsQuery) -> DetectedFileAnswer:
    """What a file seems to be, for somebody to confirm: format, dialect, columns with types, each with the reason."""
    return DetectedFileAnswer.model_validate(await uploads.detect(ConnectorId(connector_id), file_id))


@router.delete(
    "/files/{file_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(SourceFileNotFound, StorageUnavailable),
)
async def delete_file(connector_id: UUID, file_id: UUID, uploads: UploadsWrite) -> None:
    """Remove a file for good."""
    await uploads.remove_file(ConnectorId(connector_id), file_id)


async def _at_most(request: Request, size: int) -> bytes:
    """The body; more than a part is not read to its end."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > size:
            raise UploadPartWrong(f"The part has more than {size} bytes.", fix=f"Send parts of {size} bytes.")
    return bytes(content)
