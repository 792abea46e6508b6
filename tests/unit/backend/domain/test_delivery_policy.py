"""What goes along with a file, when it is tried again, and which steps a delivery may take."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from pydantic import ValidationError

from backend.domain.deliveries import (
    ENDED,
    TRANSITIONS,
    UNFINISHED,
    DeliveryState,
    DeliveryTransitionRefused,
    transition,
)
from backend.domain.delivery_policy import ControlFile, DeliveryPolicy, Pace, RetryTerms, SentFile, companions
from backend.domain.retry import DELIVERY_RETRY

FILE = SentFile("trades.v2.xml", 12, 3, "ab" * 32, date(2026, 11, 19))


def test_without_a_choice_a_destination_is_served_as_ever() -> None:
    assert DeliveryPolicy.model_validate({}) == DeliveryPolicy()
    assert DeliveryPolicy().retry.as_policy() == DELIVERY_RETRY
    assert companions(DeliveryPolicy(), FILE) == ()


def test_the_checksum_comes_before_the_control_file() -> None:
    control = ControlFile(name="{stem}_{reporting_date}.ctl", content="{records};{size_bytes};{sha256};{name}")
    first, second = companions(DeliveryPolicy(checksum_file=True, control_file=control), FILE)
    assert (first.name, first.content) == ("trades.v2.xml.sha256", f"{'ab' * 32}  trades.v2.xml\n".encode())
    assert (second.name, second.content) == ("trades.v2_2026-11-19.ctl", f"3;12;{'ab' * 32};trades.v2.xml".encode())


@pytest.mark.parametrize(
    "written",
    [
        {"name": "control.ctl"},
        {"name": "{name}"},
        {"name": "../{name}.ctl"},
        {"name": "{name}.{sha256}"},
        {"content": "{password}"},
        {"name": ""},
        {"other": 1},
    ],
    ids=str,
)
def test_a_control_file_that_could_not_be_made_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ControlFile.model_validate(written)


def test_retries_follow_the_terms() -> None:
    policy = RetryTerms(attempts=4, first_delay_seconds=10, longest_delay_seconds=25, deadline_minutes=5).as_policy()
    assert policy.delays == tuple(timedelta(seconds=one) for one in (10, 20, 25))
    assert (policy.max_attempts, policy.deadline) == (4, timedelta(minutes=5))
    assert RetryTerms(attempts=1).as_policy().delays == ()


def test_the_pace_of_files_is_a_distance() -> None:
    assert Pace(files_per_minute=30).between_files == timedelta(seconds=2)
    assert Pace().between_files == timedelta(0)


def test_every_step_is_one_of_the_table() -> None:
    for state, to in product(DeliveryState, repeat=2):
        if to in TRANSITIONS[state]:
            assert transition(state, to) is to
        else:
            with pytest.raises(DeliveryTransitionRefused):
                transition(state, to)


def test_what_has_ended_and_what_has_not_are_all_there_is() -> None:
    assert {*ENDED, *UNFINISHED} == set(DeliveryState)
    assert not TRANSITIONS[DeliveryState.DELIVERED]
    assert DeliveryState.CANCELLED not in TRANSITIONS[DeliveryState.SENDING], "a file on its way may have arrived"
