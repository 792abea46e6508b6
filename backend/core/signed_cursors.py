"""Cursors that customers are given: signed, so that a place in one list opens no other list, and nobody else's.

What a cursor stands for is bound to a purpose: the route, its filters, the publisher and the customer. It is no secret
what stands in one; it is only good where it was given.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from typing import Final

from backend.core.pagination import CursorInvalid

_LABEL: Final = b"openreg cursor 1"
#: 128 bits of HMAC-SHA-256, as RFC 2104 section 5 lets them be cut.
_MAC_BYTES: Final = 16
_FIX: Final = "Give next_cursor of the page before, with the same parameters; or read the list from its beginning."


class CursorSigner:
    """Signs with the first secret, and still reads what the others have signed."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [hmac.digest(secret.encode(), _LABEL, hashlib.sha256) for secret in secrets]

    def sign(self, purpose: str, place: str) -> str:
        """The cursor of a place in the list of a purpose."""
        text = place.encode()
        return urlsafe_b64encode(_mac(self._keys[0], purpose, text) + text).decode().rstrip("=")

    def open(self, purpose: str, cursor: str) -> str:
        """The place that was signed for the same purpose. Raises CursorInvalid."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            text = raw[_MAC_BYTES:]
            place = text.decode()
        except (Base64Error, ValueError) as error:
            raise CursorInvalid(fix=_FIX) from error
        # Decoding skips characters that are not base64: one place has one spelling.
        is_spelled = urlsafe_b64encode(raw).decode().rstrip("=") == cursor
        if not is_spelled or not any(
            hmac.compare_digest(raw[:_MAC_BYTES], _mac(key, purpose, text)) for key in self._keys
        ):
            raise CursorInvalid(fix=_FIX)
        return place


def _mac(key: bytes, purpose: str, text: bytes) -> bytes:
    said = hashlib.sha256(purpose.encode()).digest() + text
    return hmac.digest(key, said, hashlib.sha256)[:_MAC_BYTES]
