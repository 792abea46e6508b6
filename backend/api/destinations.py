"""Destinations: where artifacts go."""

from __future__ import annotations

from uuid import UUID

from fastapi import status

from backend.api.dependencies import DestinationsRead, DestinationsWrite, Idempotency, Paging
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.deliveries import (
    DestinationAnswer,
    DestinationCreate,
    DestinationTestAnswer,
    DestinationTrial,
)
from backend.api.schemas.pages import ListAnswer
from backend.core.ids import DestinationId
from backend.core.problems import problems
from backend.services.delivery import DestinationNameTaken, DestinationNotFound
from backend.services.transfer.faults import TransferSettingsInvalid

router = ResourceRouter(prefix="/destinations", tags=["destinations"])


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(DestinationNameTaken))
async def create_destination(
    body: DestinationCreate, destinations: DestinationsWrite, idempotency: Idempotency
) -> DestinationAnswer:
    """Store a destination; the server's host key is pinned by its fingerprint."""

    async def act() -> dict[str, object]:
        stored = await destinations.create(
            name=body.name, kind=body.kind, settings=dict(body.settings), credentials=dict(body.credentials)
        )
        return DestinationAnswer.model_validate(stored).model_dump(mode="json")

    request = {"route": "destinations", **body.model_dump(mode="json")}
    return DestinationAnswer.model_validate(await idempotency.once(destinations.scope, request, act))


@router.get("")
async def list_destinations(destinations: DestinationsRead, page: Paging) -> ListAnswer[DestinationAnswer]:
    """Destinations, newest first."""
    return ListAnswer[DestinationAnswer].of_attributes(await destinations.page(page))


@router.post("/test", responses=problems(TransferSettingsInvalid))
async def test_settings(body: DestinationTrial, destinations: DestinationsWrite) -> DestinationTestAnswer:
    """Try settings and credentials before they are stored; without a confirmed host key, up to the key it shows."""
    found = await destinations.test_unsaved(body.kind, dict(body.settings), dict(body.credentials))
    return DestinationTestAnswer.model_validate(found)


@router.get("/{destination_id}", responses=problems(DestinationNotFound))
async def get_destination(destination_id: UUID, destinations: DestinationsRead) -> DestinationAnswer:
    """One destination."""
    return DestinationAnswer.model_validate(await destinations.get(DestinationId(destination_id)))


@router.post("/{destination_id}/test", responses=problems(DestinationNotFound))
async def test_destination(destination_id: UUID, destinations: DestinationsWrite) -> DestinationTestAnswer:
    """Try name, address, host key, sign-in and folder in turn; leaves nothing behind."""
    return DestinationTestAnswer.model_validate(await destinations.test(DestinationId(destination_id)))
