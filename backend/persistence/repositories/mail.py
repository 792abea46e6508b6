"""Outgoing mails."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.mail import MailState
from backend.persistence.models.mail import OutgoingMail
from backend.persistence.repositories.tenant_scope import TenantRepository


class MailRepository(TenantRepository):
    """Outgoing mails of one tenant in one transaction."""

    async def find(self, mail_id: UUID) -> OutgoingMail | None:
        """The mail, or None."""
        return await self._find(OutgoingMail, mail_id)

    async def page(self, request: PageRequest, *, state: MailState | None = None) -> Page[OutgoingMail]:
        """Mails, newest first."""
        query = self._select(OutgoingMail)
        if state is not None:
            query = query.where(OutgoingMail.state == state)
        return page_of(await self._newest_first(query, OutgoingMail.id, request), request, lambda one: one.id)

    async def claim_due(self, limit: int) -> Sequence[OutgoingMail]:
        """Mails that are due and that nobody is sending, each under a row lock."""
        waiting = OutgoingMail.state.in_((MailState.PENDING, MailState.RETRYING)) & (
            OutgoingMail.next_attempt_at <= func.clock_timestamp()
        )
        abandoned = (OutgoingMail.state == MailState.SENDING) & (OutgoingMail.lease_expires_at < func.clock_timestamp())
        query = self._select(OutgoingMail).where(or_(waiting, abandoned)).order_by(OutgoingMail.next_attempt_at)
        return await self._all(query.limit(limit).with_for_update(skip_locked=True))

    async def find_fenced(self, mail_id: UUID, fencing_token: int) -> OutgoingMail | None:
        """The mail under a row lock if the token is still the newest, else None."""
        query = self._select(OutgoingMail).where(
            OutgoingMail.id == mail_id,
            OutgoingMail.fencing_token == fencing_token,
            OutgoingMail.state == MailState.SENDING,
        )
        found: OutgoingMail | None = await self._session.scalar(query.with_for_update())
        return found
