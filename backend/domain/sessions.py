"""Sessions of people: how long they live, how they end, and what a refresh token presented now means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

#: A second tab, or a page that was left while it renewed, may still hold the token before the current one.
GRACE: Final = timedelta(seconds=10)
#: However often it is renewed, a session ends after this time.
LONGEST_SESSION: Final = timedelta(days=30)
#: Ended sessions are kept for their owner to look at; later ones live on in the audit trail alone.
KEPT_AFTER_END: Final = timedelta(days=30)


class SessionEnd(StrEnum):
    """Why a session ended."""

    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    ENDED_BY_USER = "ended_by_user"
    ENDED_BY_ADMINISTRATOR = "ended_by_administrator"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason
    TOKEN_REUSED = "token_reused"  # noqa: S105 - a reason, not a token
    IDLE = "idle"


class Renewal(StrEnum):
    """What a refresh token means."""

    ROTATE = "rotate"
    REPEAT = "repeat"
    STOLEN = "stolen"
    IDLE = "idle"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Presented:
    """How a refresh token compares with what is stored of its session."""

    is_family: bool
    is_current: bool
    is_previous: bool


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """The moments of a session that decide about its renewal; ``idle_after`` is the tenant's choice."""

    renewed_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    idle_after: timedelta


def renewal(presented: Presented, times: SessionTimes, now: datetime) -> Renewal:
    """Whether a token renews its session, is given its successor once more, or shows that somebody has a copy."""
    if not presented.is_family or times.ended_at is not None or now >= times.expires_at:
        return Renewal.REFUSED
    in_grace = now - times.renewed_at <= GRACE
    if not presented.is_current and not (presented.is_previous and in_grace):
        return Renewal.STOLEN
    if now - times.renewed_at > times.idle_after:
        return Renewal.IDLE
    return Renewal.REPEAT if in_grace else Renewal.ROTATE


def expiry(created_at: datetime, renewed_at: datetime, lifetime: timedelta) -> datetime:
    """Until when the session can be renewed again."""
    return min(renewed_at + lifetime, created_at + LONGEST_SESSION)
