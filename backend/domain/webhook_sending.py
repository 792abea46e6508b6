"""How fast an endpoint may be sent to, and who has how many of the places that are free. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from backend.domain.retry import WEBHOOK_RETRY, RetryPolicy, fixed_delays

DEFAULT_CONCURRENT: Final = 20
MAX_CONCURRENT: Final = 64
MAX_PER_MINUTE: Final = 60_000
MAX_RETRIES: Final = 15
MAX_RETRY_WAIT: Final = timedelta(hours=24)
MAX_RETRY_SPAN: Final = timedelta(days=7)
#: An attempt after which a delivery is said to be failing, although others follow.
FAILING_ATTEMPT: Final = 4
#: The header by which a receiver stops a delivery for good, whatever its status.
STOP_HEADER: Final = "webhook-delivery"
STOP_WORD: Final = "abort-message"
_SECONDS_PER_MINUTE: Final = 60.0

K = TypeVar("K", bound=Hashable)


def retry_policy(waits: Sequence[int]) -> RetryPolicy:
    """The waits of an endpoint in seconds, or the usual ones where it has none of its own."""
    return RetryPolicy(delays=fixed_delays(*waits)) if waits else WEBHOOK_RETRY


def is_stopped(headers: Mapping[str, str]) -> bool:
    """Whether the receiver wants to hear of this event no more."""
    return any(name.lower() == STOP_HEADER and value.strip().lower() == STOP_WORD for name, value in headers.items())


@dataclass(frozen=True, slots=True)
class Allowance:
    """A bucket that fills with ``per_minute`` a minute and holds what comes in a second, one at least."""

    per_minute: int
    tokens: float
    filled_at: datetime | None

    def filled(self, at: datetime) -> Allowance:
        """With what has come in since."""
        most = max(1.0, self.per_minute / _SECONDS_PER_MINUTE)
        if self.filled_at is None:
            return Allowance(self.per_minute, most, at)
        come = max(0.0, (at - self.filled_at).total_seconds()) * self.per_minute / _SECONDS_PER_MINUTE
        return Allowance(self.per_minute, min(most, self.tokens + come), max(at, self.filled_at))

    @property
    def whole(self) -> int:
        """How many may be sent now."""
        return int(self.tokens)

    def less(self, taken: int) -> Allowance:
        """After some were taken."""
        return Allowance(self.per_minute, self.tokens - taken, self.filled_at)

    @property
    def seconds_to_next(self) -> float:
        """Until one more may be sent; 0 when one may be now."""
        return max(0.0, 1.0 - self.tokens) * _SECONDS_PER_MINUTE / self.per_minute


def fair_shares(room: Mapping[K, int], places: int) -> dict[K, int]:
    """Places given out in turns, one to each that has room, until none is left or nobody has room."""
    shares = dict.fromkeys(room, 0)
    open_to = [one for one in room if room[one] > 0]
    while places > 0 and open_to:
        turn = max(1, places // len(open_to))
        for one in open_to:
            given = min(turn, room[one] - shares[one], places)
            shares[one] += given
            places -= given
        open_to = [one for one in open_to if shares[one] < room[one]]
    return {one: share for one, share in shares.items() if share > 0}
