"""Reporting again what was told wrongly, or not at all, over a range of days: what would happen to each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from backend.domain.runs import RunState
from backend.domain.schedules.backfills import BackfillDayState, BackfillWay
from backend.domain.submissions import UNSENT, SubmissionHold, SubmissionState


class OnStanding(StrEnum):
    """What is done where the regulator has an original of the day: its records are corrected, or all is told anew."""

    CORRECT = "correct"
    OVERRIDE = "override"


class DayOutcome(StrEnum):
    """What would happen to a day."""

    NEW_ORIGINAL = "new_original"
    CORRECTION = "correction"
    NEEDS_OVERRIDE = "needs_override"
    SKIP = "skip"


class DaySkip(StrEnum):
    """Why nothing would happen to a day."""

    CLOSED_DAY = "closed_day"
    NOT_YET = "not_yet"
    RUN_UNDER_WAY = "run_under_way"
    ORIGINAL_WAITS = "original_waits"
    NOTHING_AMENDED = "nothing_amended"


SKIP_SENTENCES: Final = {
    DaySkip.CLOSED_DAY: "Nobody works on this day.",
    DaySkip.NOT_YET: "The day has not come yet.",
    DaySkip.RUN_UNDER_WAY: "A run of this day has not ended.",
    DaySkip.ORIGINAL_WAITS: "An original of this day is prepared and was not sent: let it out or withdraw it first.",
    DaySkip.NOTHING_AMENDED: "The day has an original, and no record of it was amended since.",
}


@dataclass(frozen=True, slots=True)
class StandingSubmission:
    """The newest original of a day that is not void."""

    id: UUID
    reference: str
    state: SubmissionState


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What there is of a day.

    ``amended`` are records of its runs that were amended and not reported since, ``open`` those that nobody has dealt
    with; ``void`` is the newest original that the regulator rejected, or that was withdrawn.
    """

    reporting_date: date
    is_closed: bool = False
    is_run_under_way: bool = False
    standing: StandingSubmission | None = None
    void: StandingSubmission | None = None
    amended: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What would happen to a day, and what it follows from."""

    facts: DayFacts
    outcome: DayOutcome
    skip: DaySkip | None = None

    @property
    def way(self) -> BackfillWay:
        """How a backfill reports it."""
        return BackfillWay.CORRECTION if self.outcome is DayOutcome.CORRECTION else BackfillWay.RUN


def plan_day(facts: DayFacts, on_standing: OnStanding, today: date) -> DayPlan:
    """What would happen to a day now. A second original is made only where somebody wants it, and is held then."""
    reason = _reason_to_skip(facts, on_standing, today)
    if reason is not None:
        return DayPlan(facts, DayOutcome.SKIP, reason)
    if facts.standing is None:
        return DayPlan(facts, DayOutcome.NEW_ORIGINAL)
    is_again = on_standing is OnStanding.OVERRIDE
    return DayPlan(facts, DayOutcome.NEEDS_OVERRIDE if is_again else DayOutcome.CORRECTION)


def _reason_to_skip(facts: DayFacts, on_standing: OnStanding, today: date) -> DaySkip | None:
    corrects = facts.standing is not None and on_standing is OnStanding.CORRECT
    is_unsent = facts.standing is not None and facts.standing.state in UNSENT
    reasons = (
        (facts.reporting_date > today, DaySkip.NOT_YET),
        (facts.is_run_under_way, DaySkip.RUN_UNDER_WAY),
        # What is asked for by its day is left out by its day; a correction follows what there is.
        (facts.is_closed and facts.standing is None, DaySkip.CLOSED_DAY),
        (corrects and is_unsent, DaySkip.ORIGINAL_WAITS),
        (corrects and not facts.amended, DaySkip.NOTHING_AMENDED),
    )
    return next((reason for holds, reason in reasons if holds), None)


class AgainState(StrEnum):
    """How far a day is that is reported again."""

    WAITING = "waiting"
    RUNNING = "running"
    HELD = "held"
    ON_ITS_WAY = "on_its_way"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class AgainDay:
    """A day of a backfill with its run and what that told the regulator, None where it told nothing."""

    reporting_date: date
    day_state: BackfillDayState
    run_state: RunState | None = None
    is_run_held: bool = False
    submission_state: SubmissionState | None = None
    hold: SubmissionHold | None = None

    @property
    def state(self) -> AgainState:
        """How far it is."""
        simple = {
            BackfillDayState.WAITING: AgainState.WAITING,
            BackfillDayState.FAILED: AgainState.FAILED,
            BackfillDayState.CANCELLED: AgainState.CANCELLED,
            BackfillDayState.SKIPPED: AgainState.SKIPPED,
        }
        if self.day_state in simple:
            return simple[self.day_state]
        if self.submission_state is not None:
            return self._told(self.submission_state)
        if self.run_state in {RunState.FAILED, RunState.CANCELLED}:
            return AgainState.FAILED
        if self.run_state in {RunState.SUCCEEDED, RunState.PARTIAL}:
            # A report without a regulator, or a day on which there was nothing to tell.
            return AgainState.HELD if self.is_run_held else AgainState.ACCEPTED
        return AgainState.RUNNING

    def _told(self, state: SubmissionState) -> AgainState:
        if state in {SubmissionState.ACCEPTED, SubmissionState.CORRECTED}:
            return AgainState.ACCEPTED
        if state in {SubmissionState.REJECTED, SubmissionState.PARTIALLY_ACCEPTED}:
            return AgainState.REJECTED
        if state is SubmissionState.WITHDRAWN:
            return AgainState.CANCELLED
        return AgainState.HELD if self.hold not in {None, SubmissionHold.NONE} else AgainState.ON_ITS_WAY


@dataclass(frozen=True, slots=True)
class AgainSummary:
    """Days that are reported again, without those that were left out, by how far they are."""

    days: int
    accepted: int
    rejected: int
    failed: int
    waiting: int

    @property
    def is_accepted(self) -> bool:
        """Whether everything is accepted."""
        return self.days > 0 and self.accepted == self.days


def summary_of(days: Sequence[AgainDay]) -> AgainSummary:
    """How far some days are."""
    states = [one.state for one in days if one.state is not AgainState.SKIPPED]

    def count(*wanted: AgainState) -> int:
        return sum(one in wanted for one in states)

    return AgainSummary(
        days=len(states),
        accepted=count(AgainState.ACCEPTED),
        rejected=count(AgainState.REJECTED),
        failed=count(AgainState.FAILED, AgainState.CANCELLED),
        waiting=count(AgainState.WAITING, AgainState.RUNNING, AgainState.HELD, AgainState.ON_ITS_WAY),
    )
