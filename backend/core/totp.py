"""Time-based one-time passwords (RFC 6238): SHA-1, six digits, steps of 30 seconds, as authenticator apps expect."""

from __future__ import annotations

import hmac
import secrets
from base64 import b32decode, b32encode
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
#: RFC 4226, section 4: at least 128 bits, 160 recommended.
SECRET_BYTES = 20
#: RFC 6238, section 5.2: one step either way for clocks and slow fingers.
WINDOW = 1


def new_totp_secret() -> str:
    """A random secret in base32, as authenticator apps take it."""
    return b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def provisioning_uri(secret: str, *, account: str, issuer: str) -> str:
    """The otpauth address that is shown as a QR code."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    values = {"secret": secret, "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{label}?{urlencode(values, quote_via=quote)}"


def code_of(secret: str, step: int) -> str:
    """The code of one time step (RFC 4226, section 5.3)."""
    digest = hmac.digest(b32decode(secret), step.to_bytes(8), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_at(at: datetime) -> int:
    """The time step of a moment."""
    return int(at.timestamp()) // STEP_SECONDS


def find_step(secret: str, code: str, at: datetime) -> int | None:
    """The time step whose code this is, or None. Whether it was used before is for the caller to know."""
    now = step_at(at)
    found = None
    for step in range(now - WINDOW, now + WINDOW + 1):
        # Every step is compared: the time taken tells nothing about which one is right.
        if hmac.compare_digest(code_of(secret, step).encode(), code.encode()):
            found = step
    return found
