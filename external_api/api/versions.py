"""``OpenReg-Version`` in and out, and what is said of what will go (RFC 9745, RFC 8594)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Final

from backend.domain.api_versions import ApiVersion
from backend.middleware.rate_limit import ToldQuota

HEADER: Final = "OpenReg-Version"


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when something should no longer be used, its last day if that is known, and the path in its place."""

    since: date
    sunset_on: date | None = None
    successor: str | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Names in lower case, and values."""
        told = [(b"deprecation", f"@{int(_begin(self.since).timestamp())}".encode())]
        if self.sunset_on is not None:
            told.append((b"sunset", format_datetime(_begin(self.sunset_on), usegmt=True).encode()))
        if self.successor is not None:
            told.append((b"link", f'<{self.successor}>; rel="successor-version"'.encode()))
        return told


@dataclass(frozen=True, slots=True)
class VersionedQuota:
    """What stands on every answer to a call with a key: its version, and what is left of its limits."""

    version: ApiVersion
    quota: ToldQuota

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Names in lower case, and values."""
        told = [*self.quota.headers(), (b"openreg-version", self.version.name.encode())]
        if self.version.deprecated_on is not None:
            told += Deprecation(self.version.deprecated_on, self.version.sunset_on).headers()
        return told


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
