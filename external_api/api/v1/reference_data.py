"""Reference data: datasets and mapping sets, entries as of a day, lookups, what changed, and whole files."""

# Annotations are evaluated here, not kept as text, as in ``external_api.api.reading``.

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.pagination import Page
from backend.core.problems import problems
from backend.domain.customers import KeyScope
from backend.domain.datasets import MAX_KEY, DatasetKind
from backend.domain.publications import PublicationKind, PublicationNotFound
from backend.persistence.repositories.dataset_entries import EntryFilter
from backend.services.bulk_files import MEDIA_TYPES, BulkFormat, bulk_file
from backend.services.dataset_tables import parquet_schema
from backend.services.published_datasets import (
    PublishedDatasets,
    ReferenceEntryNotFound,
    ShownVersionNotFound,
    entry_pages,
)
from external_api.api.access import KEY_PROBLEMS, CustomerScope, RequiresScope, ScopeMissing
from external_api.api.reading import Listed, Place, Reading, file_responses, read_responses, reads
from external_api.api.schemas.reference_data import (
    BatchLookupAnswer,
    BatchLookupRequest,
    ChangeAnswer,
    ChangeList,
    DatasetAnswer,
    DatasetList,
    EntryAnswer,
    EntryList,
    LookupAnswer,
)

router = APIRouter(prefix="/reference-data", tags=["reference data"])
_SCOPE: Final = KeyScope.REFERENCE_READ
_KIND: Final = PublicationKind.DATASET
_MAX_NUMBER: Final = 2**31 - 1
Name = Annotated[str, Path(max_length=63, description="The name of a dataset, or the id of its publication.")]
Version = Annotated[int | None, Query(ge=1, le=_MAX_NUMBER, description="The newest version without one.")]
AsOf = Annotated[date | None, Query(description="Only what is valid on this day.")]
OnDay = Annotated[date | None, Query(description="The day; today (UTC) without one.")]
Key = Annotated[str, Query(min_length=1, max_length=MAX_KEY)]
ReferenceRead = Annotated[CustomerScope, Depends(RequiresScope(_SCOPE))]
ReadDatasets = Annotated[Reading[DatasetAnswer], reads(_SCOPE, DatasetAnswer, _KIND)]
ReadEntries = Annotated[Reading[EntryAnswer], reads(_SCOPE, EntryAnswer, _KIND)]
ReadLookup = Annotated[Reading[LookupAnswer], reads(_SCOPE, LookupAnswer, _KIND)]
ReadChanges = Annotated[Reading[ChangeAnswer], reads(_SCOPE, ChangeAnswer, _KIND)]
_ENTRY: Final = {
    "id": "0199d3a2-6c1e-7f00-8000-000000000001",
    "key": "XPAR",
    "valid_from": "2020-01-01",
    "valid_to": None,
    "values": {"name": "EURONEXT PARIS", "country": "FR"},
}
_DATASET: Final = {
    "id": "0199d3a2-6c1e-7f00-8000-0000000000aa",
    "name": "mic",
    "title": "Market identifier codes",
    "description": "ISO 10383",
    "kind": "dataset",
    "regimes": ["mifir-rts22"],
    "key_title": "MIC",
    "columns": [{"name": "name", "type": "text", "title": "Name"}],
    "version": 12,
    "entries": 2731,
    "as_at": "2026-11-09T00:00:00Z",
    "sha256": None,
    "published_at": "2026-11-10T06:00:00Z",
}


@router.get(
    "", response_model=DatasetList, responses=read_responses(example={"items": [_DATASET], "next_cursor": None})
)
async def list_datasets(
    reading: ReadDatasets, kind: Annotated[DatasetKind | None, Query(description="Only these.")] = None
) -> Response:
    """Datasets and mapping sets by name."""

    async def load(session: AsyncSession, place: Place) -> Page[DatasetAnswer]:
        page = await PublishedDatasets(session, reading.scope.caller).page(kind, place.limit, place.after)
        return Page([DatasetAnswer.of(one) for one in page.items], page.next_cursor)

    return await reading.page(load)


@router.get("/{name}", response_model=DatasetAnswer, responses=read_responses(PublicationNotFound, example=_DATASET))
async def get_dataset(name: Name, reading: ReadDatasets, version: Version = None) -> Response:
    """One dataset in its newest version, or in another one that is shown."""

    async def load(session: AsyncSession) -> DatasetAnswer:
        return DatasetAnswer.of(await PublishedDatasets(session, reading.scope.caller).get(name, version))

    return await reading.one(load)


