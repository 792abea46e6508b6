"""Versions and entries, which datasets and mapping sets have alike.

Annotations are evaluated here, not kept as text: the routes close over the permission of their noun.
"""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from backend.api.dependencies import Idempotency
from backend.api.report_services import Limit, SortedCursor
from backend.api.schemas.datasets import (
    DatasetVersionList,
    EntryAnswer,
    EntryChangeAnswer,
    EntryEdits,
    ImportAnswer,
)
from backend.api.schemas.pages import ListAnswer
from backend.core.etags import PreconditionFailed
from backend.core.ids import DatasetId
from backend.core.pagination import DEFAULT_LIMIT, CursorInvalid
from backend.core.problems import problems
from backend.domain.datasets import MAX_KEY, DatasetEntriesInvalid
from backend.persistence.repositories.dataset_entries import EntryFilter, by_key
from backend.services.dataset_imports import DatasetBusy, DatasetNotFound
from backend.services.datasets import DatasetVersionNotFound
from backend.services.storage import StorageUnavailable


async def entry_filter(
    version: Annotated[int | None, Query(ge=0, description="A version; the newest without one.")] = None,
    as_of: Annotated[date | None, Query(description="Only those valid on this day.")] = None,
    q: Annotated[str | None, Query(max_length=MAX_KEY, description="How their keys begin.")] = None,
    key: Annotated[str | None, Query(max_length=MAX_KEY, description="Exactly this key.")] = None,
) -> EntryFilter:
    """Which entries are wanted."""
    return EntryFilter(version, as_of, q, key)


Wanted = Annotated[EntryFilter, Depends(entry_filter)]


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
    ) -> ImportAnswer:
        """Make one new version of a batch of edits: all of them, or none."""

        async def act() -> dict[str, object]:
            edits = [one.edit() for one in body.edits]
            outcome = await datasets.edit(DatasetId(dataset_id), edits, note=body.note, based_on=body.based_on)
            return ImportAnswer.of(outcome).model_dump(mode="json")

        request = {"route": f"{noun}/{dataset_id}/entries", **body.model_dump(mode="json")}
        return ImportAnswer.model_validate(await idempotency.once(datasets.scope, request, act))
