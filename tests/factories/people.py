"""People who act: a tenant with one member, whose permissions the test chooses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from passlib.hash import bcrypt_sha256

from backend.core.clock import Clock, utc_now
from backend.core.ids import TenantId, new_id
from backend.domain.permissions import ALL_PERMISSIONS
from backend.domain.roles import ROLE_TEMPLATES, RoleTemplate
from backend.persistence.models.session import UserSession
from backend.persistence.models.tenant import Membership, Role, Tenant, User
from backend.persistence.repositories.tenants import MemberRepository, RoleRepository
from backend.persistence.session import Database
from backend.services.roles import role_of
from backend.services.scope import Actor, ActorKind, TenantScope

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Person:
    """A member of one tenant; everybody's password is ``PASSWORD``."""

    tenant: TenantId
    tenant_slug: str
    user_id: UUID
    email: str
    session_id: UUID

    @property
    def actor(self) -> Actor:
        """This person, acting."""
        return Actor(ActorKind.PERSON, self.user_id, self.email, self.user_id)

    def scope(self, database: Database, now: Clock = utc_now) -> TenantScope:
        """The tenant in this person's name."""
        return TenantScope(database, self.tenant, self.user_id, now, self.actor)


@cache
def hashed_password() -> str:
    """A hash of few rounds, whoever asks first in a test process; it is made once."""
    return str(bcrypt_sha256.using(rounds=4).hash(PASSWORD))


async def new_tenant(database: Database, slug: str, *, permissions: Iterable[str] = ALL_PERMISSIONS) -> Person:
    """A tenant and its first member."""
    tenant = TenantId(new_id())
    async with database.transaction(tenant) as session:
        members = MemberRepository(session, tenant)
        members.add(Tenant(id=tenant, slug=slug, name=slug.title(), created_at=datetime.now(UTC)))
        await members.flush()
    return await new_member(database, tenant, slug, f"{slug}@example.test", permissions=permissions)


async def new_member(
    database: Database,
    tenant: TenantId,
    slug: str,
    email: str,
    *,
    permissions: Iterable[str] = ALL_PERMISSIONS,
    is_active: bool = True,
) -> Person:
    """Another member of a tenant."""
    at, user_id = datetime.now(UTC), new_id()
    async with database.transaction(tenant, user_id=user_id) as session:
        members = MemberRepository(session, tenant)
        user = User(
            id=user_id,
            email=email,
            full_name=email.partition("@")[0].title(),
            password_hash=hashed_password(),
            is_active=is_active,
            created_at=at,
        )
        members.add(user)
        membership = Membership(id=new_id(), tenant_id=tenant, user_id=user.id, created_at=at)
        await members.flush()
        members.add(membership)
        role = await _role_of_exactly(RoleRepository(session, tenant), sorted(permissions))
        await members.flush()
        await members.give_roles(membership, [role] if role else [])
        signed_in = open_session(user_id, tenant, at)
        session.add(signed_in)
    return Person(tenant, slug, user_id, email, signed_in.id)


def open_session(user_id: UUID, tenant: TenantId, at: datetime) -> UserSession:
    """A session that was started a minute ago, for a test that does not care how; nobody has its cookie."""
    began = at - timedelta(minutes=1)
    return UserSession(
        id=new_id(),
        user_id=user_id,
        current_tenant_id=tenant,
        family_hash="0" * 64,
        token_hash="0" * 64,
        has_second_factor=False,
        created_at=began,
        last_used_at=began,
        expires_at=began + timedelta(days=7),
    )


async def set_permissions(database: Database, person: Person, permissions: Iterable[str]) -> None:
    """The member can do exactly this from now on."""
    async with database.transaction(person.tenant) as session:
        members = MemberRepository(session, person.tenant)
        membership = await members.get_membership(person.user_id)
        role = await _role_of_exactly(RoleRepository(session, person.tenant), sorted(permissions))
        await members.flush()
        await members.give_roles(membership, [role] if role else [])


async def _role_of_exactly(roles: RoleRepository, permissions: list[str]) -> Role | None:
    """The administrator's role for everything, none for nothing, else one of this set."""
    if not permissions:
        return None
    if set(permissions) == ALL_PERMISSIONS:
        template = ROLE_TEMPLATES["administrator"]
    else:
        key = hashlib.sha256(" ".join(permissions).encode()).hexdigest()[:16]
        template = RoleTemplate(key, f"May {key}", "For tests.", tuple(permissions))
    found = await roles.find_key(template.key)
    if found is None:
        found = role_of(template, roles.tenant, datetime.now(UTC))
        roles.add(found)
    return found
