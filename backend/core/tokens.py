"""Access tokens (JWT, RFC 7519) and password hashes (bcrypt_sha256, no 72-byte limit)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import jwt
from passlib.context import CryptContext

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import new_id

_passwords = CryptContext(schemes=["bcrypt_sha256", "bcrypt"], deprecated=["bcrypt"])
ACCESS = "access"


class TokenInvalid(OpenRegError):
    """The access token is missing, expired or not ours."""

    code: ClassVar[str] = "token_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAUTHENTICATED


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """Signs and reads access tokens. ``lifetime`` is that of an access token."""

    secret: str
    algorithm: str
    issuer: str
    audience: str
    lifetime: timedelta

    def sign(self, *, subject: UUID, tenant: UUID, now: datetime) -> str:
        """A signed access token for one user in one tenant."""
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(subject),
            "tenant": str(tenant),
            "typ": ACCESS,
            "jti": str(new_id()),
            "iat": now,
            "nbf": now,
            "exp": now + self.lifetime,
        }
        return jwt.encode(claims, self.secret, algorithm=self.algorithm)

    def read(self, token: str) -> tuple[UUID, UUID]:
        """(user id, tenant id) of a valid access token. Raises TokenInvalid."""
        try:
            claims = jwt.decode(
                token,
                self.secret,
                algorithms=[self.algorithm],
                issuer=self.issuer,
                audience=self.audience,
                options={"require": ["exp", "iat", "nbf", "iss", "aud", "sub", "jti", "typ", "tenant"]},
            )
            if claims["typ"] != ACCESS:
                raise TokenInvalid
            return UUID(claims["sub"]), UUID(str(claims["tenant"]))
        except (jwt.PyJWTError, ValueError) as error:
            raise TokenInvalid(fix="Sign in again.") from error


def hash_password(password: str) -> str:
    """Slow, salted hash of a password. Blocks for about a quarter of a second: call it in a thread."""
    return str(_passwords.hash(password))


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password matches; takes the same time for an unknown account (``stored`` is None)."""
    if stored is None:
        _passwords.dummy_verify()
        return False
    return bool(_passwords.verify(password, stored))
