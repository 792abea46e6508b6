"""What operators do on the command line: accounts and organisations, without a mail and without anybody signed in."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId, new_id
from backend.core.pagination import MAX_LIMIT, PageRequest
from backend.core.tokens import hash_password
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.mail import email_address
from backend.domain.roles import ADMINISTRATOR
from backend.domain.sessions import SessionEnd
from backend.persistence.audit import ActorRecord, AuditTrail
from backend.persistence.models.tenant import Membership, Role, Tenant, User
from backend.persistence.repositories.members import MemberDirectory, MemberFilter, MemberState, state_of
from backend.persistence.repositories.sessions import SessionRepository
from backend.persistence.repositories.tenants import MemberRepository, RoleRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.installation import TenantUnknown
from backend.services.invitations import AlreadyMember
from backend.services.members import UserNotFound, keep_an_administrator_besides
from backend.services.platform_tenants import TenantPlan, store_tenant
from backend.services.roles import RoleNotFound

_GENERATED_BYTES = 15


class AccountWithoutTenant(OpenRegError):
    """The account belongs to no organisation, so it opens nothing and cannot be changed."""

    code: ClassVar[str] = "account_without_tenant"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class ListedMember:
    """One member of one organisation."""

    tenant: str
    email: str
    full_name: str
    state: MemberState
    roles: Sequence[str]
    is_platform_administrator: bool


@dataclass(frozen=True, slots=True)
class OperatorAccounts:
    """Accounts of an installation. Every change is in the audit trail, made by the system with this command."""

    database: Database
    system: SystemDatabase
    now: Clock
    command: str

    async def members(self) -> list[ListedMember]:
        """Every member of every organisation."""
        async with self.system.reading() as session:
            tenants = await SystemScope(session).all_tenants()
        return [one for tenant in tenants for one in await self._members_of(tenant)]

    async def create(self, email: str, full_name: str, *, tenant: str, role: str) -> str | None:
        """A member with a role; the password that was made, or None for an account that exists. Raises RoleNotFound."""
        async with self.system.reading() as session:
            found = await SystemScope(session).find_tenant(tenant)
        if found is None:
            raise TenantUnknown(f"There is no organisation {tenant!r}.")
        password = secrets.token_urlsafe(_GENERATED_BYTES)
        hashed = await asyncio.to_thread(hash_password, password)
        existing = await self._find_user_id(email)
        async with self.database.transaction(found) as session:
            chosen = await RoleRepository(session, found).find_key(role)
            if chosen is None:
                raise RoleNotFound(f"The organisation has no role {role!r}.")
            user = None if existing else self._account(email, full_name, hashed)
            await self._join(session, found, user or existing, chosen, email)
        return None if existing else password

    async def create_tenant(self, plan: TenantPlan, email: str, full_name: str) -> str | None:
        """An organisation with its administrator; the password as in ``create``. Raises TenantSlugTaken."""
        at = self.now()
        tenant: Tenant = plan.tenant(at)
        identity = TenantId(tenant.id)
        password = secrets.token_urlsafe(_GENERATED_BYTES)
        hashed = await asyncio.to_thread(hash_password, password)
        existing = await self._find_user_id(email)
        async with self.database.transaction(identity) as session:
            roles = await store_tenant(MemberRepository(session, identity), tenant, at)
            subject = AuditSubject("tenant", tenant.id, tenant.name)
            await self._audit(session, identity).record(AuditAction.TENANT_CREATED, subject)
            user = None if existing else self._account(email, full_name, hashed)
            await self._join(session, identity, user or existing, roles[ADMINISTRATOR], email)
        return None if existing else password

    async def reset_password(self, email: str) -> str:
        """A new password, which is given to the person by other means; every session ends. Raises UserNotFound."""
        user_id, tenants = await self._located(email)
        password = secrets.token_urlsafe(_GENERATED_BYTES)
        hashed = await asyncio.to_thread(hash_password, password)
        async with self.database.transaction(tenants[0], user_id=user_id) as session:
            user = await self._user(session, tenants[0], user_id)
            user.password_hash = hashed
            await SessionRepository(session, user_id).end_all(SessionEnd.PASSWORD_CHANGED, self.now())
            await self._audit(session, tenants[0]).record(
                AuditAction.PASSWORD_RESET_COMPLETED, AuditSubject("user", user_id, user.email)
            )
        return password

    async def disable(self, email: str) -> None:
        """Nobody signs in with it any more, anywhere. Raises UserNotFound, LastAdministrator."""
        user_id, tenants = await self._located(email)
        for tenant in tenants:
            await keep_an_administrator_besides(self.database, tenant, user_id)
        async with self.database.transaction(tenants[0], user_id=user_id) as session:
            await SessionRepository(session, user_id).end_all(SessionEnd.ENDED_BY_ADMINISTRATOR, self.now())
            await self._switch(session, tenants[0], user_id, is_active=False)

    async def enable(self, email: str) -> None:
        """The account works again. Raises UserNotFound."""
        user_id, tenants = await self._located(email)
        async with self.database.transaction(tenants[0]) as session:
            await self._switch(session, tenants[0], user_id, is_active=True)

    async def _members_of(self, tenant: TenantId) -> list[ListedMember]:
        listed: list[ListedMember] = []
        request = PageRequest(MAX_LIMIT)
        while True:
            async with self.database.transaction(tenant) as session:
                owner = await MemberRepository(session, tenant).get_tenant()
                page = await MemberDirectory(session, tenant).page(MemberFilter(), request)
            listed += [
                ListedMember(
                    owner.slug,
                    one.user.email,
                    one.user.full_name,
                    state_of(one),
                    [role.key for role in one.roles],
                    one.user.is_platform_administrator,
                )
                for one in page.items
            ]
            if page.next_cursor is None:
                return listed
            request = PageRequest(MAX_LIMIT, page.next_cursor)

    def _account(self, email: str, full_name: str, hashed: str) -> User:
        return User(
            id=new_id(),
            email=email_address(email),
            full_name=full_name,
            password_hash=hashed,
            is_active=True,
            created_at=self.now(),
        )

    async def _join(
        self, session: AsyncSession, tenant: TenantId, who: User | UUID | None, role: Role, email: str
    ) -> None:
        members = MemberRepository(session, tenant)
        if isinstance(who, User):
            members.add(who)
            await members.flush_unique(AlreadyMember("The account was made meanwhile."))
        user_id = who.id if isinstance(who, User) else who
        membership = Membership(id=new_id(), tenant_id=tenant, user_id=user_id, created_at=self.now())
        members.add(membership)
        await members.flush_unique(AlreadyMember())
        await members.give_roles(membership, [role])
        subject = AuditSubject("user", user_id, email_address(email))
        await self._audit(session, tenant).record(AuditAction.USER_CREATED, subject, after={"roles": [role.name]})

    async def _switch(self, session: AsyncSession, tenant: TenantId, user_id: UUID, *, is_active: bool) -> None:
        user = await self._user(session, tenant, user_id)
        before, user.is_active = user.is_active, is_active
        await self._audit(session, tenant).record(
            AuditAction.USER_CHANGED,
            AuditSubject("user", user_id, user.email),
            before={"is_account_active": before},
            after={"is_account_active": is_active},
        )

    async def _located(self, email: str) -> tuple[UUID, list[TenantId]]:
        user_id = await self._find_user_id(email)
        if user_id is None:
            raise UserNotFound(f"There is no account {email!r}.")
        async with self.system.reading() as session:
            tenants = await SystemScope(session).memberships_of(user_id)
        if not tenants:
            raise AccountWithoutTenant
        return user_id, tenants

    async def _find_user_id(self, email: str) -> UUID | None:
        async with self.system.reading() as session:
            account = await SystemScope(session).find_registered(email_address(email))
        return account.user_id if account is not None else None

    async def _user(self, session: AsyncSession, tenant: TenantId, user_id: UUID) -> User:
        user = await MemberRepository(session, tenant).find_user(user_id)
        if user is None:
            raise UserNotFound
        return user

    def _audit(self, session: AsyncSession, tenant: TenantId) -> AuditTrail:
        return AuditTrail(session, tenant, ActorRecord("system", None, self.command, None, None), self.now)
