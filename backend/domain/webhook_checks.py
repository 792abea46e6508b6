"""The receiver's side of signatures: whether a request is from us, whole, and of now."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

from pydantic import SecretStr

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.webhooks import openreg_signature, read_signing_secret

TOLERANCE: Final = timedelta(seconds=300)
"""How far the clocks of sender and receiver may be apart, either way."""

_MOST_DIGITS: Final = 12


class WebhookNotAuthentic(OpenRegError):
    """A request is not to be believed."""

    code: ClassVar[str] = "webhook_not_authentic"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


def check_request(headers: Mapping[str, str], body: bytes, secrets: Sequence[SecretStr], at: datetime) -> None:
    """Whether any of ``secrets`` signed these bytes, now. Raises WebhookNotAuthentic, SigningSecretInvalid.

    Both forms are checked: Standard Webhooks, which has to be there, and OpenReg's own wherever it is.
    """
    given = {name.lower(): value for name, value in headers.items()}
    identity, sent = _needed(given, "webhook-id"), _needed(given, "webhook-timestamp")
    _check_time(sent, at)
    keys = [read_signing_secret(one) for one in secrets]
    signed = f"{identity}.{sent}.".encode() + body
    wanted = ["v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys]
    if not _any_equal(wanted, _needed(given, "webhook-signature").split(" ")):
        raise WebhookNotAuthentic(
            "webhook-signature was made with another secret, or over another body.",
            fix="Take the signing secret of this very webhook, and verify the bytes as they came.",
        )
    own = given.get("x-openreg-signature")
    if own is None:
        return
    sent = _needed(given, "x-openreg-timestamp")
    _check_time(sent, at)
    if not _any_equal([openreg_signature(key, sent, body) for key in keys], own.split(",")):
        raise WebhookNotAuthentic("X-OpenReg-Signature does not fit.", fix="Look at what stands between us and you.")


def _needed(given: Mapping[str, str], name: str) -> str:
    if not given.get(name):
        raise WebhookNotAuthentic(
            f"The header {name} is missing.", fix="Let everything between us and you pass headers on."
        )
    return given[name]


def _check_time(sent: str, at: datetime) -> None:
    if not (sent.isascii() and sent.isdigit() and len(sent) <= _MOST_DIGITS):
        raise WebhookNotAuthentic("The timestamp is not a number of seconds.")
    age = at.timestamp() - int(sent)
    if abs(age) > TOLERANCE.total_seconds():
        when = f"{age:.0f} seconds ago" if age > 0 else f"{-age:.0f} seconds in the future"
        raise WebhookNotAuthentic(
            f"It was signed {when}; {TOLERANCE.total_seconds():.0f} are allowed.",
            fix="Set the clocks of both machines, and do not replay requests.",
        )


def _any_equal(wanted: Sequence[str], given: Sequence[str]) -> bool:
    return any(hmac.compare_digest(one.encode(), other.strip().encode()) for one in wanted for other in given)
