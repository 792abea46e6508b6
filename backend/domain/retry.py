"""When to try again: a policy is a value, a decision is pure arithmetic over it.

Nothing here reads a clock or draws a random number; the caller passes both, so every decision can be tested
and repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

MAX_RETRY_AFTER: Final = timedelta(hours=24)
"""The longest wait a receiver may ask for."""

_MAX_SECONDS_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits between attempts; ``delays[0]`` follows the first attempt, so there is one attempt more than delays.

    ``jitter`` is the largest share added to a wait, never taken from it: a retry is late, never early.
    ``deadline`` bounds the time from the first attempt to the last.
    """

    delays: tuple[timedelta, ...]
    jitter: float = 0.2
    deadline: timedelta | None = None
    max_retry_after: timedelta = MAX_RETRY_AFTER

    def __post_init__(self) -> None:
        """Refuse policies that would retry early, at once without end, or backwards in time."""
        if any(delay < timedelta(0) for delay in self.delays):
            raise ValueError("a wait cannot be negative")
        if not 0 <= self.jitter <= 1:
            raise ValueError("jitter is a share from 0 to 1")
        if self.deadline is not None and self.deadline < timedelta(0):
            raise ValueError("a deadline cannot be negative")

    @property
    def max_attempts(self) -> int:
        """Attempts in all, the first included."""
        return len(self.delays) + 1

    @property
    def span(self) -> timedelta:
        """Time from the first attempt to the last, without jitter."""
        return sum(self.delays, timedelta(0))

    def next_attempt_at(self, failure: Failure, *, draw: float) -> datetime | None:
        """When to try again, or None when the attempts or the deadline are used up.

        ``draw`` is a random number from 0 (inclusive) to 1 (exclusive).
        """
        if not 0 <= draw < 1:
            raise ValueError("a draw lies in [0, 1)")
        if failure.attempts >= self.max_attempts:
            return None
        wait = self.wait(failure.attempts, draw=draw, retry_after=failure.retry_after)
        at = failure.failed_at + wait
        if self.deadline is not None and at > failure.first_attempt_at + self.deadline:
            return None
        return at

    def wait(self, attempts: int, *, draw: float, retry_after: timedelta | None = None) -> timedelta:
        """The wait after ``attempts`` failed attempts; a receiver may lengthen it, never shorten it."""
        base = self.delays[attempts - 1]
        jittered = base * (1 + self.jitter * draw)
        if retry_after is None:
            return jittered
        return max(jittered, min(retry_after, max(self.max_retry_after, base)))


@dataclass(frozen=True, slots=True)
class Failure:
    """What is known when an attempt has failed: how many were made, when, and what the receiver asked for."""

    attempts: int
    first_attempt_at: datetime
    failed_at: datetime
    retry_after: timedelta | None = None

    def __post_init__(self) -> None:
        """An attempt count starts at one; times are aware."""
        if self.attempts < 1:
            raise ValueError("a failure follows at least one attempt")
        if self.first_attempt_at.tzinfo is None or self.failed_at.tzinfo is None:
            raise ValueError("times of attempts are aware datetimes")


def fixed_delays(*seconds: int) -> tuple[timedelta, ...]:
    """Waits written in seconds."""
    return tuple(timedelta(seconds=second) for second in seconds)


def exponential_delays(first_seconds: int, *, factor: float, count: int, cap_seconds: int) -> tuple[timedelta, ...]:
    """Waits that grow by ``factor`` up to a cap."""
    return tuple(timedelta(seconds=min(first_seconds * factor**step, cap_seconds)) for step in range(count))


def parse_retry_after(values: Sequence[str], *, now: datetime) -> timedelta | None:
    """The wait a ``Retry-After`` header asks for (RFC 9110 section 10.2.3: seconds or a date); None if unreadable."""
    if not values:
        return None
    text = values[0].strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text)) if len(text) <= _MAX_SECONDS_DIGITS else MAX_RETRY_AFTER
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0))


WEBHOOK_RETRY: Final = RetryPolicy(
    delays=fixed_delays(5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""Ten attempts over 75 h 35 min: the schedule that the Standard Webhooks specification gives as an example."""

DELIVERY_RETRY: Final = RetryPolicy(
    delays=exponential_delays(30, factor=2, count=9, cap_seconds=3600), deadline=timedelta(hours=12)
)
"""Transfers of artifacts: ten attempts, half a minute to an hour apart."""

MAIL_RETRY: Final = RetryPolicy(
    delays=exponential_delays(30, factor=3, count=10, cap_seconds=4 * 3600), deadline=timedelta(hours=24)
)
"""Mails: half a minute to four hours apart, for a day; greylisting servers take the second or third attempt."""
