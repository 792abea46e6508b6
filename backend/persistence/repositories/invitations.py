"""Invitations and resets of passwords: links that were sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select, update

from backend.core.pagination import Page, PageRequest, page_of
from backend.persistence.models.invitation import PasswordReset, UserInvitation
from backend.persistence.repositories.tenant_scope import TenantRepository


class InvitationState(StrEnum):
    """Where an invitation stands."""

    OPEN = "open"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


def state_of(invitation: UserInvitation, now: datetime) -> InvitationState:
    """Where this one stands now."""
    if invitation.accepted_at is not None:
        return InvitationState.ACCEPTED
    if invitation.revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.OPEN if invitation.expires_at > now else InvitationState.EXPIRED


class InvitationRepository(TenantRepository):
    """Invitations of one tenant in one transaction."""

    async def find(self, invitation_id: UUID, *, for_update: bool = False) -> UserInvitation | None:
        """The invitation, or None."""
        return await self._find(UserInvitation, invitation_id, for_update=for_update)

    async def find_by_token(self, token_hash: str, *, for_update: bool = False) -> UserInvitation | None:
        """The invitation that a link belongs to, or None."""
        query = self._select(UserInvitation).where(UserInvitation.token_hash == token_hash)
        found: UserInvitation | None = await self._session.scalar(query.with_for_update() if for_update else query)
        return found

    async def find_pending(self, email: str) -> UserInvitation | None:
        """The invitation of an address that is neither accepted nor revoked, be it too old; or None."""
        query = self._select(UserInvitation).where(
            UserInvitation.email == email,
            UserInvitation.accepted_at.is_(None),
            UserInvitation.revoked_at.is_(None),
        )
        found: UserInvitation | None = await self._session.scalar(query)
        return found

    async def page(self, request: PageRequest, *, state: InvitationState | None, now: datetime) -> Page[UserInvitation]:
        """Invitations, newest first."""
        query = self._select(UserInvitation)
        pending = UserInvitation.accepted_at.is_(None) & UserInvitation.revoked_at.is_(None)
        conditions = {
            InvitationState.OPEN: pending & (UserInvitation.expires_at > now),
            InvitationState.EXPIRED: pending & (UserInvitation.expires_at <= now),
            InvitationState.ACCEPTED: UserInvitation.accepted_at.is_not(None),
            InvitationState.REVOKED: UserInvitation.revoked_at.is_not(None),
        }
        if state is not None:
            query = query.where(conditions[state])
        return page_of(await self._newest_first(query, UserInvitation.id, request), request, lambda one: one.id)

    async def count_pending_with_role(self, role_id: UUID) -> int:
        """How many invitations that may still be accepted name a role."""
        query = select(func.count()).where(
            UserInvitation.tenant_id == self.tenant,
            UserInvitation.role_ids.contains([role_id]),
            UserInvitation.accepted_at.is_(None),
            UserInvitation.revoked_at.is_(None),
        )
        return int(await self._session.scalar(query) or 0)


class PasswordResetRepository(TenantRepository):
    """Resets of passwords in one transaction."""

    async def find_by_token(self, token_hash: str) -> PasswordReset | None:
        """The reset that a link belongs to, under a row lock; or None."""
        query = self._select(PasswordReset).where(PasswordReset.token_hash == token_hash)
        found: PasswordReset | None = await self._session.scalar(query.with_for_update())
        return found

    async def asked_since(self, user_id: UUID, since: datetime) -> Sequence[PasswordReset]:
        """What somebody asked for since then."""
        query = self._select(PasswordReset).where(PasswordReset.user_id == user_id, PasswordReset.created_at >= since)
        return await self._all(query)

    async def use_up(self, user_id: UUID, at: datetime) -> None:
        """No link of this person opens anything any more."""
        await self._session.execute(
            update(PasswordReset)
            .where(
                PasswordReset.tenant_id == self.tenant,
                PasswordReset.user_id == user_id,
                PasswordReset.used_at.is_(None),
            )
            .values(used_at=at)
        )
