"""The life of a run: which state may follow which, over all pairs, and what a person may still do at the end."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.runs import (
    TRANSITIONS,
    RunCounts,
    RunStage,
    RunState,
    RunStep,
    RunTransitionRefused,
    transition,
)

#: Written down a second time on purpose: a change of the table must be meant.
ALLOWED = {
    ("pending", "running"),
    ("pending", "cancelled"),
    ("pending", "failed"),
    ("running", "cancelling"),
    ("running", "succeeded"),
    ("running", "partial"),
    ("running", "failed"),
    ("cancelling", "cancelled"),
    ("cancelling", "succeeded"),
    ("cancelling", "partial"),
    ("cancelling", "failed"),
    ("failed", "pending"),
}
TERMINAL = {RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED}
counts = st.builds(RunCounts, *[st.integers(0, 10**9)] * 4)


@pytest.mark.parametrize(("state", "to"), list(product(RunState, RunState)))
def test_a_transition_happens_exactly_when_it_is_in_the_table(state: RunState, to: RunState) -> None:
    if (state.value, to.value) in ALLOWED:
        assert transition(state, to) is to
    else:
        with pytest.raises(RunTransitionRefused) as refused:
            transition(state, to)
        assert state.value in refused.value.message
        assert to.value in refused.value.message


def test_every_state_has_its_row_in_the_table() -> None:
    assert set(TRANSITIONS) == set(RunState)


@pytest.mark.parametrize("state", RunState)
def test_the_states_in_which_nothing_more_happens_are_these_four(state: RunState) -> None:
    assert state.is_terminal is (state in TERMINAL)


@given(wishes=st.lists(st.sampled_from(RunState), max_size=30))
def test_whatever_is_asked_for_success_and_cancellation_stay_final(wishes: list[RunState]) -> None:
    state = RunState.PENDING
    for wish in wishes:
        before = state
        try:
            state = transition(state, wish)
        except RunTransitionRefused:
            assert state is before
        if before in {RunState.SUCCEEDED, RunState.PARTIAL, RunState.CANCELLED}:
            assert state is before
        if before is RunState.FAILED:
            assert state in {RunState.FAILED, RunState.PENDING}, "a failed run only starts again from the beginning"


def test_every_state_can_be_reached_and_every_unfinished_one_can_end() -> None:
    reached = {RunState.PENDING}
    while more := {to for state in reached for to in TRANSITIONS[state]} - reached:
        reached |= more
    assert reached == set(RunState)
    for state in set(RunState) - TERMINAL:
        assert any(to.is_terminal for to in TRANSITIONS[state])


def test_only_a_run_that_works_can_be_asked_to_stop() -> None:
    assert {state for state in RunState if RunState.CANCELLING in TRANSITIONS[state]} == {RunState.RUNNING}


def test_steps_and_stages_are_in_the_order_people_see() -> None:
    assert [step.value for step in RunStep] == [
        "extract",
        "validate_source",
        "transform",
        "validate_target",
        "render",
        "store",
        "hand_over",
    ]
    assert [stage.value for stage in RunStage] == ["extract", "produce", "complete"]


@given(parts=st.lists(counts, max_size=10))
def test_counts_add_up_field_by_field(parts: list[RunCounts]) -> None:
    total = sum(parts, RunCounts())
    for name in ("rows_in", "rows_out", "set_aside", "filtered", "excluded", "held"):
        assert getattr(total, name) == sum(getattr(part, name) for part in parts)


@given(parts=st.lists(st.integers(0, 10**9), min_size=5, max_size=5), lost=st.integers(-3, 3))
def test_counts_are_reconciled_exactly_when_no_row_is_lost_or_made(parts: list[int], lost: int) -> None:
    assert RunCounts(sum(parts) + lost, *parts).is_reconciled is (lost == 0)
