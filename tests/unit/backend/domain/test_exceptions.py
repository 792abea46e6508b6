"""Exceptions: their states, when they are due, and what a record is searched by."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from backend.domain.exceptions import (
    TRANSITIONS,
    DuePolicy,
    ExceptionState,
    ExceptionTransitionRefused,
    reference_of,
    transition,
)


@pytest.mark.parametrize(("state", "to"), list(product(ExceptionState, ExceptionState)))
def test_only_the_transitions_of_the_table_are_possible(state: ExceptionState, to: ExceptionState) -> None:
    if to in TRANSITIONS[state]:
        assert transition(state, to) is to
    else:
        with pytest.raises(ExceptionTransitionRefused):
            transition(state, to)


@pytest.mark.parametrize(
    ("days", "zone", "opened", "due"),
    [
        (1, "UTC", "2026-11-27T19:00:00", "2026-12-01T00:00:00"),  # a Friday: Monday is the first working day
        (5, "UTC", "2026-11-20T10:00:00", "2026-11-28T00:00:00"),
        (1, "Europe/Amsterdam", "2026-11-25T23:30:00", "2026-11-27T23:00:00"),  # it is Thursday there
    ],
)
def test_working_days_are_counted_in_the_zone_of_the_tenant(days: int, zone: str, opened: str, due: str) -> None:
    at = datetime.fromisoformat(opened).replace(tzinfo=UTC)
    assert DuePolicy(days, zone).due_at(at) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "entity", "reference"),
    [("E/T-1", "E", "T-1"), ("T-1/E", "E", "T-1"), ("A/B", None, "B"), ("T-1", "E", "T-1"), (None, "E", None)],
)
def test_a_record_is_searched_by_its_key_without_the_entity(
    key: str | None, entity: str | None, reference: str | None
) -> None:
    assert reference_of(key, entity) == reference
