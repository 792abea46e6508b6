"""The breaker opens, probes and closes; an endpoint is given up after five days without a success."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backend.domain.webhook_health import BreakerState, EndpointHealth

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def failing(times: int, health: EndpointHealth | None = None, *, at: datetime = AT) -> EndpointHealth:
    """After so many failures at one moment."""
    health = health or EndpointHealth()
    for _ in range(times):
        health = health.after_failure(at, is_probe=False)
    return health


def succeeding(times: int, health: EndpointHealth | None = None, *, at: datetime = AT) -> EndpointHealth:
    """After so many successes at one moment."""
    health = health or EndpointHealth()
    for _ in range(times):
        health = health.after_success(at, is_probe=False)
    return health


def mixed(pairs: int, *, at: datetime = AT, seconds_between: float = 0) -> EndpointHealth:
    """A success and a failure in turns."""
    health = EndpointHealth()
    for number in range(pairs):
        here = at + timedelta(seconds=number * seconds_between)
        health = failing(1, succeeding(1, health, at=here), at=here)
    return health


def test_ten_failures_in_a_row_open_the_breaker_and_nine_do_not() -> None:
    assert failing(9).breaker(AT) is BreakerState.CLOSED
    opened = failing(10)
    assert (opened.breaker(AT), opened.opened_at, opened.probe_at) == (
        BreakerState.OPEN,
        AT,
        AT + timedelta(seconds=30),
    )
    assert not opened.lets_through(AT + timedelta(seconds=29))
    assert opened.lets_through(AT + timedelta(seconds=30))


def test_a_success_in_between_begins_the_row_anew() -> None:
    health = failing(9, succeeding(1, failing(9)), at=AT + timedelta(minutes=5))
    assert health.breaker(AT + timedelta(minutes=5)) is BreakerState.CLOSED


def test_half_of_twenty_attempts_of_a_minute_open_the_breaker() -> None:
    assert mixed(9).breaker(AT) is BreakerState.CLOSED, "eighteen are too few to judge"
    assert mixed(10).breaker(AT) is BreakerState.OPEN
    assert failing(9, succeeding(12)).breaker(AT) is BreakerState.CLOSED, "less than half"


def test_what_is_older_than_a_minute_does_not_count() -> None:
    slow = mixed(40, seconds_between=8)
    assert slow.breaker(AT + timedelta(minutes=6)) is BreakerState.CLOSED, "never twenty within a minute"
    assert len(slow.recent) <= 6, "old slices are forgotten"
    assert mixed(20, seconds_between=5).opened_at is not None


def test_one_probe_is_let_through_and_decides() -> None:
    later = AT + timedelta(seconds=31)
    opened = failing(10)
    assert opened.breaker(later) is BreakerState.HALF_OPEN
    probing = opened.probing(later)
    assert (probing.breaker(later), probing.lets_through(later)) == (BreakerState.HALF_OPEN, False)
    assert probing.lets_through(later + timedelta(seconds=30)), "whoever sent it may have died"
    failed = probing.after_failure(later, is_probe=True)
    assert (failed.breaker(later), failed.opened_at, failed.probe_at) == (
        BreakerState.OPEN,
        AT,
        later + timedelta(seconds=30),
    )
    closed = probing.after_success(later, is_probe=True)
    assert closed == EndpointHealth()


def test_what_left_before_the_breaker_opened_does_not_move_it() -> None:
    opened = failing(10)
    late = opened.after_success(AT + timedelta(seconds=5), is_probe=False)
    assert (late.breaker(AT + timedelta(seconds=5)), late.failing_since) == (BreakerState.OPEN, None)
    assert failing(3, opened, at=AT + timedelta(seconds=20)).probe_at == opened.probe_at


def test_five_days_of_nothing_but_failures_are_enough() -> None:
    first = failing(1)
    last = AT + timedelta(days=5)
    assert not failing(1, first, at=last).is_given_up(last - timedelta(seconds=1))
    assert failing(1, first, at=last).is_given_up(last)
    saved = failing(1, succeeding(1, first, at=AT + timedelta(days=4)), at=last)
    assert not saved.is_given_up(last)
