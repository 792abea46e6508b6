"""Service keys of the tenant one is signed in to."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fastapi import Response, status

from backend.api.access import ServiceKeysRead, ServiceKeysWrite
from backend.api.dependencies import Paging
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.service_keys import (
    ServiceKeyAnswer,
    ServiceKeyChange,
    ServiceKeyCreate,
    ServiceKeyMade,
    ServiceKeyRotate,
)
from backend.core.etags import PreconditionFailed
from backend.core.problems import problems
from backend.domain.roles import PermissionNotHeld, PermissionUnknown
from backend.domain.service_keys import NetworkInvalid
from backend.services.service_keys import (
    ExpiryInThePast,
    ServiceKeyClosed,
    ServiceKeyNameTaken,
    ServiceKeyNotFound,
    ServiceKeyOfAnother,
)

router = ResourceRouter(prefix="/service-keys", tags=["service keys"])
_TERMS = (PermissionUnknown, PermissionNotHeld, NetworkInvalid, ExpiryInThePast, ServiceKeyNameTaken)


@router.get("")
async def list_service_keys(keys: ServiceKeysRead, page: Paging) -> ListAnswer[ServiceKeyAnswer]:
    """Keys, newest first, revoked ones included."""
    return ListAnswer.of(await keys.page(page), ServiceKeyAnswer.of)


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(*_TERMS))
async def create_service_key(body: ServiceKeyCreate, keys: ServiceKeysWrite, response: Response) -> ServiceKeyMade:
    """A key for a program. Its secret is in this answer and nowhere else."""
    view, secret = await keys.create(body.terms())
    tag(response, view.etag)
    return ServiceKeyMade.with_secret(view, secret.get_secret_value())


@router.get("/{service_key_id}", responses=problems(ServiceKeyNotFound))
async def get_service_key(service_key_id: UUID, keys: ServiceKeysRead, response: Response) -> ServiceKeyAnswer:
    """One key."""
    view = await keys.get(service_key_id)
    tag(response, view.etag)
    return ServiceKeyAnswer.of(view)


@router.patch(
    "/{service_key_id}", responses=problems(ServiceKeyNotFound, ServiceKeyClosed, PreconditionFailed, *_TERMS)
)
async def change_service_key(
    service_key_id: UUID, body: ServiceKeyChange, keys: ServiceKeysWrite, if_match: IfMatch, response: Response
) -> ServiceKeyAnswer:
    """Change what a key may do, from where or until when."""
    view = await keys.change(service_key_id, body.changes(), if_match)
    tag(response, view.etag)
    return ServiceKeyAnswer.of(view)


@router.post(
    "/{service_key_id}/rotate",
    responses=problems(ServiceKeyNotFound, ServiceKeyClosed, ServiceKeyOfAnother, PermissionNotHeld),
)
async def rotate_service_key(
    service_key_id: UUID, body: ServiceKeyRotate, keys: ServiceKeysWrite, response: Response
) -> ServiceKeyMade:
    """A new secret; the former one works for some hours longer, so that programs can be changed in peace."""
    view, secret = await keys.rotate(service_key_id, timedelta(hours=body.overlap_hours))
    tag(response, view.etag)
    return ServiceKeyMade.with_secret(view, secret.get_secret_value())


@router.delete(
    "/{service_key_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(ServiceKeyNotFound, ServiceKeyClosed),
)
async def revoke_service_key(service_key_id: UUID, keys: ServiceKeysWrite) -> None:
    """The key, and the one before a rotation, open nothing any more."""
    await keys.revoke(service_key_id)
