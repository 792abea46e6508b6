"""People of customers sign in, renew their sessions and sign out; the rules of sessions are those of staff."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

import structlog

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import CustomerId, TenantId, new_id
from backend.core.opaque_tokens import RefreshToken, is_same_hash, sha256_of
from backend.core.tokens import TokenInvalid, TokenSigner, hash_password, needs_rehash, verify_password
from backend.domain.customers import RIGHTS, CustomerRight, CustomerRole, CustomerState
from backend.domain.sessions import Presented, Renewal, SessionEnd, SessionTimes, expiry, renewal
from backend.persistence.models.customer import CustomerSession, CustomerUser
from backend.persistence.repositories.customers import CustomerUserRepository
from backend.persistence.session import Database
from backend.services.auth import SignInRefused
from backend.services.scope import Actor, ActorKind, Caller, TenantScope
from backend.services.sessions import SessionEnded, SessionTokens, shortened
from backend.services.sign_in_throttle import Place, SignInThrottle, account_key, network_of

log = structlog.get_logger(__name__)
#: The type of access tokens of customers: one of staff is never taken for one.
CUSTOMER_ACCESS: Final = "customer_access"
#: A page that is left alone for so long asks for the password again.
IDLE_AFTER: Final = timedelta(days=7)
_ENDED_BY: Final = {Renewal.STOLEN: SessionEnd.TOKEN_REUSED, Renewal.IDLE: SessionEnd.IDLE}


class EmailNotVerified(OpenRegError):
    """The e-mail address has not been verified yet."""

    code: ClassVar[str] = "email_not_verified"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class CustomerPrincipal:
    """Somebody who is signed in, for a customer."""

    tenant: TenantId
    customer_id: CustomerId
    customer_name: str
    customer_state: CustomerState
    user_id: UUID
    email: str
    full_name: str
    role: CustomerRole
    session_id: UUID

    @property
    def rights(self) -> frozenset[CustomerRight]:
        """What the role lets them do."""
        return RIGHTS[self.role]

    def scope(self, database: Database, caller: Caller, now: Clock) -> TenantScope:
        """The publisher's tenant in this person's name."""
        actor = Actor(ActorKind.CUSTOMER, self.user_id, self.email, self.user_id, caller.address, caller.request_id)
        return TenantScope(database, self.tenant, self.user_id, now, actor)


def account_of(tenant: TenantId, email: str) -> str:
    """An account for the throttle: the same address at two publishers is two accounts, and neither is staff's."""
    return account_key(f"{tenant}/{email.strip()}")


