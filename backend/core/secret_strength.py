"""Could a secret be guessed: too short, made of few characters, or mostly of words that stand in every list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

MIN_DISTINCT_CHARACTERS: Final = 8
#: What people type where a random secret belongs, and what examples and images ship with.
_WORDS: Final = (
    *("changeme", "change", "secret", "password", "passwort", "default", "example", "placeholder", "minioadmin"),
    *("minio", "openreg", "postgres", "redis", "admin", "root", "user", "test", "demo", "letmein", "qwerty"),
    *("12345678", "123456", "1234", "abcd"),
)
#: Accounts that servers and their images come with.
DEFAULT_NAMES: Final = frozenset({"minioadmin", "minio", "admin", "root", "test", "user", "changeme", "access", "key"})
MIN_PASSWORD_LENGTH: Final = 12
_KNOWN: Final = re.compile("|".join(sorted(_WORDS, key=len, reverse=True)), re.IGNORECASE)


def find_weakness(secret: str, *, min_length: int) -> str | None:
    """Why a secret could be guessed, or None; the secret itself is not in the answer."""
    if len(secret) < min_length:
        return f"has fewer than {min_length} characters"
    # A random secret may hold a word by chance; what is left of it is then still long and mixed.
    rest = _KNOWN.sub("", secret)
    if len(set(rest)) < MIN_DISTINCT_CHARACTERS or len(rest) < len(secret) / 2:
        return "looks like a default or could be guessed"
    return None


def weak_secret(name: str, secret: str, min_length: int, command: str) -> Iterator[str]:
    """The fault of a setting whose secret could be guessed, with the command that makes a better one."""
    weakness = find_weakness(secret, min_length=min_length)
    if weakness is not None:
        yield f"{name} {weakness}; make a random one: {command}"


def weak_address(name: str, url: str) -> Iterator[str]:
    """The fault of a server's address whose password could be guessed, or that has none."""
    parts = urlsplit(url)
    if parts.password:
        weakness = find_weakness(unquote(parts.password), min_length=MIN_PASSWORD_LENGTH)
        if weakness is not None:
            yield f"{name} has a password that {weakness}; make a random one: openssl rand -hex 24"
    elif parts.hostname and "sslcert=" not in parts.query:
        # Through a socket the server asks the system who calls; by certificate it asks for that.
        yield f"{name} has no password; give the server one, and the address: openssl rand -hex 24"


def user_of(url: str) -> str | None:
    """Whom an address signs in as."""
    return urlsplit(url).username
