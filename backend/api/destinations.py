"""Destinations: where artifacts go."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response, status

from backend.api.dependencies import DestinationsRead, DestinationsWrite, Idempotency, Paging
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.deliveries import (
    CertificateConfirmation,
    DestinationAnswer,
    DestinationChange,
    DestinationCreate,
    DestinationKindAnswer,
    DestinationKindList,
    DestinationTestAnswer,
    DestinationTrial,
    GivenReason,
    HostKeyConfirmation,
)
from backend.api.schemas.pages import ListAnswer
from backend.core.etags import PreconditionFailed
from backend.core.ids import DestinationId
from backend.core.problems import problems
from backend.domain.delivery_policy import DeliveryPolicy
from backend.persistence.models.delivery import Destination
from backend.services.delivery import DestinationNotFound
from backend.services.destinations import (
    DestinationChanges,
    DestinationCredentialsNeeded,
    DestinationInUse,
    DestinationNameTaken,
    DestinationTerms,
    destination_etag,
)
from backend.services.server_identity import (
    CERTIFICATE,
    HOST_KEY,
    CertificateDiffers,
    CertificateReasonNeeded,
    HostKeyDiffers,
    HostKeyReasonNeeded,
)
from backend.services.transfer.contract import TransferKind
from backend.services.transfer.factory import credentials_schema, readable_kinds, settings_schema
from backend.services.transfer.faults import TransferSettingsInvalid

router = ResourceRouter(prefix="/destinations", tags=["destinations"])


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(DestinationNameTaken, TransferSettingsInvalid))
async def create_destination(
    body: DestinationCreate, destinations: DestinationsWrite, idempotency: Idempotency
) -> DestinationAnswer:
    """Store a destination; the server's host key is pinned by its fingerprint."""

    async def act() -> dict[str, object]:
        stored = await destinations.create(
            name=body.name,
            kind=body.kind,
            settings=dict(body.settings),
            credentials=dict(body.credentials),
            terms=DestinationTerms(body.environment, body.response_folder, body.policy or DeliveryPolicy()),
        )
        return DestinationAnswer.model_validate(stored).model_dump(mode="json")

    request = {"route": "destinations", **body.model_dump(mode="json")}
    return DestinationAnswer.model_validate(await idempotency.once(destinations.scope, request, act))


@router.get("")
async def list_destinations(destinations: DestinationsRead, page: Paging) -> ListAnswer[DestinationAnswer]:
    """Destinations, newest first, with how they have done in the last seven days."""
    return ListAnswer.of(await destinations.page(page), DestinationAnswer.of)


@router.get("/kinds")
async def list_kinds(_: DestinationsRead) -> DestinationKindList:
    """The kinds of destinations, each with the JSON Schemas of its settings and credentials."""
    readable = readable_kinds()
    return DestinationKindList(
        items=[
            DestinationKindAnswer(
                kind=kind,
                settings_schema=settings_schema(kind),
                credentials_schema=credentials_schema(kind),
                can_be_read=kind in readable,
            )
            for kind in TransferKind
        ]
    )


@router.post("/test", responses=problems(TransferSettingsInvalid))
async def test_settings(body: DestinationTrial, destinations: DestinationsWrite) -> DestinationTestAnswer:
    """Try settings and credentials before they are stored; without a confirmed host key, up to the key it shows."""
    found = await destinations.test_unsaved(body.kind, dict(body.settings), dict(body.credentials))
    return DestinationTestAnswer.model_validate(found)


@router.get("/{destination_id}", responses=problems(DestinationNotFound))
async def get_destination(
    destination_id: UUID, destinations: DestinationsRead, response: Response
) -> DestinationAnswer:
    """One destination, with how it has done in the last seven days."""
    view = await destinations.view(DestinationId(destination_id))
    tag(response, destination_etag(view.destination))
    return DestinationAnswer.of(view)


@router.patch(
    "/{destination_id}",
    responses=problems(
        DestinationNotFound,
        PreconditionFailed,
        DestinationNameTaken,
        DestinationCredentialsNeeded,
        HostKeyReasonNeeded,
        CertificateReasonNeeded,
        TransferSettingsInvalid,
    ),
)
async def change_destination(
    destination_id: UUID,
    body: DestinationChange,
    destinations: DestinationsWrite,
    if_match: IfMatch,
    response: Response,
) -> DestinationAnswer:
    """Change a destination; credentials that are left out are kept, another address needs them again.

    Another host key or certificate in place of a confirmed one needs a reason.
    """
    changes = DestinationChanges(
        body.name,
        dict(body.settings) if body.settings is not None else None,
        dict(body.credentials) if body.credentials is not None else None,
        body.environment,
        body.response_folder,
        body.policy,
        body.reason,
    )
    return _tagged(response, await destinations.change(DestinationId(destination_id), changes, if_match))


@router.delete(
    "/{destination_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(DestinationNotFound, DestinationInUse),
)
async def delete_destination(destination_id: UUID, destinations: DestinationsWrite) -> None:
    """Archive a destination to which no report delivers; one that was never used is removed."""
    await destinations.remove(DestinationId(destination_id))


@router.post("/{destination_id}/test", responses=problems(DestinationNotFound))
async def test_destination(destination_id: UUID, destinations: DestinationsWrite) -> DestinationTestAnswer:
    """Try name, address, host key, sign-in and folder in turn; leaves nothing behind."""
    return DestinationTestAnswer.model_validate(await destinations.test(DestinationId(destination_id)))


@router.post("/{destination_id}/pause", responses=problems(DestinationNotFound))
async def pause_destination(
    destination_id: UUID, body: GivenReason, destinations: DestinationsWrite, response: Response
) -> DestinationAnswer:
    """Send nothing more to it; what waits for it is set aside."""
    return _tagged(response, await destinations.pause(DestinationId(destination_id), body.reason))


@router.post("/{destination_id}/resume", responses=problems(DestinationNotFound))
async def resume_destination(
    destination_id: UUID, body: GivenReason, destinations: DestinationsWrite, response: Response
) -> DestinationAnswer:
    """Go on with a paused destination and with what was set aside."""
    return _tagged(response, await destinations.resume(DestinationId(destination_id), body.reason))


@router.post("/{destination_id}/host-key", responses=problems(DestinationNotFound, HostKeyDiffers, HostKeyReasonNeeded))
async def confirm_host_key(
    destination_id: UUID, body: HostKeyConfirmation, destinations: DestinationsWrite, response: Response
) -> DestinationAnswer:
    """Trust the key that the server shows now, where it is the one a person compared; deliveries go on."""
    stored = await destinations.confirm(DestinationId(destination_id), HOST_KEY, body.fingerprint, body.reason)
    return _tagged(response, stored)


@router.post(
    "/{destination_id}/certificate",
    responses=problems(DestinationNotFound, CertificateDiffers, CertificateReasonNeeded),
)
async def confirm_certificate(
    destination_id: UUID, body: CertificateConfirmation, destinations: DestinationsWrite, response: Response
) -> DestinationAnswer:
    """Trust the certificate that the server shows now, where it is the one a person compared; deliveries go on."""
    stored = await destinations.confirm(DestinationId(destination_id), CERTIFICATE, body.fingerprint, body.reason)
    return _tagged(response, stored)


def _tagged(response: Response, stored: Destination) -> DestinationAnswer:
    tag(response, destination_etag(stored))
    return DestinationAnswer.model_validate(stored)
