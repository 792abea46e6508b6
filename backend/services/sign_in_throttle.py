"""Guessing is slowed down where it comes from; nobody can be locked out by somebody else.

Failures are counted per account and network, and each network has a budget over all accounts. A browser that has
signed in to an account before carries a device token (OWASP, device cookies): it is counted by itself, so that
whoever hammers an account, even from the same network, does not delay its owner.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import ClassVar, Final
from uuid import UUID

import structlog

from backend.core.attempt_delay import AttemptDelays, DelayPolicy
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.token_bucket import Rate, TokenBuckets
from backend.core.tokens import TokenInvalid, TokenSigner

log = structlog.get_logger(__name__)
DEVICE: Final = "device"
DEVICE_LIFETIME: Final = timedelta(days=180)
PASSWORDS: Final = DelayPolicy(free=5, first_seconds=10, longest_seconds=900, memory_seconds=3600)
#: Six digits are few: ten wrong codes, wherever they come from, and the wait begins. It needs the right password.
CODES: Final = DelayPolicy(free=10, first_seconds=30, longest_seconds=900, memory_seconds=3600)
#: Failures that a network may have over all accounts: fifty, and then one every 18 seconds.
NETWORK_BUDGET: Final = Rate(per_minute=200 / 60, burst=50)
#: Neighbours share these parts of an address.
_NETWORK_BITS: Final = {4: 24, 6: 56}


class SignInDelayed(OpenRegError):
    """Too many tries have failed; wait before the next one."""

    code: ClassVar[str] = "sign_in_delayed"
    kind: ClassVar[ErrorKind] = ErrorKind.RATE_LIMITED


@dataclass(frozen=True, slots=True)
class Place:
    """From where somebody tries: a device that is known for the account, or else a network."""

    network: str
    device: str | None = None


def account_key(email: str) -> str:
    """An account by its address, also when there is none; the address itself is not stored."""
    return hashlib.sha256(email.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()[:32]


def network_of(address: str | None) -> str:
    """The network of an address."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(ip_network(f"{parsed}/{_NETWORK_BITS[parsed.version]}", strict=False))


@dataclass(frozen=True, slots=True)
class DeviceTokens:
    """Tokens that say: on this device somebody has signed in to this account."""

    signer: TokenSigner

    def issue(self, user_id: UUID, account: str, now: datetime) -> str:
        """For a device on which a sign-in succeeded."""
        claims = {"account": account}
        return self.signer.sign_as(DEVICE, subject=user_id, now=now, lifetime=DEVICE_LIFETIME, claims=claims)

    def place(self, account: str, address: str | None, token: str | None) -> Place:
        """Where a try for an account comes from; a token of another account counts for nothing."""
        try:
            claims = self.signer.read_as(DEVICE, token or "", required=("account",))
        except TokenInvalid:
            claims = {}
        known = claims["jti"] if claims.get("account") == account else None
        return Place(network_of(address), known)


@dataclass(frozen=True, slots=True)
class SignInThrottle:
    """Who may try now."""

    delays: AttemptDelays
    budgets: TokenBuckets

    async def admit_password(self, account: str, place: Place) -> None:
        """Count a try with a password. Raises SignInDelayed."""
        await self._admit(self._password_key(account, place), PASSWORDS)
        if place.device is None:
            taken = await self.budgets.take(f"sign-in:network:{place.network}", NETWORK_BUDGET)
            if not taken.is_allowed:
                log.warning("sign_in_network_over_budget", network=place.network)
                raise _delayed(taken.retry_after_seconds)

    async def password_was_right(self, account: str, place: Place) -> None:
        """Forget the failures of the account there, and give the network its try back."""
        await self.delays.succeeded(self._password_key(account, place))
        if place.device is None:
            await self.budgets.take(f"sign-in:network:{place.network}", NETWORK_BUDGET, cost=-1)

    async def admit_code(self, user_id: UUID, place: Place) -> None:
        """Count a try with a code of the second factor. Raises SignInDelayed."""
        await self._admit(self._code_key(user_id, place), CODES)

    async def code_was_right(self, user_id: UUID, place: Place) -> None:
        """Forget the wrong codes."""
        await self.delays.succeeded(self._code_key(user_id, place))

    async def _admit(self, key: str, policy: DelayPolicy) -> None:
        wait = await self.delays.admit(key, policy)
        if wait:
            raise _delayed(wait)

    @staticmethod
    def _password_key(account: str, place: Place) -> str:
        return f"sign-in:password:{account}:{place.device or place.network}"

    @staticmethod
    def _code_key(user_id: UUID, place: Place) -> str:
        return f"sign-in:code:{user_id}:{place.device or 'elsewhere'}"


def _delayed(seconds: int) -> SignInDelayed:
    return SignInDelayed(fix=f"Try again in {seconds} seconds.", extra={"retry_after_seconds": seconds})
