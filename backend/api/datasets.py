"""Datasets: made, described, removed; their entries come from ``api.dataset_entries``."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from uuid import UUID

from fastapi import Response, status

from backend.api.dataset_entries import add_reading_routes, add_writing_routes
from backend.api.dataset_services import DatasetsRead, DatasetsWrite
from backend.api.dependencies import Idempotency, Paging
from backend.api.etags import IfMatch, tag
from backend.api.report_services import Search
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.datasets import DatasetAnswer, DatasetChange, DatasetCreate
from backend.api.schemas.pages import ListAnswer
from backend.core.etags import PreconditionFailed
from backend.core.ids import DatasetId
from backend.core.problems import problems
from backend.domain.datasets import DatasetColumnsInvalid
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

router = ResourceRouter(prefix="/datasets", tags=["datasets"])
add_reading_routes(router, DatasetsRead)
add_writing_routes(router, DatasetsWrite, "datasets")


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(DatasetNameTaken, DatasetColumnsInvalid))
async def create_dataset(body: DatasetCreate, datasets: DatasetsWrite, idempotency: Idempotency) -> DatasetAnswer:
    """Make a dataset without entries."""

    async def act() -> dict[str, object]:
        wanted = NewDataset(**{**body.model_dump(), "columns": tuple(body.columns)})
        return _answer(datasets, await datasets.create(wanted)).model_dump(mode="json")

    request = {"route": "datasets", **body.model_dump(mode="json")}
    return DatasetAnswer.model_validate(await idempotency.once(datasets.scope, request, act))


@router.get("")
async def list_datasets(datasets: DatasetsRead, page: Paging, q: Search = None) -> ListAnswer[DatasetAnswer]:
    """Datasets, newest first."""
    return ListAnswer.of(await datasets.page(page, q), lambda one: _answer(datasets, one))


@router.get("/{dataset_id}", responses=problems(DatasetNotFound))
async def get_dataset(dataset_id: UUID, datasets: DatasetsRead, response: Response) -> DatasetAnswer:
    """One dataset."""
    view = await datasets.view(DatasetId(dataset_id))
    tag(response, dataset_etag(view.dataset))
    return _answer(datasets, view)


@router.patch("/{dataset_id}", responses=problems(DatasetNotFound, PreconditionFailed, DatasetColumnsInvalid))
async def change_dataset(
    dataset_id: UUID, body: DatasetChange, datasets: DatasetsWrite, if_match: IfMatch, response: Response
) -> DatasetAnswer:
    """Change what it is called, what a missing key means, and add columns."""
    changes = DatasetChanges(
        title=body.title,
        description=body.description,
        key_title=body.key_title,
        missing=body.missing,
        stale_after_days=body.stale_after_days,
        columns=None if body.columns is None else tuple(body.columns),
    )
    view = await datasets.change(DatasetId(dataset_id), changes, if_match)
    tag(response, dataset_etag(view.dataset))
    return _answer(datasets, view)


@router.delete(
    "/{dataset_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(DatasetNotFound, DatasetNotEmpty),
)
async def delete_dataset(dataset_id: UUID, datasets: DatasetsWrite) -> None:
    """Remove one that never had entries."""
    await datasets.remove(DatasetId(dataset_id))


def _answer(datasets: DatasetService, view: DatasetView) -> DatasetAnswer:
    return DatasetAnswer.of(view, datasets.scope.now())
