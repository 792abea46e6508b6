"""One-time tokens of links: shown once in a mail, kept only as a hash."""

from __future__ import annotations

import hashlib
import secrets

_BYTES = 32


def new_token() -> str:
    """A token nobody can guess, fit for a link."""
    return secrets.token_urlsafe(_BYTES)


def fingerprint(token: str) -> str:
    """What is stored: a slow hash would protect nothing that cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
