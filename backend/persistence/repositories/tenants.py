"""Tenants, users and memberships."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from backend.persistence.models.tenant import Membership, Tenant, User
from backend.persistence.repositories.tenant_scope import TenantRepository


class MemberRepository(TenantRepository):
    """People of one tenant in one transaction."""

    async def find_tenant(self) -> Tenant | None:
        """The tenant itself, or None."""
        found: Tenant | None = await self._session.scalar(select(Tenant).where(Tenant.id == self.tenant))
        return found

    async def find_member(self, user_id: UUID) -> tuple[User, Membership] | None:
        """An active user with the membership in this tenant, or None."""
        query = (
            select(User, Membership)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.tenant_id == self.tenant, User.id == user_id, User.is_active)
        )
        row = (await self._session.execute(query)).one_or_none()
        return (row[0], row[1]) if row else None
