"""How an endpoint fares: its circuit breaker, since when it fails, when it is given up. Pure arithmetic over values.

The breaker opens after ten failures in a row, or when half of at least twenty attempts of the last minute failed.
Nothing is sent while it is open, and what waits uses up no attempts. After half a minute one delivery is let through:
its success closes the breaker, its failure keeps it open for as long again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

FAILURES_IN_A_ROW: Final = 10
WINDOW: Final = timedelta(seconds=60)
FEWEST_IN_WINDOW: Final = 20
FAILED_SHARE: Final = 0.5
PROBE_AFTER: Final = timedelta(seconds=30)
GIVEN_UP_AFTER: Final = timedelta(days=5)
#: Attempts are counted in slices of the window, so that it moves on without remembering each of them.
_SLICE_SECONDS: Final = 10
_SLICES: Final = int(WINDOW.total_seconds()) // _SLICE_SECONDS


class BreakerState(StrEnum):
    """``half_open``: the next delivery, or one that is on its way, decides."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class RecentAttempts:
    """Attempts and failures of a slice of ten seconds; ``slice`` counts slices since 1970."""

    slice: int
    attempts: int
    failures: int

    def document(self) -> dict[str, object]:
        """As it is stored."""
        return {"slice": self.slice, "attempts": self.attempts, "failures": self.failures}

    @classmethod
    def of_document(cls, document: Mapping[str, object]) -> RecentAttempts:
        """As it was stored."""
        return RecentAttempts(*(int(str(document[name])) for name in ("slice", "attempts", "failures")))


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """What is known of an endpoint after its last attempt; ``failing_since`` is the first failure since a success."""

    consecutive_failures: int = 0
    recent: tuple[RecentAttempts, ...] = ()
    failing_since: datetime | None = None
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    is_probing: bool = False

    def breaker(self, at: datetime) -> BreakerState:
        """What the breaker lets through at this moment."""
        if self.opened_at is None:
            return BreakerState.CLOSED
        is_due = self.probe_at is None or at >= self.probe_at
        return BreakerState.HALF_OPEN if self.is_probing or is_due else BreakerState.OPEN

    def lets_through(self, at: datetime) -> bool:
        """Whether anything may be sent now: everything, or a probe."""
        return self.opened_at is None or self.probe_at is None or at >= self.probe_at

    def probing(self, at: datetime) -> EndpointHealth:
        """One delivery is let through; should whoever sends it die, another is after half a minute."""
        return replace(self, is_probing=True, probe_at=at + PROBE_AFTER)

    def after_success(self, at: datetime, *, is_probe: bool) -> EndpointHealth:
        """An answer that was no failure. Only a probe closes the breaker: others may have left before it opened."""
        if self.opened_at is not None and not is_probe:
            return replace(self, consecutive_failures=0, failing_since=None)
        return EndpointHealth(recent=() if is_probe else _counted(self.recent, at, failures=0))

    def after_failure(self, at: datetime, *, is_probe: bool) -> EndpointHealth:
        """Another failure; it may open the breaker."""
        failed = replace(
            self,
            consecutive_failures=self.consecutive_failures + 1,
            recent=_counted(self.recent, at, failures=1),
            failing_since=self.failing_since or at,
        )
        if is_probe:
            return replace(failed, is_probing=False, probe_at=at + PROBE_AFTER)
        if self.opened_at is None and (failed.consecutive_failures >= FAILURES_IN_A_ROW or _is_half(failed.recent)):
            return replace(failed, opened_at=at, probe_at=at + PROBE_AFTER)
        return failed

    def is_given_up(self, at: datetime) -> bool:
        """Whether every attempt of the last five days failed."""
        return self.failing_since is not None and at - self.failing_since >= GIVEN_UP_AFTER


def _counted(recent: Iterable[RecentAttempts], at: datetime, *, failures: int) -> tuple[RecentAttempts, ...]:
    now = int(at.timestamp()) // _SLICE_SECONDS
    kept = {one.slice: one for one in recent if now - _SLICES < one.slice <= now}
    here = kept.get(now, RecentAttempts(now, 0, 0))
    kept[now] = RecentAttempts(now, here.attempts + 1, here.failures + failures)
    return tuple(kept[one] for one in sorted(kept))


def _is_half(recent: Iterable[RecentAttempts]) -> bool:
    attempts = failures = 0
    for one in recent:
        attempts, failures = attempts + one.attempts, failures + one.failures
    return attempts >= FEWEST_IN_WINDOW and failures >= FAILED_SHARE * attempts