@dataclass(frozen=True, slots=True)
class CustomerSessionService:
    """Sessions of one publisher's customers. ``lifetime`` is how long one can be left alone and still be renewed."""

    database: Database
    tenant: TenantId
    signer: TokenSigner
    throttle: SignInThrottle
    lifetime: timedelta
    now: Clock

    async def sign_in(self, email: str, password: str, caller: Caller) -> SessionTokens:
        """A session. Raises SignInDelayed; SignInRefused, after the same work for any account; EmailNotVerified."""
        account, place = account_of(self.tenant, email), Place(network_of(caller.address))
        await self.throttle.admit_password(account, place)
        async with self.database.transaction(self.tenant) as session:
            user = await CustomerUserRepository(session, self.tenant).find_by_email(email.strip().lower())
        is_right = await asyncio.to_thread(verify_password, password, user.password_hash if user else None)
        if user is None or not is_right or not user.is_active:
            log.info("customer_sign_in_refused", address=caller.address)
            raise SignInRefused
        await self.throttle.password_was_right(account, place)
        if user.email_verified_at is None:
            raise EmailNotVerified(fix="Open the link in the mail, or ask for another one.")
        if needs_rehash(user.password_hash):
            await self._rehash(user, password)
        return await self.start(user, caller)

    async def start(self, user: CustomerUser, caller: Caller) -> SessionTokens:
        """A new session of somebody who has proven who they are."""
        now, token = self.now(), RefreshToken.new(new_id())
        started = CustomerSession(
            id=token.session_id,
            tenant_id=self.tenant,
            user_id=user.id,
            family_hash=sha256_of(token.family),
            token_hash=sha256_of(token.secret),
            user_agent=shortened(caller.user_agent),
            address=caller.address,
            created_at=now,
            last_used_at=now,
            expires_at=expiry(now, now, self.lifetime),
        )
        async with self.database.transaction(self.tenant) as session:
            users = CustomerUserRepository(session, self.tenant)
            await users.forget_sessions(user.id, now)
            users.add(started)
        return self._tokens(started, token)

    async def renew(self, text: str | None) -> SessionTokens:
        """A fresh access token and the next refresh token. A token that was used before ends the session for all.

        Raises SessionEnded.
        """
        presented = RefreshToken.find(text)
        if presented is None:
            raise _ended()
        token = presented
        async with self.database.transaction(self.tenant) as session:
            users = CustomerUserRepository(session, self.tenant)
            found = await users.find_session(presented.session_id, for_update=True)
            verdict = Renewal.REFUSED if found is None else self._verdict(found, presented)
            if found is not None and verdict in _ENDED_BY:
                found.ended_at, found.end_reason = self.now(), _ENDED_BY[verdict]
                log.warning("customer_session_ended", reason=found.end_reason, session_id=str(found.id))
            elif found is not None and verdict is not Renewal.REFUSED:
                token = self._turn(found, presented, verdict)
        if found is None or found.ended_at is not None or verdict is Renewal.REFUSED:
            raise _ended()
        return self._tokens(found, token)

    async def sign_out(self, text: str | None) -> None:
        """End the session of a refresh token; nothing happens when there is none."""
        presented = RefreshToken.find(text)
        if presented is None:
            return
        async with self.database.transaction(self.tenant) as session:
            users = CustomerUserRepository(session, self.tenant)
            found = await users.find_session(presented.session_id, for_update=True)
            if found is not None and found.ended_at is None and is_same_hash(presented.family, found.family_hash):
                found.ended_at, found.end_reason = self.now(), SessionEnd.SIGNED_OUT

    def _verdict(self, found: CustomerSession, presented: RefreshToken) -> Renewal:
        how = Presented(
            is_family=is_same_hash(presented.family, found.family_hash),
            is_current=is_same_hash(presented.secret, found.token_hash),
            is_previous=is_same_hash(presented.secret, found.previous_token_hash),
        )
        return renewal(how, SessionTimes(found.last_used_at, found.expires_at, found.ended_at, IDLE_AFTER), self.now())

    def _turn(self, found: CustomerSession, presented: RefreshToken, verdict: Renewal) -> RefreshToken:
        key = self.signer.secret.encode()
        if verdict is Renewal.REPEAT:
            is_current = is_same_hash(presented.secret, found.token_hash)
            return presented if is_current else presented.successor(key)
        now, token = self.now(), presented.successor(key)
        found.previous_token_hash, found.token_hash = found.token_hash, sha256_of(token.secret)
        found.last_used_at, found.expires_at = now, expiry(found.created_at, now, self.lifetime)
        return token

    def _tokens(self, found: CustomerSession, token: RefreshToken) -> SessionTokens:
        claims = {"tenant": str(self.tenant), "sid": str(found.id)}
        access = self.signer.sign_as(
            CUSTOMER_ACCESS, subject=found.user_id, now=self.now(), lifetime=self.signer.lifetime, claims=claims
        )
        return SessionTokens(access, token.text(), found.expires_at)

    async def _rehash(self, user: CustomerUser, password: str) -> None:
        hashed = await asyncio.to_thread(hash_password, password)
        async with self.database.transaction(self.tenant) as session:
            stored = await CustomerUserRepository(session, self.tenant).find(user.id, for_update=True)
            if stored is not None and stored.password_hash == user.password_hash:
                stored.password_hash = hashed


@dataclass(frozen=True, slots=True)
class CustomerTokenAccess:
    """Authenticates people of customers by their access token."""

    database: Database
    signer: TokenSigner
    now: Clock

    async def authenticate(self, token: str) -> CustomerPrincipal:
        """Whom a token speaks for; session and role are read now, not believed. Raises TokenInvalid."""
        claims = self.signer.read_as(CUSTOMER_ACCESS, token, required=("tenant", "sid"))
        try:
            tenant, session_id, user_id = TenantId(UUID(claims["tenant"])), UUID(claims["sid"]), UUID(claims["sub"])
        except ValueError as error:
            raise TokenInvalid(fix="Sign in again.") from error
        async with self.database.reading(tenant) as session:
            found = await CustomerUserRepository(session, tenant).find_signed_in(session_id, self.now())
        if found is None or found[0].id != user_id:
            raise TokenInvalid(fix="Sign in again.")
        user, customer = found
        return CustomerPrincipal(
            tenant=tenant,
            customer_id=CustomerId(customer.id),
            customer_name=customer.name,
            customer_state=CustomerState(customer.state),
            user_id=user.id,
            email=user.email,
            full_name=user.full_name,
            role=CustomerRole(user.role),
            session_id=session_id,
        )


def _ended() -> SessionEnded:
    return SessionEnded(fix="Sign in again.")
