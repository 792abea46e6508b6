"""API keys of the customer one works for."""

# Annotations are evaluated here, not kept as text, as in ``external_api.api.people``.

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from backend.core.pagination import DEFAULT_LIMIT, MAX_LIMIT, CursorInvalid, PageRequest
from backend.core.problems import problems
from backend.domain.api_versions import ApiVersionUnknown
from backend.domain.customers import CustomerRight, KeyScopeUnknown
from backend.domain.service_keys import NetworkInvalid
from backend.services.customer_keys import (
    CustomerKeyClosed,
    CustomerKeyLimitReached,
    CustomerKeyNameTaken,
    CustomerKeyNotFound,
    CustomerKeyService,
)
from backend.services.idempotency import AnswerLost, IdempotencyKeyReused, RequestInProgress
from backend.services.service_keys import ExpiryInThePast
from external_api.api.access import Runtime
from external_api.api.people import (
    SIGNED_IN_RESPONSES,
    IdempotencyKey,
    SignedIn,
    customers_own,
    idempotency_of,
    key_service,
)
from external_api.api.schemas.customers import APIKeyAnswer, APIKeyCreate, APIKeyList, APIKeyMade, APIKeyRotate

router = APIRouter(prefix="/customers/keys", tags=["customers: keys"], responses=SIGNED_IN_RESPONSES)
KeysRead = Annotated[CustomerKeyService, key_service(CustomerRight.KEYS_READ)]
KeysWrite = Annotated[CustomerKeyService, key_service(CustomerRight.KEYS_WRITE)]


@router.get("", responses=problems(CursorInvalid))
async def list_api_keys(
    keys: KeysRead,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> APIKeyList:
    """Keys, newest first, revoked ones included."""
    return APIKeyList.of(await keys.page(PageRequest(limit, cursor)))


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        KeyScopeUnknown,
        ApiVersionUnknown,
        NetworkInvalid,
        ExpiryInThePast,
        CustomerKeyLimitReached,
        CustomerKeyNameTaken,
        IdempotencyKeyReused,
        RequestInProgress,
        AnswerLost,
    ),
)
async def create_api_key(
    body: APIKeyCreate, keys: KeysWrite, principal: SignedIn, runtime: Runtime, key: IdempotencyKey = None
) -> APIKeyMade:
    """A key for a program. Its secret is in this answer and nowhere else."""

    async def act() -> dict[str, object]:
        made, secret = await keys.create(body.terms())
        return APIKeyMade.with_secret(made, secret).model_dump(mode="json")

    request = {"route": "customers/keys", **body.model_dump(mode="json")}
    answer = await idempotency_of(runtime, keys.scope).once(customers_own(key, principal), request, act)
    return APIKeyMade.model_validate(answer)


@router.get("/{key_id}", responses=problems(CustomerKeyNotFound))
async def get_api_key(key_id: UUID, keys: KeysRead) -> APIKeyAnswer:
    """One key."""
    return APIKeyAnswer.of(await keys.get(key_id))


@router.post("/{key_id}/rotate", responses=problems(CustomerKeyNotFound, CustomerKeyClosed))
async def rotate_api_key(key_id: UUID, body: APIKeyRotate, keys: KeysWrite) -> APIKeyMade:
    """A new secret; the former one works for some hours longer, and both count as one key."""
    made, secret = await keys.rotate(key_id, timedelta(hours=body.overlap_hours))
    return APIKeyMade.with_secret(made, secret)


@router.delete(
    "/{key_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(CustomerKeyNotFound, CustomerKeyClosed)
)
async def revoke_api_key(key_id: UUID, keys: KeysWrite) -> None:
    """The key, and the one before a rotation, open nothing any more; every process knows within a second."""
    await keys.revoke(key_id)
