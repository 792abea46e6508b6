"""What an organisation can choose for itself, and within which bounds."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final
from zoneinfo import available_timezones

from backend.core.errors import ErrorKind, OpenRegError

TENANT_SLUG: Final = r"[a-z][a-z0-9-]{0,61}[a-z0-9]"
MIN_IDLE_MINUTES: Final = 5
MAX_IDLE_MINUTES: Final = 480
DEFAULT_WEBHOOK_LOG_DAYS: Final = 90
MAX_WEBHOOK_LOG_DAYS: Final = 3650


class TenantEnvironment(StrEnum):
    """What a tenant is for; a sandbox says so on every screen."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"


class TimeZoneUnknown(OpenRegError):
    """There is no time zone of this name."""

    code: ClassVar[str] = "time_zone_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class FourEyesFixed(OpenRegError):
    """In production the approver is never the author: four eyes cannot be switched off."""

    code: ClassVar[str] = "four_eyes_fixed"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class FourEyesReasonMissing(OpenRegError):
    """Switching four eyes off needs a reason, which is shown and kept."""

    code: ClassVar[str] = "four_eyes_reason_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


def check_time_zone(name: str) -> str:
    """The name of an IANA time zone. Raises TimeZoneUnknown."""
    if name not in available_timezones():
        raise TimeZoneUnknown(f"There is no time zone {name!r}.", fix="Use a name such as Europe/Amsterdam.")
    return name


def check_four_eyes(*, wanted: bool, reason: str | None, is_production: bool) -> None:
    """Whether four eyes may become this. Raises FourEyesFixed, FourEyesReasonMissing."""
    if wanted:
        return
    if is_production:
        raise FourEyesFixed
    if not (reason or "").strip():
        raise FourEyesReasonMissing(fix="Say in four_eyes_off_reason why one person must do both here.")
