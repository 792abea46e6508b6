"""A new password by mail, for whoever can read the mail of the account; it opens no session by itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId, new_id
from backend.core.one_time_tokens import fingerprint, new_token
from backend.core.tokens import hash_password
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.passwords import check_password
from backend.domain.sessions import SessionEnd
from backend.persistence.audit import ActorRecord, AuditTrail
from backend.persistence.models.invitation import PasswordReset
from backend.persistence.models.tenant import User
from backend.persistence.repositories.invitations import PasswordResetRepository
from backend.persistence.repositories.sessions import SessionRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.mail import MailQueue, MailTemplate, PublicLinks, in_words
from backend.services.scope import Caller
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)

LIFETIME = timedelta(hours=1)
#: More mails than this in one lifetime help nobody but somebody who wants to fill a mailbox.
MAX_ASKED = 3


class PasswordResetNotValid(OpenRegError):
    """The link cannot be used: it was used, replaced, or is older than an hour."""

    code: ClassVar[str] = "password_reset_not_valid"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class PasswordResetService:
    """For people who are not signed in."""

    database: Database
    system: SystemDatabase
    box: SecretBox
    links: PublicLinks
    wakeups: Wakeups
    caller: Caller
    now: Clock

    async def send_link(self, email: str) -> None:
        """A mail if there is such an account. Call it beside the answer: how long it takes tells whether there is."""
        async with self.system.transaction() as session:
            account = await SystemScope(session).find_sign_in(email)
        if account is None or account.tenant_id is None:
            log.info("password_reset_for_nobody")
            return
        tenant, at, token = account.tenant_id, self.now(), new_token()
        async with self.database.transaction(tenant) as session:
            resets = PasswordResetRepository(session, tenant)
            if len(await resets.asked_since(account.user_id, at - LIFETIME)) >= MAX_ASKED:
                log.info("password_reset_asked_too_often", user_id=str(account.user_id))
                return
            resets.add(
                PasswordReset(
                    id=new_id(),
                    tenant_id=tenant,
                    user_id=account.user_id,
                    token_hash=fingerprint(token),
                    created_at=at,
                    expires_at=at + LIFETIME,
                )
            )
            values = {
                "email": email.lower(),
                "expires": in_words(at + LIFETIME),
                "link": self.links.password_reset(token),
            }
            queue = MailQueue(session, tenant, self.box)
            await queue.put(email, MailTemplate.PASSWORD_RESET, values, at, useful_until=at + LIFETIME)
            # Whoever asks has not proven to be anybody.
            actor = ActorRecord("person", None, "not signed in", self.caller.address, self.caller.request_id)
            subject = AuditSubject("user", account.user_id, email.lower())
            await AuditTrail(session, tenant, actor, self.now).record(AuditAction.PASSWORD_RESET_REQUESTED, subject)
        self.wakeups.mails(tenant)

    async def reset(self, token: str, password: str) -> None:
        """Raises PasswordResetNotValid, PasswordTooWeak."""
        async with self.system.transaction() as session:
            tenant = await SystemScope(session).find_password_reset(fingerprint(token))
        if tenant is None:
            raise PasswordResetNotValid(fix="Ask for a new link.")
        async with self.database.transaction(tenant) as session:
            user = await self._user(session, tenant, fingerprint(token))
        known = {"email": user.email, "full_name": user.full_name}
        await asyncio.to_thread(check_password, password, **known)
        hashed = await asyncio.to_thread(hash_password, password)
        await self._replace(tenant, fingerprint(token), user.id, hashed)
        self.wakeups.mails(tenant)

    async def _replace(self, tenant: TenantId, token_hash: str, user_id: UUID, hashed: str) -> None:
        at = self.now()
        async with self.database.transaction(tenant, user_id=user_id) as session:
            user = await self._user(session, tenant, token_hash)
            user.password_hash = hashed
            await PasswordResetRepository(session, tenant).use_up(user.id, at)
            await SessionRepository(session, user.id).end_all(SessionEnd.PASSWORD_CHANGED, at)
            values = {"email": user.email, "at": in_words(at), "link": self.links.to("/forgot-password")}
            await MailQueue(session, tenant, self.box).put(user.email, MailTemplate.PASSWORD_CHANGED, values, at)
            actor = ActorRecord("person", user.id, user.email, self.caller.address, self.caller.request_id)
            await AuditTrail(session, tenant, actor, self.now).record(
                AuditAction.PASSWORD_RESET_COMPLETED, AuditSubject("user", user.id, user.email)
            )

    async def _user(self, session: AsyncSession, tenant: TenantId, token_hash: str) -> User:
        """Whose password a link replaces, the link held against others that use it. Raises PasswordResetNotValid."""
        reset = await PasswordResetRepository(session, tenant).find_by_token(token_hash)
        if reset is None or reset.used_at is not None or reset.expires_at <= self.now():
            raise PasswordResetNotValid(fix="Ask for a new link.")
        found = await MemberRepository(session, tenant).find_member(reset.user_id)
        if found is None:
            raise PasswordResetNotValid(fix="Ask your administrator.")
        return found[0].user
