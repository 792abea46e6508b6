"""Retry decisions are arithmetic: late by jitter, never early, and they end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.retry import (
    DELIVERY_RETRY,
    MAX_RETRY_AFTER,
    WEBHOOK_RETRY,
    Failure,
    RetryPolicy,
    exponential_delays,
    fixed_delays,
    parse_retry_after,
)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def failure(attempts: int = 1, after: timedelta = timedelta(0), retry_after: timedelta | None = None):
    return Failure(attempts, START, START + after, retry_after)


def test_the_webhook_schedule_is_ten_attempts_over_75_hours_35_minutes():
    assert WEBHOOK_RETRY.max_attempts == 10
    assert WEBHOOK_RETRY.span == timedelta(hours=75, minutes=35, seconds=5)


def test_without_jitter_every_wait_is_the_planned_one():
    at, waits = START, []
    for attempts in range(1, 10):
        following = WEBHOOK_RETRY.next_attempt_at(Failure(attempts, START, at), draw=0.0)
        waits.append((following - at).total_seconds())
        at = following
    assert waits == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]


def test_the_last_attempt_is_followed_by_none():
    assert WEBHOOK_RETRY.next_attempt_at(failure(attempts=10), draw=0.5) is None


@given(st.integers(1, 9), st.floats(0, 1, exclude_max=True))
def test_jitter_adds_up_to_a_fifth_and_takes_nothing(attempts: int, draw: float):
    base = WEBHOOK_RETRY.delays[attempts - 1]
    wait = WEBHOOK_RETRY.wait(attempts, draw=draw)
    assert base <= wait <= base * 1.2


def test_two_draws_give_two_waits():
    assert WEBHOOK_RETRY.wait(3, draw=0.1) < WEBHOOK_RETRY.wait(3, draw=0.9)


def test_a_receiver_may_lengthen_a_wait_but_not_shorten_it():
    assert WEBHOOK_RETRY.wait(1, draw=0.0, retry_after=timedelta(minutes=10)) == timedelta(minutes=10)
    assert WEBHOOK_RETRY.wait(2, draw=0.0, retry_after=timedelta(seconds=1)) == timedelta(minutes=5)


def test_a_receiver_cannot_ask_for_more_than_a_day():
    assert WEBHOOK_RETRY.wait(1, draw=0.0, retry_after=timedelta(days=30)) == MAX_RETRY_AFTER


def test_a_deadline_ends_retrying_before_the_attempts_do():
    policy = RetryPolicy(fixed_delays(60, 60, 60), jitter=0.0, deadline=timedelta(seconds=90))
    assert policy.next_attempt_at(failure(1), draw=0.0) == START + timedelta(seconds=60)
    assert policy.next_attempt_at(failure(2, after=timedelta(seconds=60)), draw=0.0) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta(0)),
        (format_datetime(START + timedelta(hours=2), usegmt=True), timedelta(hours=2)),
        ("Mon, 02 Mar 2026 09:00:30 GMT", timedelta(seconds=30)),
        (format_datetime(START - timedelta(hours=2), usegmt=True), timedelta(0)),
        ("9" * 400, MAX_RETRY_AFTER),
        ("soon", None),
        ("-5", None),
        ("١٢٣", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(text: str, expected: timedelta | None):
    assert parse_retry_after([text], now=START) == expected


def test_no_retry_after_is_none():
    assert parse_retry_after([], now=START) is None


def test_exponential_delays_grow_to_their_cap():
    assert [d.total_seconds() for d in exponential_delays(30, factor=2, count=5, cap_seconds=200)] == [
        30,
        60,
        120,
        200,
        200,
    ]
    assert DELIVERY_RETRY.max_attempts == 10


@pytest.mark.parametrize(
    "make",
    [
        lambda: RetryPolicy(fixed_delays(-1)),
        lambda: RetryPolicy(fixed_delays(1), jitter=1.5),
        lambda: RetryPolicy(fixed_delays(1), deadline=timedelta(seconds=-1)),
        lambda: Failure(0, START, START),
        lambda: Failure(1, START.replace(tzinfo=None), START),
        lambda: WEBHOOK_RETRY.next_attempt_at(failure(), draw=1.0),
    ],
)
def test_policies_and_facts_that_make_no_sense_are_refused(make: Callable[[], object]):
    with pytest.raises(ValueError, match=r".+"):
        make()
