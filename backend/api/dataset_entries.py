"""Versions and entries, which datasets and mapping sets have alike.

Annotations are evaluated here, not kept as text: the routes close over the permission of their noun.
"""

import tempfile
from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from backend.api.dependencies import Idempotency
from backend.api.report_services import Limit, SortedCursor
from backend.api.schemas.datasets import (
    DatasetImportAnswer,
    DatasetVersionList,
    EntryAnswer,
    EntryChangeAnswer,
    EntryEdits,
)
from backend.api.schemas.pages import ListAnswer
from backend.api.uploads import digest_of
from backend.core.csv_text import MEDIA_TYPE as CSV_TYPE
from backend.core.etags import PreconditionFailed
from backend.core.ids import DatasetId
from backend.core.pagination import DEFAULT_LIMIT, CursorInvalid
from backend.core.problems import problems
from backend.domain.datasets import MAX_KEY, DatasetEntriesInvalid, ImportMode
from backend.persistence.repositories.dataset_entries import EntryFilter, by_key
from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable
from backend.services.dataset_files import (
    MAX_FILE_BYTES,
    DatasetFileTooLarge,
    DatasetFileUnreadable,
    csv_lines,
    write_workbook,
)
from backend.services.dataset_imports import DatasetBusy, DatasetNotFound, ImportOptions
from backend.services.datasets import DatasetExport, DatasetVersionNotFound
from backend.services.storage import StorageUnavailable

MAX_NAME = 255
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
EXPORTED: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": _BINARY, XLSX_TYPE: _BINARY}}}


class FileFormat(StrEnum):
    """What a file of entries is."""

    CSV = "csv"
    XLSX = "xlsx"


AsFormat = Annotated[FileFormat, Query(alias="format")]


class ImportQuery(BaseModel):
    """How a file becomes a version."""

    model_config = ConfigDict(extra="forbid")

    mode: ImportMode = ImportMode.REPLACE
    effective_from: date | None = Field(default=None, description="The day of a snapshot; today without it.")
    note: str = Field(default="", max_length=500)
    based_on: int | None = Field(default=None, ge=0, description="The version it was prepared for.")
    is_dry_run: bool = Field(default=False, description="Tell what it would do, and every fault; change nothing.")

    def options(self) -> ImportOptions:
        """The same for the service."""
        return ImportOptions(
            self.mode,
            effective_from=self.effective_from,
            note=self.note,
            based_on=self.based_on,
            is_rehearsal=self.is_dry_run,
        )


async def entry_filter(
    version: Annotated[int | None, Query(ge=0, description="A version; the newest without one.")] = None,
    as_of: Annotated[date | None, Query(description="Only those valid on this day.")] = None,
    q: Annotated[str | None, Query(max_length=MAX_KEY, description="How their keys begin.")] = None,
    key: Annotated[str | None, Query(max_length=MAX_KEY, description="Exactly this key.")] = None,
) -> EntryFilter:
    """Which entries are wanted."""
    return EntryFilter(version, as_of, q, key)


Wanted = Annotated[EntryFilter, Depends(entry_filter)]


async def sent_file(export: DatasetExport, as_: FileFormat) -> StreamingResponse:
    """The entries as a download: CSV as they are read, a workbook when it is whole."""
    headers = {"Content-Disposition": f'attachment; filename="{export.name}.{as_.value}"'}
    if as_ is FileFormat.CSV:
        return StreamingResponse(csv_lines(export.columns, export.pages), media_type=CSV_TYPE, headers=headers)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it was sent
    await write_workbook(export.columns, export.pages, file)
    file.seek(0)
    return StreamingResponse(file, media_type=XLSX_TYPE, headers=headers, background=BackgroundTask(file.close))


