"""Members as people keep them: found, counted and told apart, suspended ones included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.roles import EVERYTHING
from backend.persistence.models.tenant import Membership, MembershipRole, Role, User
from backend.persistence.repositories.tenant_scope import TenantRepository
from backend.persistence.repositories.tenants import Member


class MemberState(StrEnum):
    """Whether a member may act in the tenant."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members are wanted."""

    text: str | None = None
    state: MemberState | None = None
    role_id: UUID | None = None


class MemberDirectory(TenantRepository):
    """Members of one tenant in one transaction."""

    async def find(self, user_id: UUID) -> Member | None:
        """A member, suspended or not, or None."""
        row = (await self._session.execute(self._members().where(User.id == user_id))).one_or_none()
        if row is None:
            return None
        user, membership = row
        return Member(user, membership, (await self._roles_of([membership.id]))[membership.id])

    async def page(self, wanted: MemberFilter, request: PageRequest) -> Page[Member]:
        """Members who fit, newest first."""
        query = self._members()
        if wanted.text:
            pattern = f"%{_escaped(wanted.text)}%"
            query = query.where(or_(User.email.ilike(pattern, escape="\\"), User.full_name.ilike(pattern, escape="\\")))
        if wanted.state is not None:
            query = query.where(_CONDITIONS[wanted.state])
        if wanted.role_id is not None:
            query = query.where(
                Membership.id.in_(
                    select(MembershipRole.membership_id).where(
                        MembershipRole.tenant_id == self.tenant, MembershipRole.role_id == wanted.role_id
                    )
                )
            )
        if request.after is not None:
            query = query.where(Membership.id < request.after)
        query = query.order_by(Membership.id.desc()).limit(request.limit + 1)
        rows = [(user, membership) for user, membership in (await self._session.execute(query)).all()]
        page = page_of(rows, request, lambda row: row[1].id)
        roles = await self._roles_of(membership.id for _, membership in page.items)
        return Page([Member(user, one, roles[one.id]) for user, one in page.items], page.next_cursor)

    async def count_administrators(self, *, without: UUID | None = None) -> int:
        """How many (besides somebody) may act and hold everything; hold the tenant's lock while the answer matters."""
        query = (
            select(func.count(func.distinct(Membership.id)))
            .join(User, User.id == Membership.user_id)
            .join(MembershipRole, MembershipRole.membership_id == Membership.id)
            .join(Role, Role.id == MembershipRole.role_id)
            .where(Membership.tenant_id == self.tenant, Membership.is_active, User.is_active)
            .where(Role.permissions.contains([EVERYTHING]))
        )
        if without is not None:
            query = query.where(Membership.user_id != without)
        return int(await self._session.scalar(query) or 0)

    def _members(self) -> Select[User, Membership]:
        return (
            select(User, Membership)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.tenant_id == self.tenant)
        )

    async def _roles_of(self, membership_ids: Iterable[UUID]) -> Mapping[UUID, tuple[Role, ...]]:
        query = (
            select(MembershipRole.membership_id, Role)
            .join(Role, Role.id == MembershipRole.role_id)
            .where(MembershipRole.tenant_id == self.tenant, MembershipRole.membership_id.in_(list(membership_ids)))
            .order_by(Role.name)
        )
        found: dict[UUID, tuple[Role, ...]] = defaultdict(tuple)
        for membership_id, role in (await self._session.execute(query)).all():
            found[membership_id] += (role,)
        return found


_CONDITIONS = {
    MemberState.ACTIVE: Membership.is_active & User.is_active,
    MemberState.SUSPENDED: ~Membership.is_active & User.is_active,
    MemberState.DISABLED: ~User.is_active,
}


def state_of(member: Member) -> MemberState:
    """Whether this member may act."""
    if not member.user.is_active:
        return MemberState.DISABLED
    return MemberState.ACTIVE if member.membership.is_active else MemberState.SUSPENDED


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
