"""What is remembered of tests of a connector, and when the next is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.connector_health import MAX_TESTS, TestRecord, next_test_at, remembered

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_the_newest_tests_are_remembered_and_no_more_than_twenty() -> None:
    kept: list[dict[str, object]] = []
    for number in range(MAX_TESTS + 5):
        kept = remembered(kept, TestRecord(AT + timedelta(hours=number), number, None if number % 2 else "tcp"))
    read = [TestRecord.read(one) for one in kept]
    assert [one.milliseconds for one in read] == list(range(MAX_TESTS + 4, 4, -1))
    assert read[0] == TestRecord(AT + timedelta(hours=MAX_TESTS + 4), MAX_TESTS + 4, "tcp")
    assert read[1].failed_step is None


@pytest.mark.parametrize(("spread", "hours"), [(0, 24), (1, 21.6), (0.5, 22.8)])
def test_tests_are_spread_and_never_rarer_than_was_asked_for(spread: float, hours: float) -> None:
    assert next_test_at(AT, 24, spread) == AT + timedelta(hours=hours)


def test_nothing_is_due_where_nobody_asked() -> None:
    assert next_test_at(AT, None, 0.5) is None
