"""Artifacts: look and download."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Header
from fastapi.responses import StreamingResponse

from backend.api.dependencies import ArtifactsDownload
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.runs import ArtifactAnswer
from backend.core.byte_range import RangeNotSatisfiable, read_range
from backend.core.ids import ArtifactId
from backend.core.problems import problems
from backend.services.artifacts import ArtifactNotFound
from backend.services.storage import StorageUnavailable

router = ResourceRouter(prefix="/artifacts", tags=["artifacts"])


@router.get("/{artifact_id}", responses=problems(ArtifactNotFound))
async def get_artifact(artifact_id: UUID, artifacts: ArtifactsDownload) -> ArtifactAnswer:
    """One artifact."""
    return ArtifactAnswer.of(await artifacts.get(ArtifactId(artifact_id)))


@router.get(
    "/{artifact_id}/content",
    response_class=StreamingResponse,
    responses=problems(ArtifactNotFound, RangeNotSatisfiable, StorageUnavailable),
)
async def download_artifact(
    artifact_id: UUID,
    artifacts: ArtifactsDownload,
    range_header: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header(alias="If-Range")] = None,
) -> StreamingResponse:
    """The stored bytes, streaming; a single byte range of the file the client knows is honoured (RFC 9110)."""
    artifact = await artifacts.get(ArtifactId(artifact_id))
    is_known = if_range is None or if_range == f'"{artifact.sha256}"'
    wanted = read_range(range_header if is_known else None, artifact.size_bytes)
    content = await artifacts.open_content(artifact, wanted.offset, wanted.length)
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{artifact.sha256}"',
        "Content-Length": str(wanted.length),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(artifact.name)}",
        "Cache-Control": "private, no-store",
    }
    if wanted.is_partial:
        headers["Content-Range"] = f"bytes {wanted.offset}-{wanted.offset + wanted.length - 1}/{artifact.size_bytes}"
    return StreamingResponse(
        content,
        status_code=206 if wanted.is_partial else 200,
        media_type=artifact.media_type,
        headers=headers,
    )
