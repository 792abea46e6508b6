"""A stored file as an answer: whole or one range of it, with its checksum (RFC 9110, RFC 9530)."""

# Annotations are evaluated here, not kept as text, as in ``external_api.api.access``.

from base64 import b64encode
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends, Header, Request
from fastapi.responses import StreamingResponse

from backend.core.byte_range import read_range
from backend.core.clock import utc_now
from backend.services.customer_access import CustomerCaller
from backend.services.published_files import Downloader, PublishedFiles, StoredFile
from external_api.api.access import client_address
from external_api.api.runtime import ExternalRuntime

#: A stream that breaks off can be gone on with; nobody else may keep it.
_CACHE_CONTROL: Final = "private, no-store"


@dataclass(frozen=True, slots=True)
class PartAsked:
    """Which bytes a request wants, if not all, and of which state of the file."""

    bytes_asked: str | None
    of_state: str | None


async def part_asked(
    range_header: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
    if_range: Annotated[str | None, Header(alias="If-Range", max_length=200)] = None,
) -> PartAsked:
    """The two headers of RFC 9110 section 14."""
    return PartAsked(range_header, if_range)


Part = Annotated[PartAsked, Depends(part_asked)]


def files_of(runtime: ExternalRuntime) -> PublishedFiles:
    """What reads stored files."""
    return PublishedFiles(runtime.database, runtime.adapters.storage, utc_now)


def downloader(request: Request, caller: CustomerCaller) -> Downloader:
    """Whose key it is, for the publisher's audit trail."""
    label = f"{caller.customer_name} / {caller.key_name}"
    request_id = getattr(request.state, "request_id", None)
    return Downloader(caller.tenant, caller.key_id, label, client_address(request), request_id)


async def stream(runtime: ExternalRuntime, file: StoredFile, by: Downloader, part: PartAsked) -> StreamingResponse:
    """The bytes asked for, if the caller knows this state of the file, else all. Raises RangeNotSatisfiable."""
    tag = f'"{file.sha256}"'
    wanted = read_range(part.bytes_asked if part.of_state in {None, tag} else None, file.size_bytes)
    content = await files_of(runtime).open(file, wanted.offset, wanted.length, by)
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Content-Length": str(wanted.length),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "Cache-Control": _CACHE_CONTROL,
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(file.sha256)).decode()}:",
        "X-Checksum-SHA256": file.sha256,
    }
    if wanted.is_partial:
        headers["Content-Range"] = f"bytes {wanted.offset}-{wanted.offset + wanted.length - 1}/{file.size_bytes}"
    status = 206 if wanted.is_partial else 200
    return StreamingResponse(content, status_code=status, media_type=file.media_type, headers=headers)
