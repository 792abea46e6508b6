"""Links that open one stored thing for a while, without a key: what a link is for is signed into it."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError

_LABEL: Final = b"openreg download link 1"
_MAC_BYTES: Final = 32


class LinkNotFound(OpenRegError):
    """The link has ended, or was never given."""

    code: ClassVar[str] = "link_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class LinkSigner:
    """Signs with the first secret, and still reads what the others have signed."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [hmac.digest(secret.encode(), _LABEL, hashlib.sha256) for secret in secrets]

    def sign(self, what: Mapping[str, str], until: datetime) -> str:
        """The token of a link."""
        text = json.dumps({**what, "until": int(until.timestamp())}, separators=(",", ":"), sort_keys=True).encode()
        return urlsafe_b64encode(hmac.digest(self._keys[0], text, hashlib.sha256) + text).decode().rstrip("=")

    def open(self, token: str, now: datetime) -> Mapping[str, str]:
        """What was signed, while it lasts. Raises LinkNotFound."""
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (Base64Error, ValueError) as error:
            raise LinkNotFound from error
        mac, text = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not any(hmac.compare_digest(mac, hmac.digest(key, text, hashlib.sha256)) for key in self._keys):
            raise LinkNotFound
        what: dict[str, str] = {name: str(value) for name, value in json.loads(text).items()}
        if datetime.fromtimestamp(int(what.pop("until")), UTC) <= now:
            raise LinkNotFound("The link has ended.", fix="Ask for another one.")
        return what
