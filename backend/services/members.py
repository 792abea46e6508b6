"""Members of a tenant: their roles, their access, and the rule that somebody must always be able to administer.

A membership belongs to the tenant, an account to the installation: a tenant suspends or ends a membership, and only a
platform administrator disables the account, which may be a member elsewhere. Whoever changes who may do what holds
the tenant's lock, so that two people cannot remove each other's last administrator at the same moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, etag_of
from backend.core.ids import TenantId
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.roles import PermissionChange, check_held
from backend.domain.sessions import SessionEnd
from backend.persistence.models.tenant import Role
from backend.persistence.repositories.members import MemberDirectory, MemberFilter
from backend.persistence.repositories.sessions import SessionRepository
from backend.persistence.repositories.tenants import Member, MemberRepository, RoleRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.roles import RoleNotFound
from backend.services.scope import TenantScope


class UserNotFound(OpenRegError):
    """There is no such member."""

    code: ClassVar[str] = "user_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class LastAdministrator(OpenRegError):
    """Afterwards nobody could administer this organisation."""

    code: ClassVar[str] = "last_administrator"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class AccountShared(OpenRegError):
    """The account is used by other organisations too; one of them cannot change it for all."""

    code: ClassVar[str] = "account_shared"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class AccountOfThePlatform(OpenRegError):
    """Only a platform administrator can disable an account, or enable it again."""

    code: ClassVar[str] = "account_of_the_platform"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What is to be different about a member; None stays."""

    full_name: str | None = None
    is_active: bool | None = None
    is_account_active: bool | None = None