def add_reading_routes(router: APIRouter, reader: Any) -> None:
    """Versions, entries as of a version and a day, and what changed between two versions."""

    @router.get("/{dataset_id}/versions", responses=problems(DatasetNotFound))
    async def list_versions(
        dataset_id: UUID,
        datasets: reader,
        before: Annotated[int | None, Query(ge=1)] = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> DatasetVersionList:
        """Published versions, the newest first."""
        return DatasetVersionList.of(await datasets.versions(DatasetId(dataset_id), before, limit))

    @router.get("/{dataset_id}/entries", responses=problems(DatasetNotFound, DatasetVersionNotFound, CursorInvalid))
    async def list_entries(
        dataset_id: UUID, datasets: reader, wanted: Wanted, limit: Limit = DEFAULT_LIMIT, cursor: SortedCursor = None
    ) -> ListAnswer[EntryAnswer]:
        """Entries by key."""
        page = await datasets.entries(DatasetId(dataset_id), by_key(limit, cursor), wanted)
        return ListAnswer.of(page, EntryAnswer.of)

    @router.get(
        "/{dataset_id}/export",
        response_class=StreamingResponse,
        responses={**EXPORTED, **problems(DatasetNotFound, DatasetVersionNotFound, DatasetFileTooLarge)},
    )
    async def export_entries(
        dataset_id: UUID, datasets: reader, wanted: Wanted, as_: AsFormat = FileFormat.CSV
    ) -> StreamingResponse:
        """The entries as a file that can be imported again; no cell of it is a formula."""
        return await sent_file(await datasets.export(DatasetId(dataset_id), wanted), as_)

    @router.get(
        "/{dataset_id}/versions/{number}/changes",
        responses=problems(DatasetNotFound, DatasetVersionNotFound, CursorInvalid),
    )
    async def list_changes(
        dataset_id: UUID,
        number: int,
        datasets: reader,
        since: Annotated[int | None, Query(ge=0, description="An earlier version; the one before without it.")] = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: SortedCursor = None,
    ) -> ListAnswer[EntryChangeAnswer]:
        """What a version has that an earlier one has not, and the other way round, by key."""
        earlier = max(0, number - 1) if since is None else since
        page = await datasets.changes(DatasetId(dataset_id), by_key(limit, cursor), earlier, number)
        return ListAnswer.of(page, EntryChangeAnswer.of)


def add_writing_routes(router: APIRouter, writer: Any, noun: str) -> None:
    """Edits of entries."""

    @router.post(
        "/{dataset_id}/entries",
        responses=problems(DatasetNotFound, DatasetEntriesInvalid, DatasetBusy, PreconditionFailed, StorageUnavailable),
    )
    async def edit_entries(
        dataset_id: UUID, body: EntryEdits, datasets: writer, idempotency: Idempotency
    ) -> DatasetImportAnswer:
        """Make one new version of a batch of edits: all of them, or none."""

        async def act() -> dict[str, object]:
            edits = [one.edit() for one in body.edits]
            outcome = await datasets.edit(DatasetId(dataset_id), edits, note=body.note, based_on=body.based_on)
            return DatasetImportAnswer.of(outcome).model_dump(mode="json")

        request = {"route": f"{noun}/{dataset_id}/entries", **body.model_dump(mode="json")}
        return DatasetImportAnswer.model_validate(await idempotency.once(datasets.scope, request, act))

    @router.post(
        "/{dataset_id}/imports",
        responses=problems(
            DatasetNotFound,
            DatasetFileUnreadable,
            DatasetFileTooLarge,
            FileUnreadable,
            FileTooLarge,
            DatasetEntriesInvalid,
            DatasetBusy,
            PreconditionFailed,
            StorageUnavailable,
        ),
    )
    async def import_entries(
        dataset_id: UUID,
        file: UploadFile,
        query: Annotated[ImportQuery, Query()],
        datasets: writer,
        idempotency: Idempotency,
    ) -> DatasetImportAnswer:
        """Make a CSV file or a workbook the next version, all of it or nothing; its first line names the columns."""
        if (file.size or 0) > MAX_FILE_BYTES:
            raise DatasetFileTooLarge(f"The file has more than {MAX_FILE_BYTES} bytes.", fix="Split it, and merge.")
        name = (file.filename or "entries")[-MAX_NAME:]

        async def act() -> dict[str, object]:
            outcome = await datasets.import_file(DatasetId(dataset_id), name, file.file, query.options())
            return DatasetImportAnswer.of(outcome).model_dump(mode="json")

        digest = await digest_of(file)
        request = {"route": f"{noun}/{dataset_id}/imports", "sha256": digest, **query.model_dump(mode="json")}
        return DatasetImportAnswer.model_validate(await idempotency.once(datasets.scope, request, act))
