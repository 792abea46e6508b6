"""Mapping sets: made, described, removed. What datasets do alike is in ``dataset_answers`` and ``dataset_entries``."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from uuid import UUID

from fastapi import Response, status

from backend.api.dataset_answers import changed, listed, made, shown
from backend.api.dataset_entries import add_reading_routes, add_writing_routes
from backend.api.dataset_services import MappingSetsRead, MappingSetsWrite
from backend.api.dependencies import Idempotency, Paging
from backend.api.etags import IfMatch
from backend.api.report_services import Search
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.datasets import DatasetAnswer, MappingSetChange, MappingSetCreate
from backend.api.schemas.pages import ListAnswer
from backend.core.etags import PreconditionFailed
from backend.core.ids import DatasetId
from backend.core.problems import problems
from backend.services.dataset_imports import DatasetNotFound
from backend.services.datasets import DatasetNameTaken, DatasetNotEmpty

router = ResourceRouter(prefix="/mapping-sets", tags=["mapping sets"])
add_reading_routes(router, MappingSetsRead)
add_writing_routes(router, MappingSetsWrite, "mapping-sets")


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(DatasetNameTaken))
async def create_mapping_set(
    body: MappingSetCreate, mapping_sets: MappingSetsWrite, idempotency: Idempotency
) -> DatasetAnswer:
    """Make a mapping set without entries."""
    return await made(mapping_sets, body, idempotency, "mapping-sets")


@router.get("")
async def list_mapping_sets(mapping_sets: MappingSetsRead, page: Paging, q: Search = None) -> ListAnswer[DatasetAnswer]:
    """Mapping sets, newest first."""
    return await listed(mapping_sets, page, q)


@router.get("/{dataset_id}", responses=problems(DatasetNotFound))
async def get_mapping_set(dataset_id: UUID, mapping_sets: MappingSetsRead, response: Response) -> DatasetAnswer:
    """One mapping set."""
    return await shown(mapping_sets, dataset_id, response)


@router.patch("/{dataset_id}", responses=problems(DatasetNotFound, PreconditionFailed))
async def change_mapping_set(
    dataset_id: UUID, body: MappingSetChange, mapping_sets: MappingSetsWrite, if_match: IfMatch, response: Response
) -> DatasetAnswer:
    """Change what it is called, what a missing code means."""
    return await changed(mapping_sets, dataset_id, body, if_match, response)


@router.delete(
    "/{dataset_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(DatasetNotFound, DatasetNotEmpty),
)
async def delete_mapping_set(dataset_id: UUID, mapping_sets: MappingSetsWrite) -> None:
    """Remove one that never had entries."""
    await mapping_sets.remove(DatasetId(dataset_id))
