"""Reconciliation: what was submitted in a period against an extract of the regulator or of an ARM.

A record of ours stands as the regulator has last been told of it: a message that it rejected or could not process has
told it nothing, so the message before it counts; a cancellation that it took leaves nothing to be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.feedback import AdviceState
from backend.domain.submissions import RecordState, SubmissionState

#: Days that one reconciliation may be about.
MAX_DAYS: Final = 366
#: Differences of each kind that are kept one by one; all of them are in the file.
KEPT_OF_KIND: Final = 10_000
#: Differences that are explained, or made exceptions, together.
MAX_TOGETHER: Final = 200
MAX_EXCEPTIONS_TOGETHER: Final = 50


class ReconciliationState(StrEnum):
    """How far it is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: States in which a worker has something to do.
UNDER_WAY: Final = (ReconciliationState.QUEUED, ReconciliationState.RUNNING)


class ReconciliationStage(StrEnum):
    """What a worker is at."""

    WAITING = "waiting"
    READING_EXTRACT = "reading_extract"
    READING_RECORDS = "reading_records"
    COMPARING = "comparing"
    STORING = "storing"


class DifferenceKind(StrEnum):
    """Missing: we submitted it, they do not have it. Extra: they have it and should not. Different: a field is."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"


class Standing(StrEnum):
    """What the regulator was last told of a record of ours; ``unknown``: nothing in this period."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    UNCONFIRMED = "unconfirmed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    UNPROCESSED = "unprocessed"
    UNKNOWN = "unknown"


#: Standings of a message that the regulator has, or must be taken to have.
TAKEN: Final = frozenset({Standing.ACCEPTED, Standing.PENDING, Standing.UNCONFIRMED})


class DifferenceState(StrEnum):
    """Whether somebody has said how a difference came."""

    OPEN = "open"
    EXPLAINED = "explained"


class PeriodInvalid(OpenRegError):
    """The period ends before it begins, or is too long."""

    code: ClassVar[str] = "reconciliation_period_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


#: States of a submission whose files have left the house.
SENT: Final = (
    SubmissionState.SENT,
    SubmissionState.ACKNOWLEDGED,
    SubmissionState.ACCEPTED,
    SubmissionState.PARTIALLY_ACCEPTED,
    SubmissionState.REJECTED,
    SubmissionState.CORRECTED,
)
OF_ADVICE: Final[Mapping[AdviceState, Standing]] = {
    AdviceState.ACCEPTED: Standing.ACCEPTED,
    AdviceState.PENDING: Standing.PENDING,
    AdviceState.RECEIVED: Standing.UNCONFIRMED,
    AdviceState.REJECTED: Standing.REJECTED,
    AdviceState.UNSENT: Standing.UNPROCESSED,
}
_OF_RECORD: Final[Mapping[RecordState, Standing]] = {
    RecordState.ACCEPTED: Standing.ACCEPTED,
    RecordState.PENDING: Standing.PENDING,
    RecordState.SENT: Standing.UNCONFIRMED,
    RecordState.FILE_ACCEPTED: Standing.UNCONFIRMED,
    RecordState.REJECTED: Standing.REJECTED,
}


def standing_of(state: RecordState) -> Standing:
    """What a record's state on its way to the regulator says of what the regulator has."""
    return _OF_RECORD.get(state, Standing.UNPROCESSED)


@dataclass(frozen=True, slots=True)
class Period:
    """Reporting dates, both included."""

    first: date
    last: date

    def check(self) -> None:
        """Raises PeriodInvalid."""
        days = (self.last - self.first).days + 1
        if days < 1:
            raise PeriodInvalid("The period ends before it begins.", fix="Exchange the two dates.")
        if days > MAX_DAYS:
            raise PeriodInvalid(f"The period has {days} days; {MAX_DAYS} are possible.", fix="Choose a shorter one.")


@dataclass(frozen=True, slots=True)
class ReconciliationCounts:
    """Records of both sides and how they compare. ``fields`` are the differences of single fields, in all records."""

    ours: int = 0
    theirs: int = 0
    equal: int = 0
    missing: int = 0
    extra: int = 0
    different: int = 0
    fields: int = 0

    @property
    def differences(self) -> int:
        """Everything that is to be looked at: one for a missing or extra record, one for each field that differs."""
        return self.missing + self.extra + self.fields
