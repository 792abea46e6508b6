"""Sessions of people: started by a sign-in, renewed by the cookie, ended by their owner or by a theft that shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import structlog

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId, new_id
from backend.core.opaque_tokens import RefreshToken, is_same_hash, sha256_of
from backend.core.tokens import TokenSigner
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.sessions import Presented, Renewal, SessionEnd, SessionTimes, expiry, renewal
from backend.persistence.audit import AuditTrail
from backend.persistence.models.session import UserSession
from backend.persistence.repositories.sessions import SessionRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SessionOwnerRow, SystemScope
from backend.services.scope import Actor, Caller, TenantScope

log = structlog.get_logger(__name__)
_USER_AGENT_LENGTH = 300
_ENDED_BY = {Renewal.STOLEN: SessionEnd.TOKEN_REUSED, Renewal.IDLE: SessionEnd.IDLE}


class SessionEnded(OpenRegError):
    """The session has ended."""

    code: ClassVar[str] = "session_ended"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAUTHENTICATED


@dataclass(frozen=True, slots=True, repr=False)
class SessionTokens:
    """What a browser is given: a token for the Authorization header, and the cookie that renews it."""

    access_token: str
    refresh_token: str
    expires_at: datetime


def session_subject(session: UserSession) -> AuditSubject:
    """A session, by what a person recognises it by."""
    return AuditSubject("session", session.id, session.user_agent or "unnamed browser or program")


@dataclass(frozen=True, slots=True)
class SessionService:
    """Sessions over their whole life. ``lifetime`` is how long one can be left alone and still be renewed."""

    database: Database
    system: SystemDatabase
    signer: TokenSigner
    lifetime: timedelta
    now: Clock

    async def start(
        self, person: SessionOwnerRow, tenant: TenantId, caller: Caller, *, has_second_factor: bool
    ) -> SessionTokens:
        """A new session of somebody who has proven who they are."""
        now, token = self.now(), RefreshToken.new(new_id())
        scope = self._scope(person, tenant, caller)
        started = UserSession(
            id=token.session_id,
            user_id=person.user_id,
            current_tenant_id=tenant,
            family_hash=sha256_of(token.family),
            token_hash=sha256_of(token.secret),
            user_agent=shortened(caller.user_agent),
            address=caller.address,
            has_second_factor=has_second_factor,
            created_at=now,
            last_used_at=now,
            expires_at=expiry(now, now, self.lifetime),
        )
        async with scope.own_transaction() as session:
            sessions = SessionRepository(session, person.user_id)
            await sessions.forget_old(now)
            sessions.add(started)
            await scope.audit(session).record(
                AuditAction.SESSION_STARTED,
                session_subject(started),
                after={"has_second_factor": has_second_factor, "expires_at": started.expires_at.isoformat()},
            )
        return self._tokens(started, token)

    async def renew(self, text: str | None, caller: Caller) -> SessionTokens:
        """A fresh access token and the next refresh token. A token that was used before ends the session for all.

        Raises SessionEnded.
        """
        presented = RefreshToken.find(text)
        person = await self._find_owner(presented)
        if presented is None or person is None:
            raise _ended()
        tenant = await self._tenant_of(person)
        scope = self._scope(person, tenant, caller)
        async with scope.own_transaction() as session:
            found = await SessionRepository(session, person.user_id).find_for_update(presented.session_id)
            owner = await MemberRepository(session, tenant).get_tenant()
            # A page that is used renews before its access token ends; one that did not for longer was left alone.
            idle_after = timedelta(minutes=owner.idle_minutes) + self.signer.lifetime
            verdict = Renewal.REFUSED if found is None else self._verdict(found, presented, idle_after)
            if found is not None and verdict in _ENDED_BY:
                await self._end(found, _ENDED_BY[verdict], scope.audit(session))
            elif found is not None and verdict is not Renewal.REFUSED:
                token = self._turn(found, presented, verdict)
                found.current_tenant_id = tenant
        if found is None or found.ended_at is not None or verdict is Renewal.REFUSED:
            raise _ended()
        return self._tokens(found, token)

    async def sign_out(self, text: str | None, caller: Caller) -> None:
        """End the session of a refresh token; nothing happens when there is none."""
        await self._sign_out(text, caller, everywhere=False)

    async def sign_out_everywhere(self, text: str | None, caller: Caller) -> None:
        """End every session of whoever holds a refresh token. Raises SessionEnded."""
        if not await self._sign_out(text, caller, everywhere=True):
            raise _ended()

    async def _sign_out(self, text: str | None, caller: Caller, *, everywhere: bool) -> bool:
        presented = RefreshToken.find(text)
        person = await self._find_owner(presented)
        if presented is None or person is None:
            return False
        scope = self._scope(person, person.tenant_id, caller)
        async with scope.own_transaction() as session:
            sessions = SessionRepository(session, person.user_id)
            found = await sessions.find_for_update(presented.session_id)
            if found is None or found.ended_at is not None or not is_same_hash(presented.family, found.family_hash):
                return False
            if everywhere:
                ended = await sessions.end_all(SessionEnd.SIGNED_OUT_EVERYWHERE, self.now())
                after = {"reason": SessionEnd.SIGNED_OUT_EVERYWHERE, "sessions": ended}
                await scope.audit(session).record(AuditAction.SESSION_ENDED, session_subject(found), after=after)
            else:
                await self._end(found, SessionEnd.SIGNED_OUT, scope.audit(session))
        return True

    async def _find_owner(self, token: RefreshToken | None) -> SessionOwnerRow | None:
        if token is None:
            return None
        async with self.system.reading() as session:
            return await SystemScope(session).find_session_owner(token.session_id)

    async def _tenant_of(self, person: SessionOwnerRow) -> TenantId:
        """The tenant that is switched to, or another one when the person has left it. Raises SessionEnded."""
        async with self.system.reading() as session:
            own = [one.id for one in await SystemScope(session).tenants_of(person.user_id)]
        if not own:
            raise _ended()
        return person.tenant_id if person.tenant_id in own else own[0]

    def _verdict(self, found: UserSession, presented: RefreshToken, idle_after: timedelta) -> Renewal:
        how = Presented(
            is_family=is_same_hash(presented.family, found.family_hash),
            is_current=is_same_hash(presented.secret, found.token_hash),
            is_previous=is_same_hash(presented.secret, found.previous_token_hash),
        )
        times = SessionTimes(found.last_used_at, found.expires_at, found.ended_at, idle_after)
        return renewal(how, times, self.now())

    def _turn(self, found: UserSession, presented: RefreshToken, verdict: Renewal) -> RefreshToken:
        """The token that is current afterwards."""
        if verdict is Renewal.REPEAT:
            is_current = is_same_hash(presented.secret, found.token_hash)
            return presented if is_current else presented.successor(self._key)
        now, token = self.now(), presented.successor(self._key)
        found.previous_token_hash, found.token_hash = found.token_hash, sha256_of(token.secret)
        found.last_used_at = now
        found.expires_at = expiry(found.created_at, now, self.lifetime)
        return token

    async def _end(self, found: UserSession, reason: SessionEnd, trail: AuditTrail) -> None:
        found.ended_at, found.end_reason = self.now(), reason
        await trail.record(AuditAction.SESSION_ENDED, session_subject(found), after={"reason": reason})
        if reason is SessionEnd.TOKEN_REUSED:
            log.warning("refresh_token_reused", session_id=str(found.id), user_id=str(found.user_id))

    def _tokens(self, found: UserSession, token: RefreshToken) -> SessionTokens:
        access = self.signer.sign(
            subject=found.user_id, tenant=found.current_tenant_id, session=found.id, now=self.now()
        )
        return SessionTokens(access, token.text(), found.expires_at)

    def _scope(self, person: SessionOwnerRow, tenant: TenantId, caller: Caller) -> TenantScope:
        actor = Actor.person(person.user_id, person.email, caller)
        return TenantScope(self.database, tenant, person.user_id, self.now, actor)

    @property
    def _key(self) -> bytes:
        return self.signer.secret.encode()


def _ended() -> SessionEnded:
    return SessionEnded(fix="Sign in again.")


def shortened(user_agent: str | None) -> str | None:
    """What a person may recognise a browser by; never more than fits, and nothing that cannot be stored."""
    return None if user_agent is None else user_agent.replace("\x00", "")[:_USER_AGENT_LENGTH]
