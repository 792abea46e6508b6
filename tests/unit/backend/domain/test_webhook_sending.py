"""Places are given out fairly, rates are kept, waits of an endpoint are its own, and a receiver can say stop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.retry import WEBHOOK_RETRY, Failure
from backend.domain.webhook_sending import Allowance, fair_shares, is_stopped, retry_policy

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@given(st.dictionaries(st.integers(), st.integers(0, 70), max_size=20), st.integers(0, 300))
def test_shares_fill_the_places_and_nobody_has_two_more_than_another_who_wants_more(
    room: dict[int, int], places: int
) -> None:
    shares = fair_shares(room, places)
    assert sum(shares.values()) == min(places, sum(room.values()))
    assert all(0 < share <= room[one] for one, share in shares.items())
    unsatisfied = [shares.get(one, 0) for one in room if shares.get(one, 0) < room[one]]
    if unsatisfied:
        assert max(shares.values(), default=0) <= min(unsatisfied) + 1


def test_a_rate_lets_through_what_it_says_over_a_minute() -> None:
    allowance, sent = Allowance(90, 0.0, None), 0
    for step in range(601):
        allowance = allowance.filled(AT + timedelta(seconds=step / 10))
        sent += allowance.whole
        allowance = allowance.less(allowance.whole)
    assert 90 <= sent <= 91


def test_a_long_rest_saves_up_no_more_than_a_second_and_a_slow_rate_lets_single_requests_through() -> None:
    rested = Allowance(600, 0.0, AT).filled(AT + timedelta(hours=1))
    assert rested.whole == 10
    slow = Allowance(6, 0.0, AT).filled(AT + timedelta(seconds=5))
    assert (slow.whole, slow.seconds_to_next) == (0, pytest.approx(5))
    assert slow.filled(AT + timedelta(hours=1)).whole == 1


def test_a_clock_that_was_set_back_gives_nothing_twice() -> None:
    first = Allowance(60, 0.0, AT).filled(AT + timedelta(seconds=1)).less(1)
    assert first.filled(AT).filled(AT + timedelta(seconds=1)).whole == 0


def test_an_endpoint_without_waits_has_the_usual_ones() -> None:
    assert retry_policy([]) is WEBHOOK_RETRY


def test_waits_of_an_endpoint_are_kept_and_only_lengthened() -> None:
    policy = retry_policy([10, 60])
    assert policy.max_attempts == 3
    for attempts, wait in ((1, 10), (2, 60)):
        failure = Failure(attempts, AT, AT)
        assert policy.next_attempt_at(failure, draw=0.0) == AT + timedelta(seconds=wait)
        late = policy.next_attempt_at(failure, draw=0.999)
        assert late is not None
        assert AT + timedelta(seconds=wait) < late <= AT + timedelta(seconds=wait * 1.2)
    assert policy.next_attempt_at(Failure(3, AT, AT), draw=0.0) is None


@pytest.mark.parametrize("asked", [timedelta(0), timedelta(days=3)])
def test_a_receiver_moves_an_attempt_within_the_plan_and_a_day(asked: timedelta) -> None:
    planned = retry_policy([10]).next_attempt_at(Failure(1, AT, AT, retry_after=asked), draw=0.0)
    assert planned == AT + (timedelta(seconds=10) if not asked else timedelta(hours=24))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Webhook-Delivery": " Abort-Message "}, True),
        ({"webhook-delivery": "abort-message"}, True),
        ({"webhook-delivery": "continue"}, False),
        ({"x-webhook-delivery": "abort-message"}, False),
        ({}, False),
    ],
)
def test_a_receiver_says_stop_by_one_header(headers: dict[str, str], expected: bool) -> None:
    assert is_stopped(headers) is expected
