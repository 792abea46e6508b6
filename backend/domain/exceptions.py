"""Exceptions: the life of a record that was taken out of a run, and when it has to be dealt with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from backend.core.errors import ErrorKind, OpenRegError

#: Working days until an exception is due, where a tenant has not chosen.
DEFAULT_DUE_DAYS: Final = 5
MIN_DUE_DAYS: Final = 1
MAX_DUE_DAYS: Final = 60
#: Exceptions that are changed together.
MAX_TOGETHER: Final = 500
_SATURDAY: Final = 5


class ExceptionState(StrEnum):
    """Where a record is between being set aside and being dealt with."""

    OPEN = "open"
    AMENDED = "amended"
    RESUBMITTED = "resubmitted"
    RESOLVED = "resolved"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


#: Those that somebody has to do something about.
WORKABLE: Final = (ExceptionState.OPEN, ExceptionState.AMENDED)


class ExceptionOrigin(StrEnum):
    """Why there is an exception.

    A rule set the record aside, somebody corrects one that was reported, or the regulator has rejected it.
    """

    FINDING = "finding"
    REPORTED = "reported"
    FEEDBACK = "feedback"


class AmendmentFrame(StrEnum):
    """What an amendment changes: a column of the source, or one of the record that was made from it."""

    SOURCE = "source"
    TARGET = "target"


class ExceptionAction(StrEnum):
    """What happened to an exception."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    DUE_CHANGED = "due_changed"
    AMENDED = "amended"
    ACCEPTANCE_PROPOSED = "acceptance_proposed"
    ACCEPTANCE_DECLINED = "acceptance_declined"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REOPENED = "reopened"
    RESUBMITTED = "resubmitted"
    RESOLVED = "resolved"
    SET_ASIDE_AGAIN = "set_aside_again"
    GIVEN_BACK = "given_back"


class ResubmissionAction(StrEnum):
    """What a record becomes in a supplemental file: a record, or a cancellation of what went out and then a record."""

    NEW = "new"
    CANCEL_AND_NEW = "cancel_and_new"


class ExceptionTransitionRefused(OpenRegError):
    """An exception cannot go from its state to the one asked for."""

    code: ClassVar[str] = "exception_transition_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


TRANSITIONS: Mapping[ExceptionState, frozenset[ExceptionState]] = {
    ExceptionState.OPEN: frozenset(
        {ExceptionState.AMENDED, ExceptionState.RESUBMITTED, ExceptionState.ACCEPTED, ExceptionState.REJECTED}
    ),
    ExceptionState.AMENDED: frozenset(
        {ExceptionState.AMENDED, ExceptionState.RESUBMITTED, ExceptionState.ACCEPTED, ExceptionState.REJECTED}
    ),
    # Back to where it was when the run did not come to its end; open when the record was set aside again.
    ExceptionState.RESUBMITTED: frozenset({ExceptionState.RESOLVED, ExceptionState.OPEN, ExceptionState.AMENDED}),
    # What is wrong with the record now is an exception of the run that reported it.
    ExceptionState.RESOLVED: frozenset(),
    ExceptionState.ACCEPTED: frozenset({ExceptionState.OPEN, ExceptionState.AMENDED}),
    ExceptionState.REJECTED: frozenset({ExceptionState.OPEN, ExceptionState.AMENDED}),
}


def transition(state: ExceptionState, to: ExceptionState) -> ExceptionState:
    """The new state. Raises ExceptionTransitionRefused."""
    if to not in TRANSITIONS[state]:
        raise ExceptionTransitionRefused(f"An exception that is {state} cannot become {to}.")
    return to


@dataclass(frozen=True, slots=True)
class DuePolicy:
    """When an exception is due: the end of so many working days, in the tenant's zone."""

    days: int = DEFAULT_DUE_DAYS
    time_zone: str = "UTC"

    def due_at(self, opened_at: datetime) -> datetime:
        """The last moment of the last of these working days; Saturdays and Sundays do not count."""
        day = opened_at.astimezone(ZoneInfo(self.time_zone)).date()
        left = self.days
        while left:
            day += timedelta(days=1)
            left -= day.weekday() < _SATURDAY
        midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(self.time_zone))
        return midnight.astimezone(opened_at.tzinfo)


def reference_of(record_key: str | None, entity: str | None) -> str | None:
    """What people search a record by: its key without the entity it is about, else the last part of the key."""
    if not record_key:
        return None
    if entity is not None:
        without = record_key.removeprefix(f"{entity}/").removesuffix(f"/{entity}")
        if without != record_key:
            return without
    return record_key.rpartition("/")[2]
