"""Health of a connector: what its last tests found, when it is tested again, and what of that is news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MAX_TESTS: Final = 20
MAX_RETEST_HOURS: Final = 720
#: A test that its worker does not live to record is made again after this.
TEST_LEASE: Final = timedelta(minutes=15)
#: Part of the time between two tests by which they are spread: not all sources are asked at the same moment.
_JITTER: Final = 0.1


@dataclass(frozen=True, slots=True)
class TestRecord:
    """A test of a connector: when, how long it took, and the step that failed."""

    __test__ = False

    at: datetime
    milliseconds: int
    failed_step: str | None

    @classmethod
    def read(cls, stored: Mapping[str, object]) -> TestRecord:
        """As it was kept."""
        step = stored["failed_step"]
        at = datetime.fromisoformat(str(stored["at"]))
        return cls(at, int(str(stored["milliseconds"])), None if step is None else str(step))

    def kept(self) -> dict[str, object]:
        """As it is kept."""
        return {"at": self.at.isoformat(), "milliseconds": self.milliseconds, "failed_step": self.failed_step}


def remembered(before: Sequence[dict[str, object]], test: TestRecord) -> list[dict[str, object]]:
    """The last tests, newest first."""
    return [test.kept(), *before][:MAX_TESTS]


def next_test_at(at: datetime, every_hours: int | None, spread: float) -> datetime | None:
    """When it is tested again; ``spread`` is between 0 and 1. None where nobody asked for it."""
    if every_hours is None:
        return None
    return at + timedelta(hours=every_hours) * (1 - _JITTER * spread)
