"""Stored secrets: Fernet key ring. The first key encrypts, every key decrypts."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from typing import ClassVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from backend.core.errors import ErrorKind, OpenRegError

FERNET_KEY_BYTES = 32


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
        self._ring = MultiFernet([Fernet(key) for key in keys])

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


def check_fernet_key(key: str) -> None:
    """Refuse anything but URL-safe base64 of 32 bytes, before a wrong key loses a credential."""
    try:
        raw = urlsafe_b64decode(key.encode())
    except (Base64Error, ValueError, UnicodeError) as error:
        raise EncryptionKeyInvalid from error
    if len(raw) != FERNET_KEY_BYTES:
        raise EncryptionKeyInvalid
