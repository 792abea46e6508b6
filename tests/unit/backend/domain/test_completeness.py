"""Completeness of a day: against a regulator who keeps every record by its name."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.completeness import Completeness, SubmittedRun, completeness_of
from backend.domain.submissions import RecordCounts, SubmissionHold, SubmissionKind, SubmissionState

S = SubmissionState
ORIGINAL = SubmittedRun(
    SubmissionKind.ORIGINAL, S.ACCEPTED, SubmissionHold.NONE, "ACPT", RecordCounts(accepted=10), to_report=12
)


def test_what_is_not_sent_is_expected_and_not_reported() -> None:
    waiting = replace(ORIGINAL, state=S.PREPARED, file_status=None, counts=RecordCounts(unconfirmed=10))
    assert completeness_of([waiting]) == Completeness(expected=12)
    assert completeness_of([waiting]).unreported == 12
    assert completeness_of([]) == Completeness()


def test_a_second_original_that_waits_counts_for_nothing_and_a_rejected_one_gives_way() -> None:
    second = replace(ORIGINAL, state=S.PREPARED, hold=SubmissionHold.DUPLICATE, file_status=None, to_report=99)
    assert completeness_of([ORIGINAL, second]) == Completeness(12, 10, 10)
    rejected = replace(ORIGINAL, state=S.REJECTED, file_status="RJCT", counts=RecordCounts(rejected=10))
    assert completeness_of([rejected, ORIGINAL]) == Completeness(12, 10, 10)
    assert completeness_of([rejected]) == Completeness(12, 10, rejected=10)


def test_a_file_that_could_not_be_read_has_told_nothing() -> None:
    lost = replace(ORIGINAL, state=S.REJECTED, file_status="CRPT", counts=RecordCounts(unconfirmed=10))
    assert completeness_of([lost]) == Completeness(expected=12)


@given(
    st.lists(st.booleans(), min_size=1, max_size=12),
    st.integers(0, 5),
    st.data(),
)
def test_no_record_is_counted_twice_over_corrections_and_cancellations(
    verdicts: list[bool], set_aside: int, data: st.DataObject
) -> None:
    """The oracle keeps each record by its name: those the regulator has heard of, and those that stand with it."""
    told = set(range(len(verdicts)))
    standing = {name for name, is_accepted in enumerate(verdicts) if is_accepted}
    rejected = told - standing
    original = replace(
        ORIGINAL,
        state=S.PARTIALLY_ACCEPTED,
        file_status="PART",
        counts=RecordCounts(accepted=len(standing), rejected=len(rejected)),
        to_report=len(verdicts) + set_aside,
    )
    again = set(data.draw(st.lists(st.sampled_from(sorted(rejected)), unique=True))) if rejected else set()
    added = data.draw(st.integers(0, set_aside))
    changed = set(data.draw(st.lists(st.sampled_from(sorted(standing)), unique=True))) if standing else set()
    void = set(data.draw(st.lists(st.sampled_from(sorted(changed)), unique=True))) if changed else set()
    replaced = changed - void
    correction = SubmittedRun(
        SubmissionKind.CORRECTION,
        S.ACCEPTED,
        SubmissionHold.NONE,
        "ACPT",
        RecordCounts(accepted=len(again) + added + len(void) + 2 * len(replaced)),
        added=added,
        cancellations=len(void) + len(replaced),
        replacing=len(replaced),
    )
    # Those that were never in a file before have numbers of their own.
    new = set(range(len(verdicts), len(verdicts) + added))
    told = (told - void) | new
    standing = (standing - void) | again | new
    found = completeness_of([replace(original, settled=len(again)), correction])
    assert found.expected == len(verdicts) + set_aside
    assert found.reported == len(told)
    assert found.accepted == len(standing)
    assert found.rejected == len(rejected - again)
