"""The first start: a tenant and its administrator."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId, new_id
from backend.core.tokens import hash_password
from backend.domain.passwords import check_password
from backend.domain.roles import ADMINISTRATOR, ROLE_TEMPLATES
from backend.domain.tenants import TenantEnvironment
from backend.persistence.models.tenant import Membership, Tenant, User
from backend.persistence.repositories.tenants import MemberRepository, RoleRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.plans import first_plan
from backend.services.platform_tenants import store_tenant
from backend.services.roles import role_of

_GENERATED_BYTES = 18


class TenantUnknown(OpenRegError):
    """There is no tenant with this slug."""

    code: ClassVar[str] = "tenant_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True, repr=False)
class DemoPerson:
    """Somebody of the demo tenant, and the role they play."""

    email: str
    full_name: str
    role: str
    password: str


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """What is shown once after the first start."""

    tenant: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class InstallationService:
    """Creates the first tenant of an empty installation."""

    database: Database
    system: SystemDatabase
    now: Clock

    async def create_first_tenant(
        self,
        *,
        slug: str,
        name: str,
        email: str,
        password: str | None,
        environment: TenantEnvironment = TenantEnvironment.PRODUCTION,
    ) -> FirstAdministrator | None:
        """The administrator that was created, or None when the installation already has a tenant."""
        async with self.system.transaction() as session:
            if await SystemScope(session).count_tenants():
                return None
        chosen = password or secrets.token_urlsafe(_GENERATED_BYTES)
        check_password(chosen, email=email)
        hashed = await asyncio.to_thread(hash_password, chosen)
        tenant, at = TenantId(new_id()), self.now()
        async with self.database.transaction(tenant) as session:
            members = MemberRepository(session, tenant)
            row = Tenant(id=tenant, slug=slug, name=name, environment=environment, created_at=at)
            roles = await store_tenant(members, row, at)
            user = User(
                id=new_id(),
                email=email.lower(),
                full_name="Administrator",
                password_hash=hashed,
                is_active=True,
                is_platform_administrator=True,
                created_at=at,
            )
            members.add(user)
            await members.flush()
            membership = Membership(id=new_id(), tenant_id=tenant, user_id=user.id, created_at=at)
            members.add(membership)
            await members.flush()
            await members.give_roles(membership, [roles[ADMINISTRATOR]])
        return FirstAdministrator(slug, email, chosen)

    async def create_first_plan(self, slug: str) -> None:
        """What a sign-up gets, so that a customer's first call needs nobody's help. Raises TenantUnknown."""
        async with self.system.transaction() as session:
            tenant = await SystemScope(session).find_tenant(slug)
        if tenant is None:
            raise TenantUnknown(f"There is no tenant {slug!r}.")
        async with self.database.transaction(tenant) as session:
            session.add(first_plan(tenant, self.now()))

    async def create_demo_people(self, slug: str, people: Sequence[DemoPerson]) -> None:
        """The demo tenant's author and approver, each with the role of that name; who is there already stays."""
        async with self.system.transaction() as session:
            tenant = await SystemScope(session).find_tenant(slug)
        if tenant is None:
            raise TenantUnknown(f"There is no tenant {slug!r}.")
        for person in people:
            async with self.system.transaction() as session:
                if await SystemScope(session).find_sign_in(person.email) is not None:
                    continue
            await self._create_member(tenant, person)

    async def _create_member(self, tenant: TenantId, person: DemoPerson) -> None:
        hashed, at = await asyncio.to_thread(hash_password, person.password), self.now()
        async with self.database.transaction(tenant) as session:
            members, roles = MemberRepository(session, tenant), RoleRepository(session, tenant)
            user = User(
                id=new_id(),
                email=person.email.lower(),
                full_name=person.full_name,
                password_hash=hashed,
                is_active=True,
                created_at=at,
            )
            role = await roles.find_key(person.role)
            if role is None:
                role = role_of(ROLE_TEMPLATES[person.role], tenant, at)
                members.add(role)
            members.add(user)
            await members.flush()
            membership = Membership(id=new_id(), tenant_id=tenant, user_id=user.id, created_at=at)
            members.add(membership)
            await members.flush()
            await members.give_roles(membership, [role])
