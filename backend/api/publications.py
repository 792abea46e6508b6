"""What customers of the external API are shown."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, status

from backend.api.dependencies import Idempotency, Paging, Requires
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.publications import (
    PublicationAnswer,
    PublicationChangeRequest,
    PublicationDetailAnswer,
    PublicationRequest,
)
from backend.core.etags import PreconditionFailed
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.domain.publications import (
    NothingToPublish,
    PublicationExists,
    PublicationInvalid,
    PublicationKind,
    PublicationNameTaken,
    PublicationNotFound,
    PublicationSubjectNotFound,
)
from backend.services.publishing import PublicationView, PublishingService, publication_etag
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/publications", tags=["customers"])


def _publishing(permission: Permission) -> Callable[..., Awaitable[PublishingService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> PublishingService:
        return PublishingService(scope)

    return provide


PublicationsRead = Annotated[PublishingService, Depends(_publishing(Permission.PUBLICATIONS_READ))]
PublicationsWrite = Annotated[PublishingService, Depends(_publishing(Permission.PUBLICATIONS_WRITE))]
Kind = Annotated[PublicationKind | None, Query(description="Only of this kind.")]
IsPublished = Annotated[bool | None, Query(description="Only what is shown now, or only what was taken back.")]


@router.get("")
async def list_publications(
    publishing: PublicationsRead, page: Paging, kind: Kind = None, is_published: IsPublished = None
) -> ListAnswer[PublicationAnswer]:
    """What is or was published, newest first."""
    return ListAnswer.of(await publishing.page(page, kind, is_published), PublicationAnswer.model_validate)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        PublicationSubjectNotFound, NothingToPublish, PublicationExists, PublicationNameTaken, PublicationInvalid
    ),
)
async def publish(
    body: PublicationRequest, publishing: PublicationsWrite, idempotency: Idempotency
) -> PublicationDetailAnswer:
    """Show a thing to customers, for the first time or again."""

    async def act() -> dict[str, object]:
        view = await publishing.publish(body.kind, body.thing, body.name, body.terms())
        return PublicationDetailAnswer.of(view).model_dump(mode="json")

    request = {"route": "publications", **body.model_dump(mode="json")}
    return PublicationDetailAnswer.model_validate(await idempotency.once(publishing.scope, request, act))


@router.get("/{publication_id}", responses=problems(PublicationNotFound))
async def get_publication(
    publication_id: UUID, publishing: PublicationsRead, response: Response
) -> PublicationDetailAnswer:
    """One publication with the versions that are shown."""
    return _tagged(response, await publishing.get(publication_id))


@router.put(
    "/{publication_id}",
    responses=problems(
        PublicationNotFound, PreconditionFailed, PublicationInvalid, PublicationSubjectNotFound, NothingToPublish
    ),
)
async def change_publication(
    publication_id: UUID,
    body: PublicationChangeRequest,
    publishing: PublicationsWrite,
    if_match: IfMatch,
    response: Response,
) -> PublicationDetailAnswer:
    """Decide otherwise about what is shown; with another detail its versions begin anew with the current one."""
    return _tagged(response, await publishing.change(publication_id, body.terms(), if_match))


@router.post("/{publication_id}/unpublish", responses=problems(PublicationNotFound))
async def unpublish(publication_id: UUID, publishing: PublicationsWrite, response: Response) -> PublicationDetailAnswer:
    """Show it to nobody any more; doing it twice changes nothing."""
    return _tagged(response, await publishing.unpublish(publication_id))


def _tagged(response: Response, view: PublicationView) -> PublicationDetailAnswer:
    tag(response, publication_etag(view.publication))
    return PublicationDetailAnswer.of(view)
