"""Eligibility: what becomes of records that wait in the hold queue."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class HeldRecordState(StrEnum):
    """Where a held record is: waiting, ready for a report, in one, or closed."""

    HELD = "held"
    RELEASED = "released"
    REPORTED = "reported"
    EXCLUDED = "excluded"


class HeldRecordTransitionRefused(OpenRegError):
    """A held record cannot go from its state to the one asked for."""

    code: ClassVar[str] = "held_record_transition_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


HELD_TRANSITIONS: Mapping[HeldRecordState, frozenset[HeldRecordState]] = {
    HeldRecordState.HELD: frozenset({HeldRecordState.RELEASED, HeldRecordState.EXCLUDED}),
    # A released record may still be taken out by a person before it is in a report.
    HeldRecordState.RELEASED: frozenset({HeldRecordState.REPORTED, HeldRecordState.EXCLUDED}),
    HeldRecordState.REPORTED: frozenset(),
    HeldRecordState.EXCLUDED: frozenset(),
}


def held_transition(state: HeldRecordState, to: HeldRecordState) -> HeldRecordState:
    """The new state. Raises HeldRecordTransitionRefused."""
    if to not in HELD_TRANSITIONS[state]:
        raise HeldRecordTransitionRefused(f"A record that is {state} cannot become {to}.")
    return to
