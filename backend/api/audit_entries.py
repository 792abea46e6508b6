"""The audit trail: who did what. Read, verified, and taken out as a file."""

# Annotations are evaluated, not kept as text: FastAPI reads the types of query parameters from them.

import json
from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from backend.api.dependencies import Paging, Requires
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.audit_entries import AuditEntryAnswer, AuditEntryDetailAnswer, ChainVerdictAnswer
from backend.api.schemas.pages import ListAnswer
from backend.core.csv_text import MEDIA_TYPE as CSV_MEDIA_TYPE
from backend.core.csv_text import csv_line
from backend.core.problems import problems
from backend.domain.audit import AuditAction
from backend.domain.audit_chain import HASHED_FIELDS, time_as_text
from backend.domain.permissions import Permission
from backend.persistence.models.audit import AuditEntry
from backend.persistence.repositories.audit import AuditFilter
from backend.services.audit import AuditEntryNotFound, AuditService
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/audit-entries", tags=["audit"])
#: As they are hashed, so that whoever has the file can compute the chain anew.
_COLUMNS: Final = (*HASHED_FIELDS, "hash")
_LINES_PER_CHUNK: Final = 200


class ExportFormat(StrEnum):
    """How the file is written."""

    CSV = "csv"
    NDJSON = "ndjson"


_MEDIA_TYPES: Final = {ExportFormat.CSV: CSV_MEDIA_TYPE, ExportFormat.NDJSON: "application/x-ndjson"}


async def _reading(scope: Annotated[TenantScope, Depends(Requires(Permission.AUDIT_READ))]) -> AuditService:
    return AuditService(scope)


async def _exporting(scope: Annotated[TenantScope, Depends(Requires(Permission.AUDIT_EXPORT))]) -> AuditService:
    return AuditService(scope)


async def audit_filter(  # noqa: PLR0913 - one parameter per filter
    *,
    actor_id: Annotated[UUID | None, Query(description="The user's or the service key's id.")] = None,
    action: AuditAction | None = None,
    subject_kind: Annotated[str | None, Query(max_length=60)] = None,
    subject_id: UUID | None = None,
    since: Annotated[AwareDatetime | None, Query(description="At or after.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before.")] = None,
    q: Annotated[str | None, Query(max_length=200, description="A part of who, what or the note.")] = None,
) -> AuditFilter:
    """Which entries are wanted."""
    return AuditFilter(actor_id, action, subject_kind, subject_id, since, until, q)


AuditRead = Annotated[AuditService, Depends(_reading)]
AuditExport = Annotated[AuditService, Depends(_exporting)]
Wanted = Annotated[AuditFilter, Depends(audit_filter)]


@router.get("")
async def list_audit_entries(audit: AuditRead, wanted: Wanted, page: Paging) -> ListAnswer[AuditEntryAnswer]:
    """Entries, newest first."""
    return ListAnswer[AuditEntryAnswer].of_attributes(await audit.page(page, wanted))


@router.get("/export", response_class=StreamingResponse)
async def export_audit_entries(
    audit: AuditExport,
    wanted: Wanted,
    file_format: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.CSV,
) -> StreamingResponse:
    """The entries as a file, oldest first. That it was taken is an entry itself, written before the first byte."""
    entries = await audit.export(wanted, file_format)
    name = f"audit-entries.{file_format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_file(entries, file_format), media_type=_MEDIA_TYPES[file_format], headers=headers)


@router.post("/verify")
async def verify_audit_entries(audit: AuditRead) -> ChainVerdictAnswer:
    """Compute the newest 100,000 links of the chain anew; `openreg audit verify` does it for all of them."""
    return ChainVerdictAnswer.of(await audit.verify())


@router.get("/{entry_id}", responses=problems(AuditEntryNotFound))
async def get_audit_entry(entry_id: UUID, audit: AuditRead) -> AuditEntryDetailAnswer:
    """One entry with what was before and after."""
    return AuditEntryDetailAnswer.of(await audit.get(entry_id))


async def _file(entries: AsyncIterator[AuditEntry], file_format: ExportFormat) -> AsyncIterator[str]:
    lines = [csv_line(_COLUMNS)] if file_format is ExportFormat.CSV else []
    async for entry in entries:
        values = [_text(getattr(entry, name)) for name in _COLUMNS]
        if file_format is ExportFormat.CSV:
            lines.append(csv_line(values))
        else:
            lines.append(json.dumps(dict(zip(_COLUMNS, values, strict=True)), ensure_ascii=False) + "\n")
        if len(lines) >= _LINES_PER_CHUNK:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)


def _text(value: object) -> str | int | None:
    if value is None or isinstance(value, str | int):
        return value
    return time_as_text(value) if isinstance(value, datetime) else str(value)