@router.get(
    "/{name}/entries",
    response_model=EntryList,
    responses=read_responses(
        PublicationNotFound, ShownVersionNotFound, example={"items": [_ENTRY], "next_cursor": "q2Vx…"}
    ),
)
async def list_entries(
    name: Name,
    reading: ReadEntries,
    as_of: AsOf = None,
    version: Version = None,
    q: Annotated[str | None, Query(max_length=MAX_KEY, description="How their keys begin.")] = None,
) -> Response:
    """Entries by key. A walk stays in the version that it began in: nothing is lost or repeated on the way."""
    wanted = EntryFilter(version, as_of, q)

    async def load(session: AsyncSession, place: Place) -> Page[EntryAnswer]:
        datasets = PublishedDatasets(session, reading.scope.caller)
        page = await datasets.entries(name, place.limit, place.after, wanted)
        return Page([EntryAnswer.of(one) for one in page.items], page.next_cursor)

    return await reading.page(load)


@router.get(
    "/{name}/lookup",
    response_model=LookupAnswer,
    responses=read_responses(
        PublicationNotFound,
        ShownVersionNotFound,
        ReferenceEntryNotFound,
        example={"version": 12, "as_of": "2026-11-28", "entry": _ENTRY},
    ),
)
async def look_up(name: Name, key: Key, reading: ReadLookup, as_of: OnDay = None, version: Version = None) -> Response:
    """The entry of a key on a day."""
    day = as_of or reading.scope.now().date()

    async def load(session: AsyncSession) -> LookupAnswer:
        return LookupAnswer.of(await PublishedDatasets(session, reading.scope.caller).lookup(name, key, day, version))

    return await reading.one(load, day)


@router.post(
    "/{name}/lookup", responses=problems(*KEY_PROBLEMS, ScopeMissing, PublicationNotFound, ShownVersionNotFound)
)
async def look_up_many(name: Name, body: BatchLookupRequest, scope: ReferenceRead) -> BatchLookupAnswer:
    """Up to 1,000 keys at once; each that is missing says so itself. It counts as one call."""
    day = body.as_of or scope.now().date()
    async with scope.reading() as session:
        datasets = PublishedDatasets(session, scope.caller)
        version, found = await datasets.lookup_all(name, body.keys, day, body.version)
    return BatchLookupAnswer.of(body.keys, version, day, found)


@router.get(
    "/{name}/changes",
    response_model=ChangeList,
    responses=read_responses(
        PublicationNotFound,
        example={
            "from_version": 11,
            "to_version": 12,
            "has_more": False,
            "is_reset": False,
            "items": [{**_ENTRY, "is_added": True}],
            "next_cursor": "q2Vx…",
        },
    ),
)
async def list_changes(
    name: Name,
    reading: ReadChanges,
    since: Annotated[int, Query(ge=0, le=_MAX_NUMBER, description="The version you have; 0: none.")] = 0,
) -> Response:
    """What changed since a version, then since a cursor: keep `next_cursor`, and come again with it."""

    async def load(session: AsyncSession, place: Place) -> Listed[ChangeAnswer]:
        datasets = PublishedDatasets(session, reading.scope.caller)
        changes = await datasets.changes(name, since, place.limit, place.after)
        return Listed([ChangeAnswer.of(one) for one in changes.items], changes.place, ChangeList.facts(changes))

    return await reading.page(load)


@router.get(
    "/{name}/export",
    response_class=StreamingResponse,
    responses=file_responses(MEDIA_TYPES.values(), PublicationNotFound, ShownVersionNotFound),
)
async def export_entries(
    name: Name,
    reading: ReadEntries,
    as_: Annotated[BulkFormat, Query(alias="format")] = BulkFormat.NDJSON,
    as_of: AsOf = None,
    version: Version = None,
) -> Response:
    """All entries as a file, sent while it is read. In CSV no cell is a formula to a spreadsheet."""
    unchanged, headers = await reading.unchanged()
    if unchanged is not None:
        return unchanged
    scope = reading.scope
    async with scope.reading() as session:
        shown = await PublishedDatasets(session, scope.caller).get(name, version)
    pages = entry_pages(scope, shown.dataset_id, EntryFilter(shown.number, as_of), shown.types)
    headers["Content-Disposition"] = f'attachment; filename="{shown.publication.name}_{shown.number}.{as_.value}"'
    content = bulk_file(as_, parquet_schema(shown.types), pages)
    return StreamingResponse(content, media_type=MEDIA_TYPES[as_], headers=headers)
