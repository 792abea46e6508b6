"""The database's clock in a process whose own clock is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.persistence import clock
from backend.persistence.clock import DatabaseClock

AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def test_it_goes_on_from_what_the_database_said(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = iter([100.0, 107.5])
    monkeypatch.setattr(clock.time, "monotonic", lambda: next(passed))
    now = DatabaseClock()
    now.set(AT)
    assert now() == AT + timedelta(seconds=7.5)


def test_the_machines_clock_counts_only_until_the_database_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = AT + timedelta(hours=2)
    monkeypatch.setattr(clock, "utc_now", lambda: wrong)
    now = DatabaseClock()
    assert now() == wrong
    now.set(AT)
    assert abs(now() - AT) < timedelta(minutes=1)
