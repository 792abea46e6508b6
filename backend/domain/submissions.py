"""Submissions: what is claimed to a regulator, from its preparation to the regulator's last word.

A submission is one run's files for one regulator. Records have no rows of their own: a record is a row of the run's
ledger, its state is the regulator's newest advice about it, or what follows from the file's status. The states are
those of the field: a regulator acknowledges a file, then accepts or rejects its records, some of them days later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError


class SubmissionState(StrEnum):
    """Where a submission is. ``withdrawn``: it was never sent and never will be."""

    PREPARED = "prepared"
    APPROVED = "approved"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    PARTIALLY_ACCEPTED = "partially_accepted"
    REJECTED = "rejected"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class SubmissionKind(StrEnum):
    """What it says about a day: the first report, changes to it, or that records of it are void."""

    ORIGINAL = "original"
    CORRECTION = "correction"
    CANCELLATION = "cancellation"


class SubmissionHold(StrEnum):
    """Why it does not go out: a second person has to approve it, or the day has an original already."""

    NONE = "none"
    APPROVAL = "approval"
    DUPLICATE = "duplicate"


class SubmissionEnvironment(StrEnum):
    """Whether the regulator's production or its test system is told."""

    TEST = "test"
    PRODUCTION = "production"


class SubmissionAction(StrEnum):
    """What happened to a submission."""

    PREPARED = "prepared"
    HELD = "held"
    OVERRIDDEN = "overridden"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    FILE_SENT = "file_sent"
    SENT = "sent"
    SETTLED = "settled"
    CORRECTED = "corrected"


class RecordState(StrEnum):
    """Where a record is on its way to the regulator."""

    DRAFT = "draft"
    VALIDATED = "validated"
    APPROVED = "approved"
    QUEUED = "queued"
    SENT = "sent"
    FILE_ACCEPTED = "file_accepted"
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"
    EXCLUDED = "excluded"


class SubmissionTransitionRefused(OpenRegError):
    """A submission cannot go from its state to the one asked for."""

    code: ClassVar[str] = "submission_transition_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RecordCountsContradictory(OpenRegError):
    """The states of a submission's records do not add up to its records."""

    code: ClassVar[str] = "record_counts_contradictory"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


_S = SubmissionState
#: What a regulator may make of a file. Its last word counts, so each of these may follow each other.
ANSWERED: Final = frozenset({_S.ACKNOWLEDGED, _S.ACCEPTED, _S.PARTIALLY_ACCEPTED, _S.REJECTED, _S.CORRECTED})
#: Nothing has left the house.
UNSENT: Final = frozenset({_S.PREPARED, _S.APPROVED})
#: Those that do not keep a second original of the same day from going out.
VOID: Final = frozenset({_S.REJECTED, _S.WITHDRAWN})

TRANSITIONS: Mapping[SubmissionState, frozenset[SubmissionState]] = {
    _S.PREPARED: frozenset({_S.APPROVED, _S.SENT, _S.WITHDRAWN}),
    _S.APPROVED: frozenset({_S.SENT, _S.WITHDRAWN}),
    _S.SENT: ANSWERED - {_S.CORRECTED},
    _S.ACKNOWLEDGED: ANSWERED - {_S.ACKNOWLEDGED, _S.CORRECTED},
    _S.ACCEPTED: ANSWERED - {_S.ACCEPTED, _S.CORRECTED},
    _S.PARTIALLY_ACCEPTED: ANSWERED - {_S.PARTIALLY_ACCEPTED},
    # A file that the regulator could not process is sent once more.
    _S.REJECTED: (ANSWERED | {_S.SENT}) - {_S.REJECTED},
    _S.CORRECTED: ANSWERED - {_S.CORRECTED},
    _S.WITHDRAWN: frozenset(),
}

_R = RecordState
_DECIDED: Final = frozenset({_R.PENDING, _R.ACCEPTED, _R.REJECTED})
RECORD_TRANSITIONS: Mapping[RecordState, frozenset[RecordState]] = {
    _R.DRAFT: frozenset({_R.VALIDATED, _R.EXCLUDED}),
    _R.VALIDATED: frozenset({_R.APPROVED, _R.QUEUED, _R.EXCLUDED}),
    _R.APPROVED: frozenset({_R.QUEUED, _R.EXCLUDED}),
    _R.QUEUED: frozenset({_R.SENT, _R.EXCLUDED}),
    # Back in the queue: the regulator could not process the file, so it knows nothing of its records.
    _R.SENT: _DECIDED | {_R.FILE_ACCEPTED, _R.QUEUED},
    _R.FILE_ACCEPTED: _DECIDED | {_R.QUEUED},
    # Pending is not final: CON-411 becomes accepted, or rejected with CON-412.
    _R.PENDING: _DECIDED - {_R.PENDING},
    _R.ACCEPTED: frozenset({_R.PENDING, _R.REJECTED, _R.CORRECTED, _R.CANCELLED}),
    _R.REJECTED: frozenset({_R.PENDING, _R.ACCEPTED, _R.CORRECTED}),
    _R.CORRECTED: frozenset({_R.CANCELLED}),
    _R.CANCELLED: frozenset(),
    _R.EXCLUDED: frozenset({_R.VALIDATED}),
}

