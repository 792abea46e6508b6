"""Signing in, and who a token speaks for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

import structlog

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId
from backend.core.tokens import TokenInvalid, TokenSigner, hash_password, needs_rehash, verify_password
from backend.domain.audit import AuditAction, AuditSubject
from backend.persistence.repositories.accounts import AccountRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SessionOwnerRow, SignInRow, SystemScope
from backend.services.afterwards import Afterwards
from backend.services.scope import Actor, ActorKind, Caller, TenantScope
from backend.services.second_factors import SecondFactorCheck, SecondFactorRefused
from backend.services.sessions import SessionService, SessionTokens
from backend.services.sign_in_throttle import DeviceTokens, SignInThrottle, account_key

log = structlog.get_logger(__name__)
CHALLENGE: Final = "second_factor_challenge"
CHALLENGE_LIFETIME: Final = timedelta(minutes=5)


class SignInRefused(OpenRegError):
    """The e-mail address or the password is wrong."""

    code: ClassVar[str] = "sign_in_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAUTHENTICATED


class ChallengeExpired(OpenRegError):
    """The sign-in was not finished in time."""

    code: ClassVar[str] = "challenge_expired"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAUTHENTICATED


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """Somebody who wants in: from where, and with which token of a device that is known."""

    caller: Caller
    device: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class SignedInNow:
    """A sign-in that succeeded; the device is known from now on."""

    tokens: SessionTokens
    device: str


@dataclass(frozen=True, slots=True, repr=False)
class SecondFactorWanted:
    """The password was right; the challenge is to be answered with a code."""

    challenge: str


@dataclass(frozen=True, slots=True)
class AuthService:
    """Sign-in needs the system role: the tenant is not known before the account is."""

    database: Database
    system: SystemDatabase
    sessions: SessionService
    throttle: SignInThrottle
    box: SecretBox
    afterwards: Afterwards

    async def sign_in(self, email: str, password: str, attempt: SignInAttempt) -> SignedInNow | SecondFactorWanted:
        """A session, or a challenge. Raises SignInDelayed; SignInRefused, after the same work for any account."""
        account = account_key(email)
        place = self._devices.place(account, attempt.caller.address, attempt.device)
        await self.throttle.admit_password(account, place)
        async with self.system.reading() as session:
            row = await SystemScope(session).find_sign_in(email)
        is_right = await asyncio.to_thread(verify_password, password, row.password_hash if row else None)
        if row is None or not is_right or row.tenant_id is None:
            log.info("sign_in_refused", user_id=str(row.user_id) if row else None, address=attempt.caller.address)
            if row is not None and row.tenant_id is not None:
                # Beside the answer: writing it down takes time that an unknown account would not.
                self.afterwards.start(self._record_refusal(row, row.tenant_id, attempt.caller, "wrong password"))
            raise SignInRefused
        await self.throttle.password_was_right(account, place)
        if needs_rehash(row.password_hash):
            self.afterwards.start(self._rehash(row, row.tenant_id, password))
        if row.has_second_factor:
            return SecondFactorWanted(
                self._signer.sign_as(CHALLENGE, subject=row.user_id, now=self._now(), lifetime=CHALLENGE_LIFETIME)
            )
        return await self._start(row, row.tenant_id, attempt, has_second_factor=False)

    async def finish_sign_in(self, challenge: str, code: str, attempt: SignInAttempt) -> SignedInNow:
        """The session, for a code of the second factor. Raises ChallengeExpired, SignInDelayed, SecondFactorRefused."""
        row, tenant = await self._challenged(challenge)
        place = self._devices.place(account_key(row.email), attempt.caller.address, attempt.device)
        await self.throttle.admit_code(row.user_id, place)
        async with self.database.transaction(tenant, user_id=row.user_id) as session:
            is_right = await SecondFactorCheck(session, row.user_id, self.box).use(code, self._now())
        if not is_right:
            log.info("second_factor_refused", user_id=str(row.user_id), address=attempt.caller.address)
            await self._record_refusal(row, tenant, attempt.caller, "wrong code of the second factor")
            raise SecondFactorRefused(fix="Enter the code the app shows now, or a recovery code not used before.")
        await self.throttle.code_was_right(row.user_id, place)
        return await self._start(row, tenant, attempt, has_second_factor=True)

    async def _challenged(self, challenge: str) -> tuple[SignInRow, TenantId]:
        """Whose password was right a moment ago, as the account is now."""
        try:
            user_id = UUID(self._signer.read_as(CHALLENGE, challenge)["sub"])
        except (TokenInvalid, ValueError) as error:
            raise ChallengeExpired(fix="Sign in again.") from error
        async with self.system.reading() as session:
            row = await SystemScope(session).find_account(user_id)
        if row is None or row.tenant_id is None:
            raise ChallengeExpired(fix="Sign in again.")
        return row, row.tenant_id

    async def _start(
        self, row: SignInRow, tenant: TenantId, attempt: SignInAttempt, *, has_second_factor: bool
    ) -> SignedInNow:
        person = SessionOwnerRow(row.user_id, row.email, tenant)
        tokens = await self.sessions.start(person, tenant, attempt.caller, has_second_factor=has_second_factor)
        return SignedInNow(tokens, self._devices.issue(row.user_id, account_key(row.email), self._now()))

    async def _record_refusal(self, row: SignInRow, tenant: TenantId, caller: Caller, why: str) -> None:
        """Somebody tried to be this person; who it was is not known."""
        actor = Actor(ActorKind.SYSTEM, None, "sign-in", row.user_id, caller.address, caller.request_id)
        scope = TenantScope(self.database, tenant, row.user_id, self._now, actor)
        async with scope.transaction() as session:
            subject = AuditSubject("user", row.user_id, row.email)
            await scope.audit(session).record(AuditAction.SESSION_REFUSED, subject, note=why)

    async def _rehash(self, row: SignInRow, tenant: TenantId, password: str) -> None:
        """A hash of a former kind is made anew while the password is known."""
        hashed = await asyncio.to_thread(hash_password, password)
        async with self.database.transaction(tenant, user_id=row.user_id) as session:
            await AccountRepository(session, row.user_id).set_password_hash(hashed, former=row.password_hash)

    @property
    def _signer(self) -> TokenSigner:
        return self.sessions.signer

    @property
    def _now(self) -> Clock:
        return self.sessions.now

    @property
    def _devices(self) -> DeviceTokens:
        return DeviceTokens(self._signer)
