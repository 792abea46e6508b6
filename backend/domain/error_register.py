"""The register of errors and omissions: what went wrong in reporting, why, who was told, and what is done about it.

A firm that becomes aware of an error or omission in its transaction reports notifies the competent authority promptly
and corrects or cancels what was reported (Commission Delegated Regulation (EU) 2017/590, article 15(2)). An entry says
what was found, and keeps who decided what, when and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError

MAX_DAYS: Final = 2_000
MAX_FIELDS: Final = 100
MAX_REPORTS: Final = 50
MAX_LINKS: Final = 500
MAX_ACTIONS: Final = 100


class EntryKind(StrEnum):
    """What went wrong: told wrongly, not told, told without need, told too late."""

    ERROR = "error"
    OMISSION = "omission"
    OVER_REPORTING = "over_reporting"
    LATE = "late"


class FoundBy(StrEnum):
    """How it was found."""

    OWN_CONTROL = "own_control"
    RECONCILIATION = "reconciliation"
    REGULATOR_FEEDBACK = "regulator_feedback"
    AUDIT = "audit"


class RootCause(StrEnum):
    """The catalogue of causes."""

    INTERPRETATION = "interpretation"
    SCOPE = "scope"
    REPORT_LOGIC = "report_logic"
    SOURCE_DATA = "source_data"
    REFERENCE_DATA = "reference_data"
    MISSING_FEED = "missing_feed"
    SYSTEM_CHANGE = "system_change"
    SYSTEM_FAILURE = "system_failure"
    MANUAL = "manual"
    CONTROL_GAP = "control_gap"
    THIRD_PARTY = "third_party"
    REGULATOR_CHANGE = "regulator_change"
    OTHER = "other"


#: What people read when they choose, and what an authority is told.
CAUSE_SENTENCES: Final = {
    RootCause.INTERPRETATION: "The rules were understood wrongly.",
    RootCause.SCOPE: "It was decided wrongly whether something has to be reported.",
    RootCause.REPORT_LOGIC: "A mapping, calculation or rule of the report was wrong.",
    RootCause.SOURCE_DATA: "The system of record held wrong or incomplete data.",
    RootCause.REFERENCE_DATA: "Reference data were wrong, missing or out of date.",
    RootCause.MISSING_FEED: "Data did not arrive, or did not arrive in time.",
    RootCause.SYSTEM_CHANGE: "A change of a system or of its configuration had a side effect.",
    RootCause.SYSTEM_FAILURE: "A system or network failed.",
    RootCause.MANUAL: "Somebody made a mistake in a step that is done by hand.",
    RootCause.CONTROL_GAP: "A control was missing, or did not work.",
    RootCause.THIRD_PARTY: "A provider to whom a step is outsourced made the mistake.",
    RootCause.REGULATOR_CHANGE: "A change of the regulator's rules or systems was not followed in time.",
    RootCause.OTHER: "Another cause, as described.",
}


class EntryState(StrEnum):
    """Where an entry is."""

    OPEN = "open"
    ASSESSED = "assessed"
    NOTIFIED = "notified"
    REMEDIATING = "remediating"
    CLOSED = "closed"
    REOPENED = "reopened"


class EntryStep(StrEnum):
    """What happened to an entry."""

    OPENED = "opened"
    CHANGED = "changed"
    MOVED = "moved"
    LINKED = "linked"
    UNLINKED = "unlinked"
    FILLED = "filled"
    ACTION_ADDED = "action_added"
    ACTION_CHANGED = "action_changed"
    ACTION_DONE = "action_done"
    ACTION_OVERDUE = "action_overdue"
    BACK_REPORTING_STARTED = "back_reporting_started"
    BACK_REPORTED = "back_reported"


class LinkKind(StrEnum):
    """What an entry can be linked to."""

    SUBMISSION = "submission"
    RUN = "run"
    EXCEPTION = "exception"
    FEEDBACK = "feedback"
    RECONCILIATION = "reconciliation"


class EntryTransitionRefused(OpenRegError):
    """An entry cannot go from its state to the one asked for."""

    code: ClassVar[str] = "entry_transition_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class EntryIncomplete(OpenRegError):
    """The entry does not say yet what the next state needs."""

    code: ClassVar[str] = "entry_incomplete"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class EntryDatesContradictory(OpenRegError):
    """The dates of an entry contradict each other."""

    code: ClassVar[str] = "entry_dates_contradictory"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


_S = EntryState
TRANSITIONS: Mapping[EntryState, frozenset[EntryState]] = {
    _S.OPEN: frozenset({_S.ASSESSED}),
    # Closed from here: what was assessed turned out to be none, or nothing that an authority is told of.
    _S.ASSESSED: frozenset({_S.NOTIFIED, _S.REMEDIATING, _S.CLOSED}),
    _S.NOTIFIED: frozenset({_S.REMEDIATING, _S.CLOSED}),
    # Repair does not wait for the letter.
    _S.REMEDIATING: frozenset({_S.NOTIFIED, _S.CLOSED}),
    _S.CLOSED: frozenset({_S.REOPENED}),
    _S.REOPENED: frozenset({_S.ASSESSED, _S.NOTIFIED, _S.REMEDIATING}),
}
#: Those of which nobody has to think any more.
ENDED: Final = frozenset({EntryState.CLOSED})


def transition(state: EntryState, to: EntryState) -> EntryState:
    """The new state. Raises EntryTransitionRefused."""
    if to not in TRANSITIONS[state]:
        following = ", ".join(sorted(TRANSITIONS[state]))
        raise EntryTransitionRefused(
            f"An entry that is {state} cannot become {to}.", fix=f"It can become: {following}.", extra={"state": state}
        )
    return to


def check_dates(
    occurred_from: date, occurred_to: date | None, discovered_on: date, corrected_on: date | None, today: date
) -> None:
    """Raises EntryDatesContradictory: it ends after it began, is found after that, and nothing lies ahead."""
    said = [
        (occurred_to is not None and occurred_to < occurred_from, "It ended before it began."),
        (discovered_on < occurred_from, "It was discovered before it happened."),
        (discovered_on > today, "It was discovered on a day that is still to come."),
        (corrected_on is not None and corrected_on < occurred_from, "It was corrected before it happened."),
        (corrected_on is not None and corrected_on > today, "It was corrected on a day that is still to come."),
    ]
    for is_wrong, sentence in said:
        if is_wrong:
            raise EntryDatesContradictory(sentence, fix="Check the dates of the entry.")


def reference_of(year: int, number: int) -> str:
    """What people call an entry: ``EO-2026-0007``, counted in each year."""
    return f"EO-{year}-{number:04}"
