"""What is sent by a machine whose clock is off, and for how long a message lives."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from backend.persistence.clock import MAX_DEVIATION, DatabaseClock
from backend.persistence.faults import DatabaseUnavailable
from backend.tasks import clock_watch, wakeups
from backend.tasks.clock_watch import ClockWatch

AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


class KnownDatabase:
    """Says that it is noon, or nothing."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.now = DatabaseClock()
        self._is_away = is_away

    async def read_clock(self) -> timedelta:
        if self._is_away:
            raise DatabaseUnavailable
        self.now.set(AT)
        return timedelta()


def looked(monkeypatch: pytest.MonkeyPatch, ahead: timedelta, database: KnownDatabase) -> tuple[ClockWatch, list[int]]:
    """A watch of a machine whose clock is ``ahead``, after one look, and the hours it told."""
    monkeypatch.setattr(clock_watch, "utc_now", lambda: AT + ahead)
    told: list[int] = []
    watch = ClockWatch("unused", lambda one: told.append(round(one / timedelta(hours=1))))
    with asyncio.Runner() as runner:
        watch._look(runner, database)  # type: ignore[arg-type]  # as much of a database as is asked
    return watch, told


@pytest.mark.parametrize("hours", [-2, 0, 2])
def test_messages_expire_by_the_databases_clock(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    ahead = timedelta(hours=hours)
    watch, told = looked(monkeypatch, ahead, KnownDatabase())
    headers = {"expires": (AT + ahead + timedelta(seconds=10)).isoformat(), "task": "runs.sweep"}
    watch.date_by_database(headers)
    apart = datetime.fromisoformat(headers["expires"]) - (AT + timedelta(seconds=10))
    assert abs(apart) < timedelta(seconds=5)
    assert told == [hours]


def test_a_message_that_never_expires_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    watch, _ = looked(monkeypatch, timedelta(hours=2), KnownDatabase())
    headers = {"expires": None}
    watch.date_by_database(headers)
    assert headers == {"expires": None}


def test_a_database_that_is_away_says_nothing_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    _, told = looked(monkeypatch, timedelta(hours=2), KnownDatabase(is_away=True))
    assert told == []


def test_a_nudge_lives_longer_than_the_clocks_of_two_machines_that_work_can_be_apart() -> None:
    assert timedelta(seconds=wakeups.EXPIRES_SECONDS) > 2 * MAX_DEVIATION
