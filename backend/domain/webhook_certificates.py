"""Certificates that are stored for an endpoint and will end: who is told of that, and when. Pure arithmetic.

They end without anybody doing anything, and then nothing is sent. Each is told of a month and a week before, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

#: Days before the end, the earlier telling first.
TOLD_BEFORE: Final = (30, 7)


@dataclass(frozen=True, slots=True)
class EndingCertificate:
    """A certificate and which telling is due; ``is_own``: it proves who we are, else whom we trust."""

    sha256: str
    subject: str
    expires_at: datetime
    is_own: bool
    days_before: int


def ending(
    access: Mapping[str, object], told: Mapping[str, int], at: datetime
) -> tuple[list[EndingCertificate], dict[str, int]]:
    """Who is to be told of now, and what has been told of then.

    ``access``: what may be shown of how an endpoint is reached. ``told``: by fingerprint, the last telling, in days
    before the end. What an endpoint has no more is forgotten; one that comes late is told of once, not twice.
    """
    due, known = [], {}
    for sha256, subject, expires_at, is_own in _certificates(access):
        days = min((one for one in TOLD_BEFORE if at >= expires_at - timedelta(days=one)), default=None)
        last = told.get(sha256)
        if days is not None and (last is None or days < last) and sha256 not in known:
            due.append(EndingCertificate(sha256, subject, expires_at, is_own, days))
            known[sha256] = days
        elif last is not None:
            known.setdefault(sha256, last)
    return due, known


def _certificates(access: Mapping[str, object]) -> Iterator[tuple[str, str, datetime, bool]]:
    own = access.get("client_certificate")
    trusted = access.get("ca_certificates")
    for given, is_own in (
        *((one, True) for one in ([own] if own else [])),
        *((one, False) for one in (trusted if isinstance(trusted, list) else [])),
    ):
        if isinstance(given, dict):
            moment = datetime.fromisoformat(str(given["expires_at"]))
            yield str(given["sha256"]), str(given["subject"]), moment, is_own
