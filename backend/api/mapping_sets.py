"""Mapping sets: made, described, removed; their entries come from ``api.dataset_entries``."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from uuid import UUID

from fastapi import Response, status

from backend.api.dataset_entries import add_reading_routes, add_writing_routes
from backend.api.dataset_services import MappingSetsRead, MappingSetsWrite
from backend.api.dependencies import Idempotency, Paging
from backend.api.etags import IfMatch, tag
from backend.api.report_services import Search
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.datasets import DatasetAnswer, MappingSetChange, MappingSetCreate
from backend.api.schemas.pages import ListAnswer
from backend.core.etags import PreconditionFailed
from backend.core.ids import DatasetId
from backend.core.problems import problems
from backend.domain.datasets import MAPPING_COLUMNS
from backend.services.dataset_imports import DatasetNotFound
from backend.services.datasets import (
    DatasetChanges,
    DatasetNameTaken,
    DatasetNotEmpty,
    DatasetService,
    DatasetView,
    NewDataset,
    dataset_etag,
)

router = ResourceRouter(prefix="/mapping-sets", tags=["mapping sets"])
add_reading_routes(router, MappingSetsRead)
add_writing_routes(router, MappingSetsWrite, "mapping-sets")


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(DatasetNameTaken))
async def create_mapping_set(
    body: MappingSetCreate, mapping_sets: MappingSetsWrite, idempotency: Idempotency
) -> DatasetAnswer:
    """Make a mapping set without entries."""

    async def act() -> dict[str, object]:
        wanted = NewDataset(**{**body.model_dump(), "columns": MAPPING_COLUMNS})
        return _answer(mapping_sets, await mapping_sets.create(wanted)).model_dump(mode="json")

    request = {"route": "mapping-sets", **body.model_dump(mode="json")}
    return DatasetAnswer.model_validate(await idempotency.once(mapping_sets.scope, request, act))


@router.get("")
async def list_mapping_sets(mapping_sets: MappingSetsRead, page: Paging, q: Search = None) -> ListAnswer[DatasetAnswer]:
    """Mapping sets, newest first."""
    return ListAnswer.of(await mapping_sets.page(page, q), lambda one: _answer(mapping_sets, one))


@router.get("/{dataset_id}", responses=problems(DatasetNotFound))
async def get_mapping_set(dataset_id: UUID, mapping_sets: MappingSetsRead, response: Response) -> DatasetAnswer:
    """One mapping set."""
    view = await mapping_sets.view(DatasetId(dataset_id))
    tag(response, dataset_etag(view.dataset))
    return _answer(mapping_sets, view)


@router.patch("/{dataset_id}", responses=problems(DatasetNotFound, PreconditionFailed))
async def change_mapping_set(
    dataset_id: UUID, body: MappingSetChange, mapping_sets: MappingSetsWrite, if_match: IfMatch, response: Response
) -> DatasetAnswer:
    """Change what it is called, what a missing code means."""
    changes = DatasetChanges(
        title=body.title,
        description=body.description,
        key_title=body.key_title,
        missing=body.missing,
        stale_after_days=body.stale_after_days,
    )
    view = await mapping_sets.change(DatasetId(dataset_id), changes, if_match)
    tag(response, dataset_etag(view.dataset))
    return _answer(mapping_sets, view)


@router.delete(
    "/{dataset_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(DatasetNotFound, DatasetNotEmpty),
)
async def delete_mapping_set(dataset_id: UUID, mapping_sets: MappingSetsWrite) -> None:
    """Remove one that never had entries."""
    await mapping_sets.remove(DatasetId(dataset_id))


def _answer(mapping_sets: DatasetService, view: DatasetView) -> DatasetAnswer:
    return DatasetAnswer.of(view, mapping_sets.scope.now())
