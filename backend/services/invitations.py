"""Invitations as members of a tenant make them: sent by mail, sent again, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId, new_id
from backend.core.one_time_tokens import fingerprint, new_token
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.mail import email_address
from backend.domain.roles import check_held
from backend.persistence.models.invitation import UserInvitation
from backend.persistence.models.tenant import Role, Tenant, User
from backend.persistence.repositories.invitations import InvitationRepository, InvitationState, state_of
from backend.persistence.repositories.tenants import MemberRepository, RoleRepository
from backend.services.mail import MailQueue, MailTemplate, PublicLinks, in_words
from backend.services.roles import RoleNotFound
from backend.services.scope import TenantScope
from backend.services.wakeups import Wakeups

LIFETIME = timedelta(days=7)


class InvitationNotFound(OpenRegError):
    """There is no such invitation."""

    code: ClassVar[str] = "invitation_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class InvitationPending(OpenRegError):
    """The address has been invited and has not answered yet."""

    code: ClassVar[str] = "invitation_pending"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class InvitationClosed(OpenRegError):
    """The invitation has been accepted or revoked."""

    code: ClassVar[str] = "invitation_closed"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class AlreadyMember(OpenRegError):
    """Somebody with this address is a member already."""

    code: ClassVar[str] = "already_member"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation, where it stands, what it gives, and who sent it (None: they have left)."""

    invitation: UserInvitation
    state: InvitationState
    roles: Sequence[Role]
    invited_by: User | None


@dataclass(frozen=True, slots=True)
class InvitationMailer:
    """Makes the link and writes the mail, in the transaction of the invitation."""

    box: SecretBox
    links: PublicLinks

    async def send(
        self, session: AsyncSession, tenant: Tenant, invitation: UserInvitation, *, inviter: str, at: datetime
    ) -> None:
        """A fresh token: a link that was sent before opens nothing any more."""
        token = new_token()
        invitation.token_hash = fingerprint(token)
        invitation.sent_at, invitation.expires_at = at, at + LIFETIME
        values = {
            "tenant": tenant.name,
            "inviter": inviter,
            "expires": in_words(invitation.expires_at),
            "link": self.links.invitation(token),
        }
        queue = MailQueue(session, TenantId(tenant.id), self.box)
        await queue.put(invitation.email, MailTemplate.INVITATION, values, at, useful_until=invitation.expires_at)


@dataclass(frozen=True, slots=True)
class InvitationService:
    """Invitations of one tenant. ``held`` is what the person who acts may do."""

    scope: TenantScope
    held: frozenset[str]
    mailer: InvitationMailer
    wakeups: Wakeups

    async def invite(self, *, email: str, full_name: str, role_ids: Sequence[UUID]) -> InvitationView:
        """Raises EmailAddressInvalid, AlreadyMember, InvitationPending, RoleNotFound, PermissionNotHeld."""
        address, at = email_address(email), self.scope.now()
        async with self.scope.transaction() as session:
            members = MemberRepository(session, self.scope.tenant)
            tenant = await members.lock_tenant()
            roles = await self._grantable(session, role_ids)
            if await members.find_by_email(address) is not None:
                raise AlreadyMember
            if await InvitationRepository(session, self.scope.tenant).find_pending(address) is not None:
                raise InvitationPending(fix="Send that invitation again, or revoke it first.")
            invitation = invitation_of(tenant, address, full_name, roles, self.scope.user_id, at)
            inviter = await members.find_user(self.scope.user_id)
            await self.mailer.send(session, tenant, invitation, inviter=_name(inviter, tenant), at=at)
            members.add(invitation)
            await self._record(session, AuditAction.USER_INVITATION_SENT, invitation, roles)
        self.wakeups.mails(self.scope.tenant)
        return InvitationView(invitation, InvitationState.OPEN, roles, inviter)

    async def page(self, request: PageRequest, state: InvitationState | None) -> Page[InvitationView]:
        """Invitations, newest first."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            page = await InvitationRepository(session, self.scope.tenant).page(request, state=state, now=at)
            role_ids = {role_id for one in page.items for role_id in one.role_ids}
            roles = await RoleRepository(session, self.scope.tenant).named(role_ids)
            people = await MemberRepository(session, self.scope.tenant).users_by_id(
                {one.invited_by for one in page.items}
            )
        views = [
            InvitationView(
                one,
                state_of(one, at),
                [role for role in roles if role.id in one.role_ids],
                people.get(one.invited_by),
            )
            for one in page.items
        ]
        return Page(views, page.next_cursor)

    async def resend(self, invitation_id: UUID) -> InvitationView:
        """A new link and a new week. Raises InvitationNotFound, InvitationClosed, PermissionNotHeld."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            members = MemberRepository(session, self.scope.tenant)
            tenant = await members.lock_tenant()
            invitation = await self._pending(session, invitation_id)
            roles = await RoleRepository(session, self.scope.tenant).named(invitation.role_ids)
            check_held([one for role in roles for one in role.permissions], self.held)
            inviter = await members.find_user(self.scope.user_id)
            await self.mailer.send(session, tenant, invitation, inviter=_name(inviter, tenant), at=at)
            invited_by = await members.find_user(invitation.invited_by)
            await self._record(session, AuditAction.USER_INVITATION_SENT, invitation, roles)
        self.wakeups.mails(self.scope.tenant)
        return InvitationView(invitation, InvitationState.OPEN, roles, invited_by)

    async def revoke(self, invitation_id: UUID) -> None:
        """The link opens nothing any more. Raises InvitationNotFound, InvitationClosed."""
        async with self.scope.transaction() as session:
            invitation = await self._pending(session, invitation_id)
            invitation.revoked_at = self.scope.now()
            await self._record(session, AuditAction.USER_INVITATION_REVOKED, invitation, ())

    async def _record(
        self, session: AsyncSession, action: AuditAction, invitation: UserInvitation, roles: Sequence[Role]
    ) -> None:
        subject = AuditSubject("user_invitation", invitation.id, invitation.email)
        after: dict[str, object] = {"roles": [role.name for role in roles]}
        await self.scope.audit(session).record(action, subject, after=after if roles else None)

    async def _grantable(self, session: AsyncSession, role_ids: Sequence[UUID]) -> Sequence[Role]:
        roles = await RoleRepository(session, self.scope.tenant).named(role_ids)
        if len(roles) != len(set(role_ids)):
            raise RoleNotFound
        check_held([one for role in roles for one in role.permissions], self.held)
        return roles

    async def _pending(self, session: AsyncSession, invitation_id: UUID) -> UserInvitation:
        invitation = await InvitationRepository(session, self.scope.tenant).find(invitation_id, for_update=True)
        if invitation is None:
            raise InvitationNotFound
        if state_of(invitation, self.scope.now()) in {InvitationState.ACCEPTED, InvitationState.REVOKED}:
            raise InvitationClosed
        return invitation


def invitation_of(
    tenant: Tenant, email: str, full_name: str, roles: Sequence[Role], invited_by: UUID, at: datetime
) -> UserInvitation:
    """The row of an invitation; its token comes with the mail."""
    return UserInvitation(
        id=new_id(),
        tenant_id=tenant.id,
        email=email,
        full_name=full_name,
        role_ids=[role.id for role in roles],
        invited_by=invited_by,
        created_at=at,
    )


def _name(inviter: User | None, tenant: Tenant) -> str:
    return inviter.full_name if inviter is not None else tenant.name
