"""Roles of a tenant: who edits them can neither exceed themselves nor lock everybody out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, etag_of
from backend.core.ids import TenantId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.roles import (
    EVERYTHING,
    ROLE_TEMPLATES,
    PermissionChange,
    RoleTemplate,
    check_held,
    check_known,
)
from backend.persistence.models.tenant import Role
from backend.persistence.repositories.invitations import InvitationRepository
from backend.persistence.repositories.tenants import MemberRepository, RoleRepository
from backend.services.scope import TenantScope

_KEY_LENGTH = 50


class RoleNotFound(OpenRegError):
    """There is no such role."""

    code: ClassVar[str] = "role_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class RoleNameTaken(OpenRegError):
    """Another role has this name."""

    code: ClassVar[str] = "role_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RoleTemplateUnknown(OpenRegError):
    """There is no role template of this key."""

    code: ClassVar[str] = "role_template_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class RoleInUse(OpenRegError):
    """A role that somebody has, or is invited with, cannot be removed."""

    code: ClassVar[str] = "role_in_use"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class AdministratorRoleFixed(OpenRegError):
    """The administrator's role permits everything, always; it cannot be changed or removed."""

    code: ClassVar[str] = "administrator_role_fixed"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role and how many members have it."""

    role: Role
    member_count: int

    @property
    def etag(self) -> str:
        """Which state of the role this is."""
        return etag_of(self.role.id, self.role.updated_at)


@dataclass(frozen=True, slots=True)
class RoleService:
    """Roles of one tenant. ``held`` is what the person who acts may do."""

    scope: TenantScope
    held: frozenset[str]

    async def page(self, request: PageRequest) -> Page[RoleView]:
        """Roles, newest first."""
        async with self.scope.reading() as session:
            roles = RoleRepository(session, self.scope.tenant)
            page = await roles.page(request)
            counts = await roles.count_members(role.id for role in page.items)
        return Page([RoleView(role, counts[role.id]) for role in page.items], page.next_cursor)

    async def get(self, role_id: UUID) -> RoleView:
        """Raises RoleNotFound."""
        async with self.scope.transaction() as session:
            return await _view(RoleRepository(session, self.scope.tenant), role_id)

    async def create(self, *, name: str, description: str, permissions: Iterable[str]) -> RoleView:
        """A role of one's own making. Raises PermissionUnknown, PermissionNotHeld, RoleNameTaken."""
        chosen = check_known(permissions)
        check_held(chosen, self.held)
        template = RoleTemplate(_key_of(name), name, description, tuple(chosen))
        return await self._store(template, is_template_based=False)

    async def create_from_template(self, key: str) -> RoleView:
        """A role as every tenant starts with. Raises RoleTemplateUnknown, PermissionNotHeld, RoleNameTaken."""
        template = ROLE_TEMPLATES.get(key)
        if template is None:
            raise RoleTemplateUnknown(f"The templates are {', '.join(ROLE_TEMPLATES)}.")
        check_held(template.permissions, self.held)
        return await self._store(template, is_template_based=True)

    async def change(
        self,
        role_id: UUID,
        precondition: Precondition,
        *,
        name: str | None = None,
        description: str | None = None,
        permissions: Iterable[str] | None = None,
    ) -> tuple[RoleView, PermissionChange]:
        """The role as it is now, and what its members gain and lose. Raises RoleNotFound, PermissionNotHeld."""
        chosen = None if permissions is None else check_known(permissions)
        async with self.scope.transaction() as session:
            await MemberRepository(session, self.scope.tenant).lock_tenant()
            roles = RoleRepository(session, self.scope.tenant)
            view = await _view(roles, role_id)
            role = _changeable(view)
            precondition.check(view.etag)
            check_held(role.permissions, self.held)
            check_held(chosen or (), self.held)
            change = PermissionChange.between(role.permissions, role.permissions if chosen is None else chosen)
            before = _shown(role)
            role.name = role.name if name is None else name
            role.description = role.description if description is None else description
            role.permissions = role.permissions if chosen is None else chosen
            role.updated_at = self.scope.now()
            await roles.flush_unique(_name_taken(role.name))
            await self.scope.audit(session).record(
                AuditAction.ROLE_CHANGED, _subject(role), before=before, after=_shown(role)
            )
        return view, change

    async def remove(self, role_id: UUID) -> None:
        """Raises RoleNotFound, RoleInUse, PermissionNotHeld."""
        async with self.scope.transaction() as session:
            await MemberRepository(session, self.scope.tenant).lock_tenant()
            roles = RoleRepository(session, self.scope.tenant)
            view = await _view(roles, role_id)
            role = _changeable(view)
            check_held(role.permissions, self.held)
            if view.member_count:
                raise RoleInUse(
                    f"{view.member_count} members have the role {role.name}.",
                    fix="Give them other roles first.",
                    extra={"member_count": view.member_count},
                )
            invited = await InvitationRepository(session, self.scope.tenant).count_pending_with_role(role_id)
            if invited:
                raise RoleInUse(
                    f"{invited} invitations give the role {role.name}.",
                    fix="Revoke them first.",
                    extra={"invitation_count": invited},
                )
            await roles.delete(role)
            await self.scope.audit(session).record(AuditAction.ROLE_REMOVED, _subject(role), before=_shown(role))

    async def _store(self, template: RoleTemplate, *, is_template_based: bool) -> RoleView:
        role = role_of(template, self.scope.tenant, self.scope.now(), is_template_based=is_template_based)
        async with self.scope.transaction() as session:
            roles = RoleRepository(session, self.scope.tenant)
            roles.add(role)
            await roles.flush_unique(_name_taken(role.name))
            await self.scope.audit(session).record(AuditAction.ROLE_CREATED, _subject(role), after=_shown(role))
        return RoleView(role, 0)


def role_of(template: RoleTemplate, tenant: TenantId, at: datetime, *, is_template_based: bool = True) -> Role:
    """The row of a role, not stored yet."""
    return Role(
        id=new_id(),
        tenant_id=tenant,
        key=template.key,
        name=template.name,
        description=template.description,
        permissions=list(template.permissions),
        is_template_based=is_template_based,
        created_at=at,
        updated_at=at,
    )


def _subject(role: Role) -> AuditSubject:
    return AuditSubject("role", role.id, role.name)


def _shown(role: Role) -> dict[str, object]:
    return {"name": role.name, "description": role.description, "permissions": list(role.permissions)}


async def _view(roles: RoleRepository, role_id: UUID) -> RoleView:
    role = await roles.find(role_id)
    if role is None:
        raise RoleNotFound
    return RoleView(role, (await roles.count_members([role_id]))[role_id])


def _changeable(view: RoleView) -> Role:
    if EVERYTHING in view.role.permissions:
        raise AdministratorRoleFixed(fix="Make another role with what is wanted.")
    return view.role


def _name_taken(name: str) -> RoleNameTaken:
    return RoleNameTaken(f"A role named {name!r} exists.", fix="Choose another name.")


def _key_of(name: str) -> str:
    key = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:_KEY_LENGTH] or "role"
    return f"{key}_own" if key in ROLE_TEMPLATES else key
