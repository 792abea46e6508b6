"""The database's clock: read when a transaction begins, carried on by a clock that nobody sets.

Leases and due times are compared by the database's clock. A worker that wrote them by its own would hold a run for
hours when its clock runs ahead, and give one away in the middle when it lags; and clocks jump.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from backend.core.clock import utc_now

#: S3 refuses requests that are signed at a time more than a quarter of an hour away, receivers of webhooks sooner; and
#: what one machine sends must not have expired on the next, whose clock may be off the other way.
MAX_DEVIATION = timedelta(minutes=1)


class DatabaseClock:
    """A ``Clock`` that is right whatever the machine's is, once the database has been asked."""

    def __init__(self) -> None:
        self._known: tuple[datetime, float] | None = None

    def set(self, at: datetime) -> None:
        """The database has said what time it is."""
        self._known = (at, time.monotonic())

    def is_known_since(self, seconds: float) -> bool:
        """Whether the database said so no longer ago than this."""
        return self._known is not None and time.monotonic() - self._known[1] <= seconds

    def __call__(self) -> datetime:
        """The current moment as an aware UTC datetime."""
        if self._known is None:
            return utc_now()
        at, since = self._known
        return at + timedelta(seconds=time.monotonic() - since)
