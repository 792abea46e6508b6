"""What would happen to a day that is reported again, and how far days are that were."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from backend.core.ids import new_id
from backend.domain.back_reporting import (
    AgainDay,
    AgainState,
    DayFacts,
    DayOutcome,
    DaySkip,
    OnStanding,
    StandingSubmission,
    plan_day,
    summary_of,
)
from backend.domain.runs import RunState
from backend.domain.schedules.backfills import BackfillDayState, BackfillWay
from backend.domain.submissions import UNSENT, SubmissionHold, SubmissionState

TODAY = date(2026, 11, 27)
DAY = date(2026, 11, 19)
FIX, ANEW = OnStanding.CORRECT, OnStanding.OVERRIDE
STANDING = [one for one in SubmissionState if one not in {SubmissionState.REJECTED, SubmissionState.WITHDRAWN}]


def original(state: SubmissionState) -> StandingSubmission:
    return StandingSubmission(new_id(), "daily-20261119-1", state)


def test_a_day_without_an_original_gets_one_whatever_was_void() -> None:
    for void in (None, original(SubmissionState.REJECTED)):
        for how in OnStanding:
            plan = plan_day(DayFacts(DAY, void=void, amended=3), how, TODAY)
            assert (plan.outcome, plan.skip, plan.way) == (DayOutcome.NEW_ORIGINAL, None, BackfillWay.RUN)


def test_no_second_original_is_made_unless_somebody_wants_it() -> None:
    """Over everything a day can be: where an original stands, only ``override`` tells the day anew."""
    flags = (False, True)
    for state, how, amended, closed, busy in itertools.product(STANDING, OnStanding, (0, 2), flags, flags):
        facts = DayFacts(DAY, is_closed=closed, is_run_under_way=busy, standing=original(state), amended=amended)
        plan = plan_day(facts, how, TODAY)
        assert plan.outcome is not DayOutcome.NEW_ORIGINAL
        assert (plan.outcome is DayOutcome.NEEDS_OVERRIDE) == (how is ANEW and not busy)
        if plan.outcome is DayOutcome.CORRECTION:
            assert amended
            assert state not in UNSENT
            assert plan.way is BackfillWay.CORRECTION


@pytest.mark.parametrize(
    ("facts", "skip"),
    [
        (DayFacts(date(2026, 11, 28)), DaySkip.NOT_YET),
        (DayFacts(DAY, is_run_under_way=True), DaySkip.RUN_UNDER_WAY),
        (DayFacts(DAY, is_closed=True), DaySkip.CLOSED_DAY),
        (DayFacts(DAY, standing=original(SubmissionState.PREPARED), amended=1), DaySkip.ORIGINAL_WAITS),
        (DayFacts(DAY, standing=original(SubmissionState.APPROVED)), DaySkip.ORIGINAL_WAITS),
        (DayFacts(DAY, standing=original(SubmissionState.ACCEPTED), open=4), DaySkip.NOTHING_AMENDED),
    ],
)
def test_what_is_left_out_says_why(facts: DayFacts, skip: DaySkip) -> None:
    plan = plan_day(facts, FIX, TODAY)
    assert (plan.outcome, plan.skip) == (DayOutcome.SKIP, skip)


def test_a_record_of_a_closed_day_is_corrected_all_the_same() -> None:
    facts = DayFacts(DAY, is_closed=True, standing=original(SubmissionState.PARTIALLY_ACCEPTED), amended=1)
    assert plan_day(facts, FIX, TODAY).outcome is DayOutcome.CORRECTION


STARTED = BackfillDayState.STARTED
DONE = RunState.SUCCEEDED


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (AgainDay(DAY, BackfillDayState.WAITING), AgainState.WAITING),
        (AgainDay(DAY, BackfillDayState.FAILED), AgainState.FAILED),
        (AgainDay(DAY, STARTED, RunState.RUNNING), AgainState.RUNNING),
        (AgainDay(DAY, STARTED, RunState.FAILED), AgainState.FAILED),
        (AgainDay(DAY, STARTED, RunState.PARTIAL, is_run_held=True), AgainState.HELD),
        (AgainDay(DAY, STARTED, DONE), AgainState.ACCEPTED),
        (
            AgainDay(DAY, STARTED, DONE, submission_state=SubmissionState.PREPARED, hold=SubmissionHold.DUPLICATE),
            AgainState.HELD,
        ),
        (
            AgainDay(DAY, STARTED, DONE, submission_state=SubmissionState.SENT, hold=SubmissionHold.NONE),
            AgainState.ON_ITS_WAY,
        ),
        (AgainDay(DAY, STARTED, DONE, submission_state=SubmissionState.ACKNOWLEDGED), AgainState.ON_ITS_WAY),
        (AgainDay(DAY, STARTED, DONE, submission_state=SubmissionState.PARTIALLY_ACCEPTED), AgainState.REJECTED),
        (AgainDay(DAY, STARTED, DONE, submission_state=SubmissionState.CORRECTED), AgainState.ACCEPTED),
        (AgainDay(DAY, STARTED, DONE, submission_state=SubmissionState.WITHDRAWN), AgainState.CANCELLED),
    ],
)
def test_how_far_a_day_is(day: AgainDay, state: AgainState) -> None:
    assert day.state is state


def test_all_is_accepted_only_when_each_day_that_counts_is() -> None:
    accepted = AgainDay(DAY, STARTED, DONE, submission_state=SubmissionState.ACCEPTED)
    skipped = AgainDay(DAY, BackfillDayState.SKIPPED)
    assert not summary_of([]).is_accepted
    assert not summary_of([skipped]).is_accepted
    assert summary_of([accepted, skipped, accepted]).is_accepted
    for state in SubmissionState:
        summary = summary_of([accepted, AgainDay(DAY, STARTED, DONE, submission_state=state)])
        assert summary.is_accepted == (state in {SubmissionState.ACCEPTED, SubmissionState.CORRECTED})
        assert summary.accepted + summary.rejected + summary.failed + summary.waiting == summary.days == 2
