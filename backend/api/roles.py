"""Roles, and the catalogue of what a role can permit."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response, status

from backend.api.dependencies import Paging, RolesRead, RolesWrite
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.roles import (
    PermissionAnswer,
    PermissionList,
    RoleAnswer,
    RoleChange,
    RoleChanged,
    RoleCreate,
)
from backend.core.etags import PreconditionFailed
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.domain.roles import PermissionNotHeld, PermissionUnknown
from backend.services.roles import AdministratorRoleFixed, RoleInUse, RoleNameTaken, RoleNotFound, RoleTemplateUnknown

router = ResourceRouter(tags=["roles"])


@router.get("/permissions")
async def list_permissions(_: RolesRead) -> PermissionList:
    """Everything a role can permit, in plain words."""
    return PermissionList(items=[PermissionAnswer.of(one) for one in Permission])


@router.get("/roles")
async def list_roles(roles: RolesRead, page: Paging) -> ListAnswer[RoleAnswer]:
    """Roles, newest first."""
    return ListAnswer.of(await roles.page(page), RoleAnswer.of)


@router.post(
    "/roles",
    status_code=status.HTTP_201_CREATED,
    responses=problems(PermissionUnknown, PermissionNotHeld, RoleNameTaken, RoleTemplateUnknown),
)
async def create_role(body: RoleCreate, roles: RolesWrite, response: Response) -> RoleAnswer:
    """A role with permissions that you hold yourself, or one of the templates again."""
    if body.name is None:
        view = await roles.create_from_template(body.template or "")
    else:
        view = await roles.create(name=body.name, description=body.description, permissions=body.permissions)
    tag(response, view.etag)
    return RoleAnswer.of(view)


@router.get("/roles/{role_id}", responses=problems(RoleNotFound))
async def get_role(role_id: UUID, roles: RolesRead, response: Response) -> RoleAnswer:
    """One role."""
    view = await roles.get(role_id)
    tag(response, view.etag)
    return RoleAnswer.of(view)


@router.patch(
    "/roles/{role_id}",
    responses=problems(
        RoleNotFound, PermissionUnknown, PermissionNotHeld, RoleNameTaken, AdministratorRoleFixed, PreconditionFailed
    ),
)
async def change_role(
    role_id: UUID, body: RoleChange, roles: RolesWrite, if_match: IfMatch, response: Response
) -> RoleChanged:
    """Change a role for everybody who has it; the answer says what they gain and lose."""
    view, change = await roles.change(
        role_id, if_match, name=body.name, description=body.description, permissions=body.permissions
    )
    tag(response, view.etag)
    return RoleChanged.after(view, change)


@router.delete(
    "/roles/{role_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleNotFound, RoleInUse, PermissionNotHeld, AdministratorRoleFixed),
)
async def remove_role(role_id: UUID, roles: RolesWrite) -> None:
    """Remove a role that nobody has."""
    await roles.remove(role_id)
