"""Stored secrets: Fernet key ring. The first key encrypts, every key decrypts."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import ClassVar, Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from backend.core.errors import ErrorKind, OpenRegError

FERNET_KEY_BYTES = 32
#: A key is named by the beginning of a hash of it: enough to tell keys apart, nothing to guess one from.
_KEY_ID_LENGTH: Final = 16
_KEY_ID_PURPOSE: Final = b"openreg key id\0"


class EncryptionKeyInvalid(OpenRegError):
    """ENCRYPTION_KEY is not a list of Fernet keys (URL-safe base64 of 32 bytes)."""

    code: ClassVar[str] = "encryption_key_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


class SecretUnreadable(OpenRegError):
    """A stored secret cannot be decrypted with the configured ENCRYPTION_KEY."""

    code: ClassVar[str] = "secret_unreadable"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


class SecretBox:
    """Encrypts small JSON documents (credentials, signing secrets) for storage."""

    def __init__(self, keys: Sequence[str]) -> None:
        """``keys``: Fernet keys, newest first. Raises EncryptionKeyInvalid."""
        if not keys:
            raise EncryptionKeyInvalid(fix="Set ENCRYPTION_KEY to the URL-safe base64 of 32 random bytes.")
        for key in keys:
            check_fernet_key(key)
        self._single = {key_id(key): Fernet(key) for key in keys}
        self._ring = MultiFernet(list(self._single.values()))

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Names of the keys, newest first."""
        return tuple(self._single)

    def find_key_id(self, ciphertext: bytes) -> str | None:
        """Name of the key that a secret was sealed with; None when it is none of ours."""
        for name, key in self._single.items():
            try:
                key.decrypt(ciphertext)
            except InvalidToken:
                continue
            return name
        return None

    def reseal(self, ciphertext: bytes) -> bytes:
        """The same secret under the newest key. Raises SecretUnreadable."""
        return self.seal(self.open(ciphertext))

    def seal(self, document: Mapping[str, object]) -> bytes:
        """Ciphertext of a JSON document."""
        return self._ring.encrypt(json.dumps(document, separators=(",", ":")).encode())

    def open(self, ciphertext: bytes) -> dict[str, object]:
        """The document that was sealed. Raises SecretUnreadable."""
        try:
            opened = json.loads(self._ring.decrypt(ciphertext))
        except InvalidToken as error:
            raise SecretUnreadable(fix="Put the former key behind the new one in ENCRYPTION_KEY.") from error
        except ValueError as error:
            raise SecretUnreadable from error
        if not isinstance(opened, dict):
            raise SecretUnreadable
        return opened


def key_id(key: str) -> str:
    """The name of a key, fit to be shown and stored. Raises EncryptionKeyInvalid."""
    return sha256(_KEY_ID_PURPOSE + _raw(key)).hexdigest()[:_KEY_ID_LENGTH]


def check_fernet_key(key: str) -> None:
    """Refuse anything but URL-safe base64 of 32 bytes, before a wrong key loses a credential."""
    _raw(key)


def _raw(key: str) -> bytes:
    try:
        raw = urlsafe_b64decode(key.encode())
    except (Base64Error, ValueError, UnicodeError) as error:
        raise EncryptionKeyInvalid from error
    if len(raw) != FERNET_KEY_BYTES:
        raise EncryptionKeyInvalid
    return raw
