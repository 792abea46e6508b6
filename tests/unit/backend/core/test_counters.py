"""Buckets and delays of one process, on a clock of the test; the shared ones run on Redis' clock elsewhere."""

from __future__ import annotations

import pytest

from backend.core.attempt_delay import DelayPolicy, LocalDelays
from backend.core.token_bucket import LocalBuckets, Rate

POLICY = DelayPolicy(free=3, first_seconds=1, longest_seconds=10, memory_seconds=100)


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize(("per_minute", "burst"), [(100, 10), (60, 6), (2000, 10), (5, 1)])
def test_a_published_rate_lets_a_tenth_of_a_minute_through_at_once_and_never_more_than_ten(
    per_minute: int, burst: float
) -> None:
    assert Rate.published(per_minute) == Rate(per_minute, burst)


def test_in_any_minute_at_most_rate_and_burst_pass(clock: Clock) -> None:
    rate, buckets = Rate.published(100), LocalBuckets(clock)
    passed = []
    for _ in range(60 * 20 * 3):
        if buckets.take("key", rate).is_allowed:
            passed.append(clock.now)
        clock.now += 0.05
    most = max(sum(begin <= at < begin + 60 for at in passed) for begin in passed)
    assert 100 <= most <= 110


def test_who_waits_as_long_as_told_passes(clock: Clock) -> None:
    rate, buckets = Rate(60, 2), LocalBuckets(clock)
    assert [buckets.take("key", rate).is_allowed for _ in range(3)] == [True, True, False]
    wait = buckets.take("key", rate).retry_after_seconds
    clock.now += wait
    taken = buckets.take("key", rate)
    assert (wait, taken.is_allowed, taken.remaining) == (1, True, 0)


def test_keys_do_not_share_and_what_is_given_back_never_overflows(clock: Clock) -> None:
    rate, buckets = Rate(60, 2), LocalBuckets(clock)
    assert buckets.take("a", rate).remaining == 1
    assert buckets.take("b", rate).remaining == 1
    for _ in range(5):
        buckets.take("a", rate, cost=-1)
    assert [buckets.take("a", rate).is_allowed for _ in range(3)] == [True, True, False]


def test_a_share_is_less_and_never_nothing() -> None:
    assert Rate(100, 10).share(0.5) == Rate(50, 5)
    assert Rate(1, 1).share(0.1) == Rate(0.1, 1)


def test_some_failures_are_free_then_each_wait_is_twice_the_last(clock: Clock) -> None:
    delays = LocalDelays(clock)
    waits = []
    for _ in range(9):
        wait = delays.admit("key", POLICY)
        waits.append(wait)
        if wait:
            clock.now += wait
            assert delays.admit("key", POLICY) == 0
    assert waits == [0, 0, 0, 1, 2, 4, 8, 10, 10]


def test_many_at_once_gain_nothing(clock: Clock) -> None:
    delays = LocalDelays(clock)
    assert [delays.admit("key", POLICY) == 0 for _ in range(50)].count(True) == 3


def test_success_and_time_are_both_forgiving(clock: Clock) -> None:
    delays = LocalDelays(clock)
    for _ in range(3):
        delays.admit("key", POLICY)
    assert delays.admit("key", POLICY) > 0
    assert delays.admit("another", POLICY) == 0
    delays.forget("key")
    assert [delays.admit("key", POLICY) for _ in range(3)] == [0, 0, 0]
    clock.now += 200
    assert [delays.admit("key", POLICY) for _ in range(3)] == [0, 0, 0]


def test_failures_beyond_counting_still_give_the_longest_wait() -> None:
    assert POLICY.delay(10_000) == 10
