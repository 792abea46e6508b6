"""Members of the tenant one is signed in to."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from backend.api.access import UsersRead, UsersWrite
from backend.api.dependencies import Paging
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.users import UserAnswer, UserChange, UserDetail, UserRoles, UserRolesChanged, UserSessionsEnded
from backend.core.etags import PreconditionFailed
from backend.core.problems import problems
from backend.domain.roles import PermissionNotHeld
from backend.persistence.repositories.members import MemberFilter, MemberState
from backend.services.members import (
    AccountOfThePlatform,
    AccountShared,
    LastAdministrator,
    UserNotFound,
    etag_of_member,
)
from backend.services.roles import RoleNotFound

router = ResourceRouter(prefix="/users", tags=["users"])


@router.get("")
async def list_users(
    users: UsersRead,
    page: Paging,
    q: Annotated[str | None, Query(max_length=200, description="Part of a name or an address.")] = None,
    state: MemberState | None = None,
    role: Annotated[UUID | None, Query(description="Id of a role.")] = None,
) -> ListAnswer[UserAnswer]:
    """Members, newest first."""
    return ListAnswer.of(await users.page(MemberFilter(q, state, role), page), UserAnswer.of)


@router.get("/{user_id}", responses=problems(UserNotFound))
async def get_user(user_id: UUID, users: UsersRead, response: Response) -> UserDetail:
    """One member, and everything their roles permit together."""
    member = await users.get(user_id)
    tag(response, etag_of_member(member))
    return UserDetail.of(member)


@router.patch(
    "/{user_id}",
    responses=problems(
        UserNotFound, PreconditionFailed, PermissionNotHeld, LastAdministrator, AccountShared, AccountOfThePlatform
    ),
)
async def change_user(
    user_id: UUID, body: UserChange, users: UsersWrite, if_match: IfMatch, response: Response
) -> UserDetail:
    """Rename, suspend or bring back a member."""
    member = await users.change(user_id, body.change(), if_match)
    tag(response, etag_of_member(member))
    return UserDetail.of(member)


@router.put(
    "/{user_id}/roles",
    responses=problems(UserNotFound, RoleNotFound, PreconditionFailed, PermissionNotHeld, LastAdministrator),
)
async def change_user_roles(
    user_id: UUID, body: UserRoles, users: UsersWrite, if_match: IfMatch, response: Response
) -> UserRolesChanged:
    """Give a member exactly these roles; the answer says what they gain and lose."""
    member, change = await users.give_roles(user_id, body.role_ids, if_match)
    tag(response, etag_of_member(member))
    return UserRolesChanged.after(member, change)


@router.delete(
    "/{user_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(UserNotFound, PermissionNotHeld, LastAdministrator),
)
async def remove_user(user_id: UUID, users: UsersWrite) -> None:
    """End a membership; the account and what it did stay."""
    await users.remove(user_id)


@router.post("/{user_id}/end-sessions", responses=problems(UserNotFound, PermissionNotHeld))
async def end_user_sessions(user_id: UUID, users: UsersWrite) -> UserSessionsEnded:
    """Sign a member out everywhere."""
    return UserSessionsEnded(ended=await users.end_sessions(user_id))