@dataclass(frozen=True, slots=True)
class MemberService:
    """Members of one tenant. ``held`` is what the person who acts may do."""

    scope: TenantScope
    held: frozenset[str]
    system: SystemDatabase
    is_platform_administrator: bool = False

    async def page(self, wanted: MemberFilter, request: PageRequest) -> Page[Member]:
        """Members, newest first."""
        async with self.scope.transaction() as session:
            return await MemberDirectory(session, self.scope.tenant).page(wanted, request)

    async def get(self, user_id: UUID) -> Member:
        """Raises UserNotFound."""
        async with self.scope.transaction() as session:
            return await _member(MemberDirectory(session, self.scope.tenant), user_id)

    async def change(self, user_id: UUID, change: MemberChange, precondition: Precondition) -> Member:
        """Raises UserNotFound, PreconditionFailed, PermissionNotHeld, LastAdministrator, AccountShared."""
        if change.is_account_active is not None and not self.is_platform_administrator:
            raise AccountOfThePlatform(fix="Suspend the member here, or ask a platform administrator.")
        elsewhere = [one for one in await self._tenants_of(user_id) if one != self.scope.tenant]
        if change.is_account_active is False:
            for tenant in elsewhere:
                await keep_an_administrator_besides(self.scope.database, tenant, user_id)
        async with self.scope.transaction() as session:
            member = await self._changeable(session, user_id)
            precondition.check(etag_of_member(member))
            user, membership = member.user, member.membership
            before = _shown(member)
            if change.full_name is not None and change.full_name != user.full_name:
                if elsewhere and not self.is_platform_administrator:
                    raise AccountShared(fix="They can change their name themselves.")
                user.full_name = change.full_name
            if change.is_active is not None:
                membership.is_active = change.is_active
            if change.is_account_active is not None:
                user.is_active = change.is_account_active
            await self._keep_an_administrator(session)
            await self.scope.audit(session).record(
                AuditAction.USER_CHANGED, _subject(member), before=before, after=_shown(member)
            )
        return member

    async def give_roles(
        self, user_id: UUID, role_ids: Sequence[UUID], precondition: Precondition
    ) -> tuple[Member, PermissionChange]:
        """Exactly these roles. Raises UserNotFound, RoleNotFound, PermissionNotHeld, LastAdministrator."""
        async with self.scope.transaction() as session:
            member = await self._changeable(session, user_id)
            precondition.check(etag_of_member(member))
            roles = await RoleRepository(session, self.scope.tenant).named(role_ids)
            if len(roles) != len(set(role_ids)):
                raise RoleNotFound
            check_held(_permissions_of(roles), self.held)
            await MemberRepository(session, self.scope.tenant).give_roles(member.membership, roles)
            await self._keep_an_administrator(session)
            await self.scope.audit(session).record(
                AuditAction.USER_ROLES_CHANGED,
                _subject(member),
                before={"roles": [role.name for role in member.roles]},
                after={"roles": [role.name for role in roles]},
            )
        change = PermissionChange.between(_permissions_of(member.roles), _permissions_of(roles))
        return Member(member.user, member.membership, tuple(roles)), change

    async def remove(self, user_id: UUID) -> None:
        """End the membership; the account stays. Raises UserNotFound, PermissionNotHeld, LastAdministrator."""
        async with self.scope.transaction() as session:
            member = await self._changeable(session, user_id)
            await MemberRepository(session, self.scope.tenant).delete(member.membership)
            await self._keep_an_administrator(session)
            await self.scope.audit(session).record(AuditAction.USER_REMOVED, _subject(member), before=_shown(member))

    async def end_sessions(self, user_id: UUID) -> int:
        """Sign a member out everywhere; how many sessions that were. Raises UserNotFound, PermissionNotHeld."""
        async with self.scope.database.transaction(self.scope.tenant, user_id=user_id) as session:
            member = await self._changeable(session, user_id)
            sessions = SessionRepository(session, user_id)
            ended = await sessions.end_all(SessionEnd.ENDED_BY_ADMINISTRATOR, self.scope.now())
            await self.scope.audit(session).record(
                AuditAction.USER_SESSIONS_ENDED, _subject(member), after={"ended": ended}
            )
        return ended

    async def _changeable(self, session: AsyncSession, user_id: UUID) -> Member:
        """A member whom the one who acts does not fall short of, under the tenant's lock."""
        await MemberRepository(session, self.scope.tenant).lock_tenant()
        member = await _member(MemberDirectory(session, self.scope.tenant), user_id)
        if user_id != self.scope.user_id:
            check_held(_permissions_of(member.roles), self.held)
        return member

    async def _keep_an_administrator(self, session: AsyncSession) -> None:
        members = MemberDirectory(session, self.scope.tenant)
        await members.flush()
        if not await members.count_administrators():
            raise LastAdministrator(fix="Make somebody else an administrator first.")

    async def _tenants_of(self, user_id: UUID) -> list[TenantId]:
        async with self.system.reading() as session:
            return await SystemScope(session).memberships_of(user_id)


async def keep_an_administrator_besides(database: Database, tenant: TenantId, user_id: UUID) -> None:
    """Make sure that a tenant can do without somebody whose account is disabled. Raises LastAdministrator."""
    async with database.transaction(tenant) as session:
        await MemberRepository(session, tenant).lock_tenant()
        members = MemberDirectory(session, tenant)
        if await members.count_administrators() and not await members.count_administrators(without=user_id):
            raise LastAdministrator(
                "Afterwards nobody could administer another organisation of this account.",
                fix="Make somebody else an administrator there first.",
            )


def etag_of_member(member: Member) -> str:
    """Which state of the member this is."""
    roles = sorted(str(role.id) for role in member.roles)
    user, membership = member.user, member.membership
    return etag_of(membership.id, user.full_name, user.is_active, membership.is_active, *roles)


def _subject(member: Member) -> AuditSubject:
    return AuditSubject("user", member.user.id, member.user.email)


def _shown(member: Member) -> dict[str, object]:
    return {
        "full_name": member.user.full_name,
        "is_active": member.membership.is_active,
        "is_account_active": member.user.is_active,
        "roles": [role.name for role in member.roles],
    }


async def _member(members: MemberDirectory, user_id: UUID) -> Member:
    member = await members.find(user_id)
    if member is None:
        raise UserNotFound
    return member


def _permissions_of(roles: Sequence[Role]) -> list[str]:
    return [one for role in roles for one in role.permissions]
