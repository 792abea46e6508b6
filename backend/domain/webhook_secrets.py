"""What the deliveries of one endpoint are signed with: secrets that change without a gap, and a key pair if wanted.

A secret is shared: whoever verifies could also sign. With a key pair (Ed25519, RFC 8032, in the form of Standard
Webhooks) the partner has only the public half.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr, TypeAdapter

from backend.domain.webhooks import new_signing_secret

DEFAULT_OVERLAP: Final = timedelta(hours=24)
MAX_OVERLAP: Final = timedelta(days=7)
MAX_FORMER: Final = 2
"""So many replaced secrets sign beside the current one, the newest ones."""

PRIVATE_KEY_PREFIX: Final = "whsk_"
PUBLIC_KEY_PREFIX: Final = "whpk_"
_FORMER: Final = TypeAdapter(list[tuple[str, datetime]])


@dataclass(frozen=True, slots=True)
class FormerSecret:
    """A replaced secret, which signs until the partner has had the time to change it."""

    secret: SecretStr
    until: datetime


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """``former`` is newest first; ``signing_key`` is the private half of the key pair."""

    current: SecretStr
    former: Sequence[FormerSecret] = ()
    signing_key: SecretStr | None = None

    @classmethod
    def fresh(cls) -> Self:
        """The first secret of an endpoint."""
        return cls(new_signing_secret())

    @classmethod
    def of_document(cls, document: Mapping[str, object]) -> Self:
        """What ``document`` has written."""
        former = [
            FormerSecret(SecretStr(one), until) for one, until in _FORMER.validate_python(document.get("former", []))
        ]
        key = document.get("signing_key")
        return cls(SecretStr(str(document["current"])), former, SecretStr(str(key)) if key is not None else None)

    def document(self) -> dict[str, object]:
        """As it is sealed."""
        document: dict[str, object] = {"current": self.current.get_secret_value()}
        if self.former:
            document["former"] = [[one.secret.get_secret_value(), one.until.isoformat()] for one in self.former]
        if self.signing_key is not None:
            document["signing_key"] = self.signing_key.get_secret_value()
        return document

    def in_use(self, at: datetime) -> list[SecretStr]:
        """The secrets that sign at this moment, newest first."""
        return [self.current, *(one.secret for one in self._former_at(at))]

    def former_until(self, at: datetime) -> datetime | None:
        """Until when any replaced secret signs; None when none does any more."""
        return max((one.until for one in self._former_at(at)), default=None)

    def rotated(self, overlap: timedelta, at: datetime) -> Self:
        """With a new secret; the one before signs as well for the time of the overlap."""
        replaced = [FormerSecret(self.current, at + overlap)] if overlap else []
        former = [*replaced, *self._former_at(at)][:MAX_FORMER]
        return replace(self, current=new_signing_secret(), former=former)

    def without_former(self) -> Self:
        """Only the current secret signs, from now on."""
        return replace(self, former=())

    def with_key_pair(self) -> Self:
        """With a new key pair in the place of any other."""
        raw = Ed25519PrivateKey.generate().private_bytes_raw()
        return replace(self, signing_key=SecretStr(PRIVATE_KEY_PREFIX + base64.b64encode(raw).decode()))

    def without_key_pair(self) -> Self:
        """Signed with secrets only."""
        return replace(self, signing_key=None)

    @property
    def public_key(self) -> str | None:
        """What the partner verifies with, ``whpk_`` and 32 bytes in base64; None without a key pair."""
        if self.signing_key is None:
            return None
        raw = private_key(self.signing_key).public_key().public_bytes_raw()
        return PUBLIC_KEY_PREFIX + base64.b64encode(raw).decode()

    def _former_at(self, at: datetime) -> list[FormerSecret]:
        return [one for one in self.former if one.until > at]


def private_key(signing_key: SecretStr) -> Ed25519PrivateKey:
    """The key that signs."""
    return Ed25519PrivateKey.from_private_bytes(
        base64.b64decode(signing_key.get_secret_value().removeprefix(PRIVATE_KEY_PREFIX))
    )
