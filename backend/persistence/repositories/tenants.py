"""Tenants, users, memberships and their roles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.roles import EVERYTHING, permitted
from backend.persistence.models.tenant import Membership, MembershipRole, Role, Tenant, User
from backend.persistence.repositories.tenant_scope import TenantRepository


@dataclass(frozen=True, slots=True)
class Member:
    """A user in a tenant, with the roles there."""

    user: User
    membership: Membership
    roles: tuple[Role, ...]

    @property
    def is_active(self) -> bool:
        """Whether they may act here: neither the account nor the membership is switched off."""
        return self.user.is_active and self.membership.is_active

    @property
    def permissions(self) -> frozenset[str]:
        """What the roles permit together."""
        return permitted(one for role in self.roles for one in role.permissions)


class MemberRepository(TenantRepository):
    """People of one tenant in one transaction."""

    async def get_tenant(self) -> Tenant:
        """The tenant itself."""
        return (await self._session.scalars(select(Tenant).where(Tenant.id == self.tenant))).one()

    async def find_user(self, user_id: UUID | None) -> User | None:
        """Somebody who is or was here; None when they cannot be seen from this tenant."""
        found: User | None = await self._session.scalar(select(User).where(User.id == user_id))
        return found

    async def lock_tenant(self) -> Tenant:
        """The tenant under a lock that everybody takes who changes who may do what in it, one after the other."""
        # Not the strongest lock: rows that refer to the tenant can still be written meanwhile.
        query = select(Tenant).where(Tenant.id == self.tenant).with_for_update(key_share=True)
        return (await self._session.scalars(query)).one()

    async def find_member(self, user_id: UUID) -> tuple[Member, Tenant] | None:
        """An active member and the tenant, in one statement because calls with a key begin with it; or None."""
        query = (
            select(User, Membership, Tenant, Role)
            .join(Membership, Membership.user_id == User.id)
            .join(Tenant, Tenant.id == Membership.tenant_id)
            .outerjoin(MembershipRole, MembershipRole.membership_id == Membership.id)
            .outerjoin(Role, Role.id == MembershipRole.role_id)
            .where(Membership.tenant_id == self.tenant, User.id == user_id, User.is_active, Membership.is_active)
            .order_by(Role.name)
        )
        rows = (await self._session.execute(query)).all()
        if not rows:
            return None
        user, membership, tenant, _ = rows[0]
        return Member(user, membership, tuple(row[3] for row in rows if row[3] is not None)), tenant

    async def users_by_id(self, user_ids: Iterable[UUID]) -> Mapping[UUID, User]:
        """Those of these people who can be seen from this tenant."""
        found = await self._session.scalars(select(User).where(User.id.in_(list(user_ids))))
        return {user.id: user for user in found.all()}

    async def find_by_email(self, email: str) -> Membership | None:
        """The membership of an address, suspended or not; or None."""
        query = self._select(Membership).join(User, User.id == Membership.user_id).where(User.email == email)
        found: Membership | None = await self._session.scalar(query)
        return found

    async def holders_of(self, permission: str) -> Sequence[UUID]:
        """Everybody who may do something here, each once."""
        query = (
            select(Membership.user_id)
            .join(User, User.id == Membership.user_id)
            .join(MembershipRole, MembershipRole.membership_id == Membership.id)
            .join(Role, Role.id == MembershipRole.role_id)
            .where(Membership.tenant_id == self.tenant, Membership.is_active, User.is_active)
            .where(Role.permissions.overlap([permission, EVERYTHING]))
            .distinct()
            .order_by(Membership.user_id)
        )
        return (await self._session.scalars(query)).all()

    async def named_holders(self, permission: str) -> Sequence[tuple[UUID, str]]:
        """The same with their names, by name."""
        people = select(User.id, User.full_name).where(User.id.in_(await self.holders_of(permission)))
        return [
            (row.id, row.full_name) for row in await self._session.execute(people.order_by(User.full_name, User.id))
        ]

    async def get_membership(self, user_id: UUID) -> Membership:
        """The membership of somebody who has one."""
        return (await self._session.scalars(self._select(Membership).where(Membership.user_id == user_id))).one()

    async def give_roles(self, membership: Membership, roles: Iterable[Role]) -> None:
        """Exactly these roles from now on."""
        await self._session.execute(
            delete(MembershipRole).where(
                MembershipRole.tenant_id == self.tenant, MembershipRole.membership_id == membership.id
            )
        )
        self._session.add_all(
            [MembershipRole(membership_id=membership.id, role_id=role.id, tenant_id=self.tenant) for role in roles]
        )


class RoleRepository(TenantRepository):
    """Roles of one tenant in one transaction."""

    async def find(self, role_id: UUID) -> Role | None:
        """The role, or None."""
        return await self._find(Role, role_id)

    async def find_key(self, key: str) -> Role | None:
        """The role of a key, or None."""
        found: Role | None = await self._session.scalar(self._select(Role).where(Role.key == key))
        return found

    async def named(self, role_ids: Iterable[UUID]) -> Sequence[Role]:
        """Those of these roles that exist, by name."""
        return await self._all(self._select(Role).where(Role.id.in_(list(role_ids))).order_by(Role.name))

    async def page(self, request: PageRequest) -> Page[Role]:
        """Roles, newest first."""
        rows = await self._newest_first(self._select(Role), Role.id, request)
        return page_of(rows, request, lambda one: one.id)

    async def count_members(self, role_ids: Iterable[UUID]) -> Mapping[UUID, int]:
        """How many members have each of these roles."""
        query = (
            select(MembershipRole.role_id, func.count())
            .where(MembershipRole.tenant_id == self.tenant, MembershipRole.role_id.in_(list(role_ids)))
            .group_by(MembershipRole.role_id)
        )
        counts: dict[UUID, int] = defaultdict(int)
        counts.update((role_id, count) for role_id, count in (await self._session.execute(query)).all())
        return counts
