"""What is answered about datasets and about mapping sets alike: made, listed, looked at, changed."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response

from backend.api.dependencies import IdempotentRequest
from backend.api.etags import tag
from backend.api.schemas.datasets import DatasetAnswer, MappingSetChange, MappingSetCreate
from backend.api.schemas.pages import ListAnswer
from backend.core.etags import Precondition
from backend.core.ids import DatasetId
from backend.core.pagination import PageRequest
from backend.services.datasets import DatasetService, DatasetView, dataset_etag


async def made(
    datasets: DatasetService, body: MappingSetCreate, idempotency: IdempotentRequest, noun: str
) -> DatasetAnswer:
    """One without entries, made once however often it is asked for."""

    async def act() -> dict[str, object]:
        return _answer(datasets, await datasets.create(body.wanted())).model_dump(mode="json")

    request = {"route": noun, **body.model_dump(mode="json")}
    return DatasetAnswer.model_validate(await idempotency.once(datasets.scope, request, act))


async def listed(datasets: DatasetService, page: PageRequest, part: str | None) -> ListAnswer[DatasetAnswer]:
    """Those whose name or title holds the text, newest first."""
    return ListAnswer.of(await datasets.page(page, part), lambda one: _answer(datasets, one))


async def shown(datasets: DatasetService, dataset_id: UUID, response: Response) -> DatasetAnswer:
    """One, with the tag that a change has to name."""
    return _tagged(datasets, await datasets.view(DatasetId(dataset_id)), response)


async def changed(
    datasets: DatasetService, dataset_id: UUID, body: MappingSetChange, seen: Precondition, response: Response
) -> DatasetAnswer:
    """The same after a change, with its new tag."""
    return _tagged(datasets, await datasets.change(DatasetId(dataset_id), body.changes(), seen), response)


def _tagged(datasets: DatasetService, view: DatasetView, response: Response) -> DatasetAnswer:
    tag(response, dataset_etag(view.dataset))
    return _answer(datasets, view)


def _answer(datasets: DatasetService, view: DatasetView) -> DatasetAnswer:
    return DatasetAnswer.of(view, datasets.scope.now())