#: Statuses of a file of which the regulator has processed nothing (auth.031: incorrect file name, corrupt file).
UNPROCESSED: Final = frozenset({"INCF", "CRPT"})
#: Statuses that are the last word about a file without records.
_FILE_ACCEPTED: Final = frozenset({"ACPT", "WARN"})
_FILE_REJECTED: Final = "RJCT"


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """The records of a submission by what the regulator has said; ``unconfirmed`` are those it has said nothing of."""

    accepted: int = 0
    pending: int = 0
    rejected: int = 0
    unconfirmed: int = 0

    @property
    def total(self) -> int:
        """All records."""
        return self.accepted + self.pending + self.rejected + self.unconfirmed


def transition(state: SubmissionState, to: SubmissionState) -> SubmissionState:
    """The new state. Raises SubmissionTransitionRefused."""
    if to not in TRANSITIONS[state]:
        raise SubmissionTransitionRefused(f"A submission that is {state} cannot become {to}.")
    return to


def check_counts(counts: RecordCounts, record_count: int) -> None:
    """Raises RecordCountsContradictory unless each record is counted once."""
    if min(counts.accepted, counts.pending, counts.rejected, counts.unconfirmed) < 0 or counts.total != record_count:
        raise RecordCountsContradictory(
            f"The answer tells of {counts.total} records, the submission has {record_count}.",
            extra={"records": record_count, "counted": counts.total},
        )


def settled_state(counts: RecordCounts, file_status: str, corrected: int = 0) -> SubmissionState:
    """What a submission is after an answer.

    ``corrected`` is how many of its rejected records accepted corrections have settled. A file that was not processed
    is rejected as a whole, although none of its records is; as long as the regulator has not decided about every
    record, the file is acknowledged and no more.
    """
    if file_status in UNPROCESSED:
        return SubmissionState.REJECTED
    if counts.total == 0:
        return _state_of_file(file_status)
    if counts.pending or counts.unconfirmed:
        return SubmissionState.ACKNOWLEDGED
    if not counts.rejected:
        return SubmissionState.ACCEPTED
    if corrected >= counts.rejected:
        return SubmissionState.CORRECTED
    return SubmissionState.PARTIALLY_ACCEPTED if counts.accepted else SubmissionState.REJECTED


def record_state_in(state: SubmissionState, file_status: str | None) -> RecordState:
    """What a record is of which the regulator has said nothing by itself."""
    if state is SubmissionState.WITHDRAWN:
        return RecordState.EXCLUDED
    if state is SubmissionState.PREPARED:
        return RecordState.VALIDATED
    if state is SubmissionState.APPROVED or file_status in UNPROCESSED:
        return RecordState.QUEUED
    if state is SubmissionState.SENT:
        return RecordState.SENT
    # Accepted is inferred only where the counts say so: then nothing is unconfirmed any more.
    if state is SubmissionState.ACKNOWLEDGED:
        return RecordState.FILE_ACCEPTED
    return RecordState.REJECTED if state is SubmissionState.REJECTED else RecordState.ACCEPTED


def kind_of(*, is_supplemental: bool, records: int, cancellations: int) -> SubmissionKind:
    """What a run's files say: ``cancellations`` of its ``records`` void what was reported."""
    if not is_supplemental:
        return SubmissionKind.ORIGINAL
    is_void = records > 0 and cancellations == records
    return SubmissionKind.CANCELLATION if is_void else SubmissionKind.CORRECTION


def is_late(due_at: datetime | None, sent_at: datetime | None, at: datetime) -> bool:
    """Whether it was sent after it was due, or is due and has not been sent."""
    return due_at is not None and (sent_at or at) > due_at


def _state_of_file(file_status: str) -> SubmissionState:
    if file_status in _FILE_ACCEPTED:
        return SubmissionState.ACCEPTED
    return SubmissionState.REJECTED if file_status == _FILE_REJECTED else SubmissionState.ACKNOWLEDGED
