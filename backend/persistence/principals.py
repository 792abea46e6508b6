"""Whom a session speaks for. Asked by every call of a person, and so by the shortest way to the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, bindparam, select

from backend.core.ids import TenantId
from backend.persistence.fixed_query import FixedQuery
from backend.persistence.models.session import UserSession
from backend.persistence.models.tenant import Membership, MembershipRole, Role, Tenant, User
from backend.persistence.session import SystemDatabase


@dataclass(frozen=True, slots=True)
class PrincipalRow:
    """Whom a live session speaks for in a tenant of the person."""

    email: str
    full_name: str
    is_platform_administrator: bool
    tenant_slug: str
    roles: tuple[str, ...]
    permissions: frozenset[str]


_PRINCIPAL: Final = FixedQuery(
    select(User.email, User.full_name, User.is_platform_administrator, Tenant.slug, Role.key, Role.permissions)
    .join(UserSession, UserSession.user_id == User.id)
    .join(Membership, and_(Membership.user_id == User.id, Membership.tenant_id == bindparam("tenant_id")))
    .join(Tenant, Tenant.id == Membership.tenant_id)
    .outerjoin(MembershipRole, MembershipRole.membership_id == Membership.id)
    .outerjoin(Role, Role.id == MembershipRole.role_id)
    .where(User.id == bindparam("user_id"), User.is_active, Membership.is_active)
    .where(UserSession.id == bindparam("session_id"))
    .where(UserSession.ended_at.is_(None), UserSession.expires_at > bindparam("now"))
    .order_by(Role.key)
)


async def find_principal(
    system: SystemDatabase, *, session_id: UUID, user_id: UUID, tenant: TenantId, now: datetime
) -> PrincipalRow | None:
    """Whom a session speaks for; None when it has ended, or the person has left the tenant or OpenReg."""
    whose = {"session_id": session_id, "user_id": user_id, "tenant_id": tenant, "now": now}
    rows = await system.fetch(_PRINCIPAL, whose)
    if not rows:
        return None
    roles = [(row[4], row[5]) for row in rows if row[4] is not None]
    permissions = frozenset(one for _, granted in roles for one in granted)
    email, full_name, is_platform_administrator, slug = rows[0][:4]
    return PrincipalRow(email, full_name, is_platform_administrator, slug, tuple(key for key, _ in roles), permissions)
