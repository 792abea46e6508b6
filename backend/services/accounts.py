"""A person's own account: who they are, where they are signed in, the password, the tenant they work in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId
from backend.core.tokens import TokenSigner, hash_password, verify_password
from backend.domain.audit import SECRET_CHANGED, AuditAction, AuditSubject
from backend.domain.passwords import check_password
from backend.domain.sessions import SessionEnd
from backend.persistence.models.session import UserSession
from backend.persistence.models.tenant import Tenant, User
from backend.persistence.repositories.accounts import AccountRepository
from backend.persistence.repositories.second_factors import SecondFactorRepository
from backend.persistence.repositories.sessions import SessionRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.persistence.session import SystemDatabase
from backend.persistence.system import OwnTenantRow, SystemScope
from backend.services.scope import TenantScope
from backend.services.sessions import session_subject
from backend.services.sign_in_throttle import Place, SignInThrottle, account_key


class PasswordWrong(OpenRegError):
    """The password is not that of the account."""

    code: ClassVar[str] = "password_wrong"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class SessionNotFound(OpenRegError):
    """There is no such session."""

    code: ClassVar[str] = "session_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class TenantNotYours(OpenRegError):
    """There is no such tenant among yours."""

    code: ClassVar[str] = "tenant_not_yours"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class AccountView:
    """What a person is told about themselves."""

    user: User
    tenant: Tenant
    tenants: Sequence[OwnTenantRow]
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class AccountService:
    """The account of whoever is signed in, in the session that is used."""

    scope: TenantScope
    session_id: UUID
    system: SystemDatabase
    throttle: SignInThrottle

    async def view(self) -> AccountView:
        """The account, the tenant that is worked in, and the others."""
        async with self.system.reading() as reading:
            tenants = await SystemScope(reading).tenants_of(self.scope.user_id)
        async with self.scope.own_transaction() as session:
            user = await AccountRepository(session, self.scope.user_id).get()
            tenant = await MemberRepository(session, self.scope.tenant).get_tenant()
            factor = await SecondFactorRepository(session, self.scope.user_id).find()
        return AccountView(user, tenant, tenants, factor is not None and factor.confirmed_at is not None)

    async def rename(self, full_name: str) -> None:
        """Another name to be called by."""
        async with self.scope.own_transaction() as session:
            user = await AccountRepository(session, self.scope.user_id).get()
            before, user.full_name = {"full_name": user.full_name}, full_name
            await self._record(session, AuditAction.USER_RENAMED, before=before, after={"full_name": full_name})

    async def prove_password(self, password: str) -> User:
        """Make sure that it is the person who asks, not somebody at their desk. Raises PasswordWrong, SignInDelayed."""
        async with self.scope.own_transaction() as session:
            user = await AccountRepository(session, self.scope.user_id).get()
        account, place = account_key(user.email), Place("signed in", str(self.session_id))
        await self.throttle.admit_password(account, place)
        if not await asyncio.to_thread(verify_password, password, user.password_hash):
            raise PasswordWrong
        await self.throttle.password_was_right(account, place)
        return user

    async def change_password(self, current: str, chosen: str) -> None:
        """Another password; every other session ends. Raises PasswordWrong, PasswordTooWeak, SignInDelayed."""
        user = await self.prove_password(current)
        known = {"email": user.email, "full_name": user.full_name}
        await asyncio.to_thread(check_password, chosen, **known, pointer="/new_password")
        hashed = await asyncio.to_thread(hash_password, chosen)
        async with self.scope.own_transaction() as session:
            account = AccountRepository(session, self.scope.user_id)
            if not await account.set_password_hash(hashed, former=user.password_hash):
                raise PasswordWrong
            sessions = SessionRepository(session, self.scope.user_id)
            ended = await sessions.end_all(SessionEnd.PASSWORD_CHANGED, self.scope.now(), keep=self.session_id)
            after = {"password": SECRET_CHANGED, "sessions_ended": ended}
            await self._record(session, AuditAction.PASSWORD_CHANGED, after=after)

    async def sessions(self) -> Sequence[UserSession]:
        """Where the person is signed in, the newest first."""
        async with self.scope.own_transaction() as session:
            return await SessionRepository(session, self.scope.user_id).list_open(self.scope.now())

    async def end_session(self, session_id: UUID) -> None:
        """Sign out elsewhere, or here. Raises SessionNotFound."""
        async with self.scope.own_transaction() as session:
            found = await SessionRepository(session, self.scope.user_id).find_for_update(session_id)
            if found is None or found.ended_at is not None:
                raise SessionNotFound
            found.ended_at, found.end_reason = self.scope.now(), SessionEnd.ENDED_BY_USER
            after = {"reason": SessionEnd.ENDED_BY_USER}
            await self.scope.audit(session).record(AuditAction.SESSION_ENDED, session_subject(found), after=after)

    async def switch_tenant(self, tenant: TenantId, signer: TokenSigner) -> str:
        """Work in another tenant of one's own; an access token for it. Raises TenantNotYours."""
        async with self.system.reading() as reading:
            own = {one.id for one in await SystemScope(reading).tenants_of(self.scope.user_id)}
        if tenant not in own:
            raise TenantNotYours
        async with self.scope.own_transaction() as session:
            found = await SessionRepository(session, self.scope.user_id).find_for_update(self.session_id)
            if found is None or found.ended_at is not None:
                raise SessionNotFound
            found.current_tenant_id = tenant
            await self.scope.audit(session).record(AuditAction.SESSION_SWITCHED, session_subject(found))
        return signer.sign(subject=self.scope.user_id, tenant=tenant, session=self.session_id, now=self.scope.now())

    async def _record(
        self,
        session: AsyncSession,
        action: AuditAction,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object],
    ) -> None:
        subject = AuditSubject("user", self.scope.user_id, self.scope.actor.label)
        await self.scope.audit(session).record(action, subject, before=before, after=after)
