"""Opaque tokens: random, kept only as a hash, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, replace
from uuid import UUID

_ID_BYTES = 16
_FAMILY_BYTES = 16
_SECRET_BYTES = 32
_TOKEN_BYTES = _ID_BYTES + _FAMILY_BYTES + _SECRET_BYTES
_TOKEN_LENGTH = 86  # base64 without padding
_SUCCESSOR = b"openreg refresh token "


def sha256_of(secret: bytes) -> str:
    """What is stored of a random secret; a slow hash would protect nothing that cannot be guessed."""
    return hashlib.sha256(secret).hexdigest()


def is_same_hash(secret: bytes, stored: str | None) -> bool:
    """Whether a secret is the one that was stored, in constant time."""
    return hmac.compare_digest(sha256_of(secret), stored or "")


@dataclass(frozen=True, slots=True, repr=False)
class RefreshToken:
    """Names a session and proves two things: ``family``, that it is of this session at all; ``secret``, of which turn.

    A former token of a session can so be told from a forged one: only the first means that somebody stole it.
    """

    session_id: UUID
    family: bytes
    secret: bytes

    @classmethod
    def new(cls, session_id: UUID) -> RefreshToken:
        """The first token of a session."""
        return cls(session_id, secrets.token_bytes(_FAMILY_BYTES), secrets.token_bytes(_SECRET_BYTES))

    @classmethod
    def find(cls, text: str | None) -> RefreshToken | None:
        """The token that a text holds, or None when it cannot be one of ours."""
        if text is None or len(text) != _TOKEN_LENGTH or not text.isascii():
            return None
        try:
            raw = urlsafe_b64decode(text + "==")
        except (Base64Error, ValueError):
            return None
        if len(raw) != _TOKEN_BYTES:
            return None
        return cls(UUID(bytes=raw[:_ID_BYTES]), raw[_ID_BYTES:-_SECRET_BYTES], raw[-_SECRET_BYTES:])

    def text(self) -> str:
        """What the cookie holds."""
        return urlsafe_b64encode(self.session_id.bytes + self.family + self.secret).decode().rstrip("=")

    def successor(self, key: bytes) -> RefreshToken:
        """The token of the next turn. Derived, so that two tabs that renew at once are given the same one."""
        return replace(self, secret=hmac.digest(key, _SUCCESSOR + self.secret, "sha256"))
