"""Signed tokens (JWT, RFC 7519) and password hashes (bcrypt_sha256, no 72-byte limit)."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import jwt
from passlib.context import CryptContext

from backend.core.clock import utc_now
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import new_id

_passwords = CryptContext(schemes=["bcrypt_sha256", "bcrypt"], deprecated=["bcrypt"])
ACCESS = "access"
#: How an access token is presented (RFC 6750).
BEARER = "bearer"
_ALWAYS = ("exp", "iat", "nbf", "iss", "aud", "sub", "jti", "typ")
_TOKENS_HELD = 10_000
_FIX = "Sign in again."


class TokenInvalid(OpenRegError):
    """The access token is missing, expired or not ours."""

    code: ClassVar[str] = "token_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAUTHENTICATED


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """Whom an access token speaks for, and the session it came from."""

    user_id: UUID
    tenant: UUID
    session_id: UUID


class VerifiedTokens:
    """Access tokens whose signature was found good, by their hash; the ones used longest ago are forgotten.

    A token comes with every call, and its signature never changes. What does is looked at every time: the hour.
    """

    def __init__(self, held: int = _TOKENS_HELD) -> None:
        self._held = held
        self._found: OrderedDict[bytes, tuple[AccessClaims, float, float]] = OrderedDict()

    def find(self, token: str) -> AccessClaims | None:
        """What a token says that is good now; None for any other, which is to be read as if for the first time."""
        key = _hash_of(token)
        found = self._found.get(key)
        if found is None:
            return None
        claims, begins, ends = found
        if not begins <= utc_now().timestamp() < ends:
            del self._found[key]
            return None
        self._found.move_to_end(key)
        return claims

    def add(self, token: str, claims: AccessClaims, *, begins: float, ends: float) -> None:
        """Remember a token that was verified."""
        self._found[_hash_of(token)] = (claims, begins, ends)
        if len(self._found) > self._held:
            self._found.popitem(last=False)


def _hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """Signs and reads tokens; a token of one type is never taken for another. ``lifetime``: of an access token.

    What was verified is remembered by the signer that did it: another secret is another signer, which knows nothing.
    """

    secret: str
    algorithm: str
    issuer: str
    audience: str
    lifetime: timedelta
    previous_secret: str | None = None
    _verified: VerifiedTokens = field(default_factory=VerifiedTokens, init=False, repr=False, compare=False)

    def sign(self, *, subject: UUID, tenant: UUID, session: UUID, now: datetime) -> str:
        """A signed access token for one user in one tenant, good as long as the session is."""
        claims = {"tenant": str(tenant), "sid": str(session)}
        return self.sign_as(ACCESS, subject=subject, now=now, lifetime=self.lifetime, claims=claims)

    def sign_as(
        self, kind: str, *, subject: UUID, now: datetime, lifetime: timedelta, claims: Mapping[str, str] | None = None
    ) -> str:
        """A signed token of any type."""
        content = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(subject),
            "typ": kind,
            "jti": str(new_id()),
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            **(claims or {}),
        }
        return jwt.encode(content, self.secret, algorithm=self.algorithm)

    def read(self, token: str) -> AccessClaims:
        """What a valid access token says. Raises TokenInvalid."""
        known = self._verified.find(token)
        if known is not None:
            return known
        claims = self.read_as(ACCESS, token, required=("tenant", "sid"))
        try:
            read = AccessClaims(UUID(claims["sub"]), UUID(claims["tenant"]), UUID(claims["sid"]))
            begins, issued, ends = (int(float(claims[name])) for name in ("nbf", "iat", "exp"))
        except ValueError as error:
            raise TokenInvalid(fix=_FIX) from error
        self._verified.add(token, read, begins=max(begins, issued), ends=ends)
        return read

    def read_as(self, kind: str, token: str, *, required: Sequence[str] = ()) -> Mapping[str, str]:
        """The claims of a valid token of a type, as texts. Raises TokenInvalid."""
        try:
            claims = self._decode(token, required)
        except (jwt.PyJWTError, ValueError) as error:
            raise TokenInvalid(fix=_FIX) from error
        if claims["typ"] != kind:
            raise TokenInvalid(fix=_FIX)
        return {name: str(value) for name, value in claims.items()}

    def _decode(self, token: str, required: Sequence[str]) -> dict[str, Any]:
        """By the secret, or by the one before it: what it signed is good for its life."""
        try:
            return self._decode_by(self.secret, token, required)
        except jwt.InvalidSignatureError:
            if self.previous_secret is None:
                raise
            return self._decode_by(self.previous_secret, token, required)

    def _decode_by(self, secret: str, token: str, required: Sequence[str]) -> dict[str, Any]:
        return dict(
            jwt.decode(
                token,
                secret,
                algorithms=[self.algorithm],
                issuer=self.issuer,
                audience=self.audience,
                options={"require": [*_ALWAYS, *required]},
            )
        )


def hash_password(password: str) -> str:
    """Slow, salted hash of a password. Blocks for about a quarter of a second: call it in a thread."""
    return str(_passwords.hash(password))


def needs_rehash(stored: str) -> bool:
    """Whether a hash is of a former kind, to be made anew when the password is known."""
    return bool(_passwords.needs_update(stored))


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password matches; takes the same time for an unknown account (``stored`` is None)."""
    if stored is None:
        _passwords.dummy_verify()
        return False
    return bool(_passwords.verify(password, stored))
