"""The life of a run: states, stages, steps and the one table of transitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError

#: A finding about a run as a whole: datasets that it looks up are older than they may be.
REFERENCE_STALE: Final = "REFERENCE_STALE"


class RunState(StrEnum):
    """Where a run is; PostgreSQL holds the truth, messages only wake workers."""

    PENDING = "pending"
    RUNNING = "running"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen by itself."""
        return not TRANSITIONS[self] or self is RunState.FAILED


class RunKind(StrEnum):
    """What a run reports: the rows of its source, or chosen rows of another run."""

    REGULAR = "regular"
    SUPPLEMENTAL = "supplemental"


class RunTrigger(StrEnum):
    """What made a run start."""

    MANUAL = "manual"
    API = "api"
    SCHEDULE = "schedule"
    BACKFILL = "backfill"
    FILE = "file"
    WATERMARK = "watermark"
    RUN = "run"
    RESUBMISSION = "resubmission"


class RunStage(StrEnum):
    """The durable part a run has reached; a resumed run starts at its stage."""

    EXTRACT = "extract"
    PRODUCE = "produce"
    COMPLETE = "complete"


class RunStep(StrEnum):
    """The steps people see, in order."""

    EXTRACT = "extract"
    VALIDATE_SOURCE = "validate_source"
    TRANSFORM = "transform"
    VALIDATE_TARGET = "validate_target"
    RENDER = "render"
    STORE = "store"
    HAND_OVER = "hand_over"


class StepState(StrEnum):
    """How far a step has come."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RunTransitionRefused(OpenRegError):
    """A run cannot go from its state to the one asked for."""

    code: ClassVar[str] = "run_transition_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


# FAILED -> PENDING is the retry a person asks for; every other terminal state is final.
TRANSITIONS: Mapping[RunState, frozenset[RunState]] = {
    RunState.PENDING: frozenset({RunState.RUNNING, RunState.CANCELLED, RunState.FAILED}),
    RunState.RUNNING: frozenset({RunState.CANCELLING, RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED}),
    # The work may finish before the cancellation reaches it: what is complete is not thrown away silently.
    RunState.CANCELLING: frozenset({RunState.CANCELLED, RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED}),
    RunState.SUCCEEDED: frozenset(),
    RunState.PARTIAL: frozenset(),
    RunState.FAILED: frozenset({RunState.PENDING}),
    RunState.CANCELLED: frozenset(),
}


def transition(state: RunState, to: RunState) -> RunState:
    """The new state. Raises RunTransitionRefused."""
    if to not in TRANSITIONS[state]:
        raise RunTransitionRefused(f"A run that is {state} cannot become {to}.")
    return to


@dataclass(frozen=True, slots=True)
class RunCounts:
    """Records of a run. Reconciled when each row that came in is counted once among the others.

    ``filtered`` are not selected, ``excluded`` and ``held`` by a decision about eligibility.
    """

    rows_in: int = 0
    rows_out: int = 0
    set_aside: int = 0
    filtered: int = 0
    excluded: int = 0
    held: int = 0

    def __add__(self, other: RunCounts) -> RunCounts:
        return RunCounts(
            self.rows_in + other.rows_in,
            self.rows_out + other.rows_out,
            self.set_aside + other.set_aside,
            self.filtered + other.filtered,
            self.excluded + other.excluded,
            self.held + other.held,
        )

    @property
    def is_reconciled(self) -> bool:
        """Whether every row that came in is accounted for."""
        return self.rows_in == self.accounted

    @property
    def accounted(self) -> int:
        """Rows of which is known what became of them."""
        return self.rows_out + self.set_aside + self.filtered + self.excluded + self.held
