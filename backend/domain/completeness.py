"""Completeness of a day: what had to be reported, what was, and what the regulator has accepted of it.

A record that is cancelled and reported anew is one record; one that was rejected and corrected is one record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.submissions import (
    UNPROCESSED,
    UNSENT,
    VOID,
    RecordCounts,
    SubmissionHold,
    SubmissionKind,
    SubmissionState,
)


@dataclass(frozen=True, slots=True)
class SubmittedRun:
    """A submission of a day, and what its run made of its rows.

    ``to_report`` are the rows of a regular run that are neither filtered out nor excluded; ``added`` the records of a
    supplemental run that were never told before; ``settled`` its rejected records of which a correction is accepted.
    ``cancellations`` are those among ``counts`` that void an earlier report, ``replacing`` how many of these have a
    record beside them that takes the voided one's place. ``is_cancelled`` is an original of which nothing is left.
    """

    kind: SubmissionKind
    state: SubmissionState
    hold: SubmissionHold
    file_status: str | None
    counts: RecordCounts
    to_report: int = 0
    added: int = 0
    cancellations: int = 0
    replacing: int = 0
    settled: int = 0
    is_cancelled: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the regulator has it and could read it."""
        return self.state not in UNSENT | {SubmissionState.WITHDRAWN} and self.file_status not in UNPROCESSED

    @property
    def stands(self) -> bool:
        """Whether it counts as the day's original: not void, and no second one that waits for a decision."""
        return (
            self.kind is SubmissionKind.ORIGINAL
            and self.state not in VOID
            and self.hold is not SubmissionHold.DUPLICATE
        )


@dataclass(frozen=True, slots=True)
class Completeness:
    """Records of a day; each is counted once, over the original, its corrections and its cancellations."""

    expected: int = 0
    reported: int = 0
    accepted: int = 0
    pending: int = 0
    rejected: int = 0

    @property
    def unreported(self) -> int:
        """Records that had to be told to the regulator and were not."""
        return max(self.expected - self.reported, 0)


def completeness_of(day: Sequence[SubmittedRun]) -> Completeness:
    """What of a day is told and accepted. ``day`` are all submissions of a report for it, in order."""
    originals = [one for one in day if one.stands]
    if not originals:
        # A day whose originals were all rejected still has to be reported: the last one says how much.
        originals = [one for one in day if one.kind is SubmissionKind.ORIGINAL][-1:]
    later = [one for one in day if one.kind is not SubmissionKind.ORIGINAL]
    told = [one for one in (*originals, *later) if one.is_told]
    # Where all was cancelled, what the day has to tell is said by the original that takes its place.
    owed = [one for one in originals if not one.is_cancelled] or originals[-1:]
    return Completeness(
        expected=sum(one.to_report for one in owed),
        reported=max(sum(_reported(one) for one in told), 0),
        accepted=max(sum(_accepted(one) for one in told), 0),
        pending=sum(one.counts.pending for one in told),
        rejected=sum(max(one.counts.rejected - one.settled, 0) for one in told),
    )


def _reported(one: SubmittedRun) -> int:
    if one.kind is SubmissionKind.ORIGINAL:
        return one.counts.total
    return one.added - (one.cancellations - one.replacing)


def _accepted(one: SubmittedRun) -> int:
    if one.kind is SubmissionKind.ORIGINAL:
        return one.counts.accepted
    # As long as the regulator has not accepted all of it, nothing says which of a pair it has: the cancellations are
    # taken first, so that no record is counted twice.
    void = min(one.cancellations, one.counts.accepted)
    return one.counts.accepted - 2 * void
