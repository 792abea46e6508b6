"""Datasets: made, described, removed. What mapping sets do alike is in ``dataset_answers`` and ``dataset_entries``."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from uuid import UUID

from fastapi import Response, status

from backend.api.dataset_answers import changed, listed, made, shown
from backend.api.dataset_entries import add_reading_routes, add_writing_routes
from backend.api.dataset_services import DatasetsRead, DatasetsWrite
from backend.api.dependencies import Idempotency, Paging
from backend.api.etags import IfMatch
from backend.api.report_services import Search
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.datasets import DatasetAnswer, DatasetChange, DatasetCreate
from backend.api.schemas.pages import ListAnswer
from backend.core.etags import PreconditionFailed
from backend.core.ids import DatasetId
from backend.core.problems import problems
from backend.domain.datasets import DatasetColumnsInvalid
from backend.services.dataset_imports import DatasetNotFound
from backend.services.datasets import DatasetNameTaken, DatasetNotEmpty

router = ResourceRouter(prefix="/datasets", tags=["datasets"])
add_reading_routes(router, DatasetsRead)
add_writing_routes(router, DatasetsWrite, "datasets")


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(DatasetNameTaken, DatasetColumnsInvalid))
async def create_dataset(body: DatasetCreate, datasets: DatasetsWrite, idempotency: Idempotency) -> DatasetAnswer:
    """Make a dataset without entries."""
    return await made(datasets, body, idempotency, "datasets")


@router.get("")
async def list_datasets(datasets: DatasetsRead, page: Paging, q: Search = None) -> ListAnswer[DatasetAnswer]:
    """Datasets, newest first."""
    return await listed(datasets, page, q)


@router.get("/{dataset_id}", responses=problems(DatasetNotFound))
async def get_dataset(dataset_id: UUID, datasets: DatasetsRead, response: Response) -> DatasetAnswer:
    """One dataset."""
    return await shown(datasets, dataset_id, response)


@router.patch("/{dataset_id}", responses=problems(DatasetNotFound, PreconditionFailed, DatasetColumnsInvalid))
async def change_dataset(
    dataset_id: UUID, body: DatasetChange, datasets: DatasetsWrite, if_match: IfMatch, response: Response
) -> DatasetAnswer:
    """Change what it is called, what a missing key means, and add columns."""
    return await changed(datasets, dataset_id, body, if_match, response)


@router.delete(
    "/{dataset_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(DatasetNotFound, DatasetNotEmpty),
)
async def delete_dataset(dataset_id: UUID, datasets: DatasetsWrite) -> None:
    """Remove one that never had entries."""
    await datasets.remove(DatasetId(dataset_id))
