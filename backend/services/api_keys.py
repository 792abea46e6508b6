"""Keys for programs: a prefix that says whose, 32 random base62 characters, and a checksum of six.

The checksum lets a mistyped key, and any text that is not ours, be refused without a look into the database; and
tools that search repositories for leaked keys can tell a real one from a text that only looks like it.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import zlib

SERVICE_KEY_PREFIX = "openreg_svc_"
#: Keys of customers of the external API.
LIVE_KEY_PREFIX = "openreg_live_"
TEST_KEY_PREFIX = "openreg_test_"
RANDOM_LENGTH = 32
CHECKSUM_LENGTH = 6
#: How much of the random part is shown, so that people can tell keys apart.
_SHOWN_LENGTH = 4
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_key(prefix: str) -> str:
    """A key that nobody has."""
    body = prefix + "".join(secrets.choice(_DIGITS) for _ in range(RANDOM_LENGTH))
    return body + _checksum(body)


def is_well_formed(prefix: str, key: str) -> bool:
    """Whether a text can be one of our keys; whether it is one, only the database knows."""
    body, checksum = key[:-CHECKSUM_LENGTH], key[-CHECKSUM_LENGTH:]
    random_part = body.removeprefix(prefix)
    return (
        body.startswith(prefix)
        and len(random_part) == RANDOM_LENGTH
        and all(character in _DIGITS for character in random_part)
        and secrets.compare_digest(checksum.encode(), _checksum(body).encode())
    )


def is_customer_key(key: str) -> bool:
    """Whether a text can be a key of a customer, for production or for tests."""
    return any(is_well_formed(prefix, key) for prefix in (LIVE_KEY_PREFIX, TEST_KEY_PREFIX))


def key_hash(key: str) -> str:
    """What is stored of a key: it is random, so a slow hash would protect nothing."""
    return hashlib.sha256(key.encode()).hexdigest()


def shown_part(prefix: str, key: str) -> str:
    """The beginning of a key, which opens nothing."""
    return key[: len(prefix) + _SHOWN_LENGTH]


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
