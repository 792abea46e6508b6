"""The second factor of a person: an authenticator app, and recovery codes for the day it is lost."""

from __future__ import annotations

import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.opaque_tokens import sha256_of
from backend.core.totp import find_step, new_totp_secret, provisioning_uri
from backend.domain.audit import AuditAction, AuditSubject
from backend.persistence.repositories.second_factors import SecondFactorRepository
from backend.services.scope import TenantScope

ISSUER: Final = "OpenReg"
RECOVERY_CODES: Final = 10
#: 80 bits: SHA-256 of such a code cannot be searched.
_RECOVERY_BYTES: Final = 10
_GROUP: Final = 4
_DIGITS = re.compile(r"\d{6}")


class SecondFactorRefused(OpenRegError):
    """The code is wrong, or was used before."""

    code: ClassVar[str] = "second_factor_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class SecondFactorOn(OpenRegError):
    """The account has a second factor already."""

    code: ClassVar[str] = "second_factor_on"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class SecondFactorOff(OpenRegError):
    """The account has no second factor."""

    code: ClassVar[str] = "second_factor_off"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app is given, once."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class SecondFactorCheck:
    """Takes codes of one person inside a transaction; each is good once."""

    session: AsyncSession
    user_id: UUID
    box: SecretBox

    async def use(self, code: str, now: datetime) -> bool:
        """Whether the code of the app, or a recovery code, is right and was not used before."""
        digits = re.sub(r"\s", "", code)
        if _DIGITS.fullmatch(digits):
            return await self._use_step(digits, now)
        return await self._repository.use_recovery_code(_recovery_hash(code), now)

    async def _use_step(self, digits: str, now: datetime) -> bool:
        found = await self._repository.find()
        if found is None:
            return False
        step = find_step(str(self.box.open(found.secret)["secret"]), digits, now)
        return step is not None and await self._repository.use_step(step)

    @property
    def _repository(self) -> SecondFactorRepository:
        return SecondFactorRepository(self.session, self.user_id)


@dataclass(frozen=True, slots=True)
class SecondFactorService:
    """Switching the second factor on and off; the caller has proven the password again."""

    scope: TenantScope
    box: SecretBox

    async def is_on(self) -> bool:
        """Whether signing in asks for a code."""
        async with self.scope.own_transaction() as session:
            found = await self._repository(session).find()
        return found is not None and found.confirmed_at is not None

    async def begin(self) -> Enrolment:
        """A fresh secret, in force once a code of it was confirmed. Raises SecondFactorOn."""
        secret = new_totp_secret()
        async with self.scope.own_transaction() as session:
            if not await self._repository(session).begin(self.box.seal({"secret": secret}), self.scope.now()):
                raise SecondFactorOn(fix="Switch it off before you set up another app.")
        return Enrolment(secret, provisioning_uri(secret, account=self.scope.actor.label, issuer=ISSUER))

    async def confirm(self, code: str) -> list[str]:
        """Switch it on with a code of the app; the recovery codes, shown once.

        Raises SecondFactorOff, SecondFactorOn, SecondFactorRefused.
        """
        now = self.scope.now()
        async with self.scope.own_transaction() as session:
            repository = self._repository(session)
            if await repository.find() is None:
                raise SecondFactorOff(fix="Begin with the app's secret.")
            if not await SecondFactorCheck(session, self.scope.user_id, self.box).use(code, now):
                raise SecondFactorRefused(fix="Check the clock of the device, and enter the code it shows now.")
            if not await repository.confirm(now):
                raise SecondFactorOn
            await self._record(session, AuditAction.SECOND_FACTOR_ENABLED)
            return await self._fresh_codes(repository)

    async def disable(self) -> None:
        """Switch it off. Raises SecondFactorOff."""
        async with self.scope.own_transaction() as session:
            repository = self._repository(session)
            await _require_on(repository)
            await repository.remove()
            await self._record(session, AuditAction.SECOND_FACTOR_DISABLED)

    async def renew_recovery_codes(self) -> list[str]:
        """Fresh recovery codes, shown once. Raises SecondFactorOff."""
        async with self.scope.own_transaction() as session:
            repository = self._repository(session)
            await _require_on(repository)
            await self._record(session, AuditAction.RECOVERY_CODES_RENEWED)
            return await self._fresh_codes(repository)

    async def _fresh_codes(self, repository: SecondFactorRepository) -> list[str]:
        codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
        await repository.replace_recovery_codes(map(_recovery_hash, codes), self.scope.now())
        return codes

    async def _record(self, session: AsyncSession, action: AuditAction) -> None:
        subject = AuditSubject("user", self.scope.user_id, self.scope.actor.label)
        await self.scope.audit(session).record(action, subject)

    def _repository(self, session: AsyncSession) -> SecondFactorRepository:
        return SecondFactorRepository(session, self.scope.user_id)


async def _require_on(repository: SecondFactorRepository) -> None:
    found = await repository.find()
    if found is None or found.confirmed_at is None:
        raise SecondFactorOff


def _new_recovery_code() -> str:
    text = b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def _recovery_hash(code: str) -> str:
    """However it was typed: hyphens, spaces and capitals do not count."""
    return sha256_of(re.sub(r"[\s-]", "", code).lower().encode("utf-8", "surrogatepass"))
