"""Answering an invitation: whoever has the link joins, with a new account or with the one they have."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId, new_id
from backend.core.one_time_tokens import fingerprint
from backend.core.tokens import hash_password, verify_password
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.passwords import check_password
from backend.persistence.audit import ActorRecord, AuditTrail
from backend.persistence.models.invitation import UserInvitation
from backend.persistence.models.tenant import Membership, User
from backend.persistence.repositories.invitations import InvitationRepository, InvitationState, state_of
from backend.persistence.repositories.tenants import MemberRepository, RoleRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import AccountRow, SystemScope
from backend.services.auth import SignInRefused
from backend.services.invitations import AlreadyMember
from backend.services.scope import Caller
from backend.services.sign_in_throttle import Place, SignInThrottle, account_key, network_of


class InvitationNotValid(OpenRegError):
    """The invitation cannot be used: it was accepted, revoked, replaced by a newer one, or is too old."""

    code: ClassVar[str] = "invitation_not_valid"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class FullNameMissing(OpenRegError):
    """A new account needs a name."""

    code: ClassVar[str] = "full_name_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class InvitationFacts:
    """What somebody with the link may know."""

    email: str
    full_name: str
    tenant_name: str
    invited_by: str | None
    expires_at: datetime
    has_account: bool


@dataclass(frozen=True, slots=True)
class InvitationAnswers:
    """For people who are not signed in; the token is all they have."""

    database: Database
    system: SystemDatabase
    throttle: SignInThrottle
    caller: Caller
    now: Clock

    async def read(self, token: str) -> InvitationFacts:
        """Raises InvitationNotValid."""
        tenant, invitation = await self._open(token)
        async with self.database.transaction(tenant) as session:
            members = MemberRepository(session, tenant)
            owner, inviter = await members.get_tenant(), await members.find_user(invitation.invited_by)
        account = await self._account(invitation.email)
        return InvitationFacts(
            email=invitation.email,
            full_name=invitation.full_name,
            tenant_name=owner.name,
            invited_by=inviter.full_name if inviter else None,
            expires_at=invitation.expires_at,
            has_account=account is not None,
        )

    async def accept(self, token: str, *, full_name: str, password: str) -> TenantId:
        """Join. An account that exists is proven by its password, and never changed by an invitation.

        Raises InvitationNotValid, SignInRefused, PasswordTooWeak, FullNameMissing, SignInDelayed, AlreadyMember.
        """
        tenant, invitation = await self._open(token)
        account = await self._account(invitation.email)
        hashed = None
        if account is not None:
            await self._prove(invitation.email, account, password)
        else:
            if not full_name.strip():
                raise FullNameMissing
            known = {"email": invitation.email, "full_name": full_name}
            await asyncio.to_thread(check_password, password, **known)
            hashed = await asyncio.to_thread(hash_password, password)
        await self._join(tenant, fingerprint(token), account, full_name.strip(), hashed)
        return tenant

    async def _prove(self, email: str, account: AccountRow, password: str) -> None:
        """Counted like a sign-in: an invitation must not be a way to guess passwords."""
        key, place = account_key(email), Place(network_of(self.caller.address))
        await self.throttle.admit_password(key, place)
        is_right = await asyncio.to_thread(verify_password, password, account.password_hash)
        if not is_right or not account.is_active:
            raise SignInRefused("The password of your account is wrong.")
        await self.throttle.password_was_right(key, place)

    async def _join(
        self, tenant: TenantId, token_hash: str, account: AccountRow | None, full_name: str, hashed: str | None
    ) -> None:
        at = self.now()
        async with self.database.transaction(tenant) as session:
            members = MemberRepository(session, tenant)
            await members.lock_tenant()
            invitation = await InvitationRepository(session, tenant).find_by_token(token_hash, for_update=True)
            if invitation is None or state_of(invitation, at) is not InvitationState.OPEN:
                raise InvitationNotValid
            user_id = account.user_id if account is not None else None
            if user_id is None:
                user = _new_user(invitation.email, full_name, hashed or "", at)
                user_id = user.id
                members.add(user)
                await members.flush_unique(InvitationNotValid("An account was made meanwhile.", fix="Try again."))
            membership = _membership(tenant, user_id, at)
            members.add(membership)
            await members.flush_unique(AlreadyMember())
            await members.give_roles(membership, await RoleRepository(session, tenant).named(invitation.role_ids))
            invitation.accepted_at, invitation.accepted_by = at, user_id
            actor = ActorRecord("person", user_id, invitation.email, self.caller.address, self.caller.request_id)
            await AuditTrail(session, tenant, actor, self.now).record(
                AuditAction.USER_INVITATION_ACCEPTED,
                AuditSubject("user_invitation", invitation.id, invitation.email),
                after={"has_new_account": account is None},
            )

    async def _open(self, token: str) -> tuple[TenantId, UserInvitation]:
        async with self.system.transaction() as session:
            tenant = await SystemScope(session).find_invitation(fingerprint(token))
        if tenant is None:
            raise InvitationNotValid
        async with self.database.transaction(tenant) as session:
            invitation = await InvitationRepository(session, tenant).find_by_token(fingerprint(token))
        if invitation is None or state_of(invitation, self.now()) is not InvitationState.OPEN:
            raise InvitationNotValid
        return tenant, invitation

    async def _account(self, email: str) -> AccountRow | None:
        async with self.system.transaction() as session:
            return await SystemScope(session).find_registered(email)


def _new_user(email: str, full_name: str, hashed: str, at: datetime) -> User:
    return User(id=new_id(), email=email, full_name=full_name, password_hash=hashed, is_active=True, created_at=at)


def _membership(tenant: TenantId, user_id: UUID, at: datetime) -> Membership:
    return Membership(id=new_id(), tenant_id=tenant, user_id=user_id, created_at=at)
