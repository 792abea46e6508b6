"""Submissions: which states follow each other, and what the counts of an answer make of one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.submissions import (
    RECORD_TRANSITIONS,
    TRANSITIONS,
    RecordCounts,
    RecordCountsContradictory,
    RecordState,
    SubmissionKind,
    SubmissionState,
    SubmissionTransitionRefused,
    check_counts,
    is_late,
    kind_of,
    record_state_in,
    settled_state,
    transition,
)

S = SubmissionState
#: Written down by hand: what may follow what, in the words of the field and not of the table that is tested.
FORWARD = {
    (S.PREPARED, S.APPROVED),
    (S.PREPARED, S.SENT),
    (S.PREPARED, S.WITHDRAWN),
    (S.APPROVED, S.SENT),
    (S.APPROVED, S.WITHDRAWN),
    (S.REJECTED, S.SENT),
}
VERDICTS = (S.ACKNOWLEDGED, S.ACCEPTED, S.PARTIALLY_ACCEPTED, S.REJECTED)
AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
COUNTS = st.builds(RecordCounts, *(st.integers(0, 30),) * 4)
STATUSES = st.sampled_from(["ACPT", "PART", "RCVD", "RJCT", "RMDR", "WARN", "INCF", "CRPT", "ACTC", "NAUT", ""])


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_a_pair_of_states_follows_each_other_as_the_field_has_it(before: S, after: S) -> None:
    is_verdict = before in {S.SENT, *VERDICTS} and after in VERDICTS and before != after
    is_correction = before in {S.PARTIALLY_ACCEPTED, S.REJECTED} and after is S.CORRECTED
    is_doubt = before is S.CORRECTED and after in VERDICTS
    if (before, after) in FORWARD or is_verdict or is_correction or is_doubt:
        assert transition(before, after) is after
    else:
        with pytest.raises(SubmissionTransitionRefused):
            transition(before, after)


def test_nothing_comes_back_once_it_was_withdrawn_and_nothing_sent_is_withdrawn() -> None:
    assert not TRANSITIONS[S.WITHDRAWN]
    assert [one for one in S if S.WITHDRAWN in TRANSITIONS[one]] == [S.PREPARED, S.APPROVED]


def test_every_record_state_has_its_way_and_a_pending_record_is_never_final() -> None:
    assert set(RECORD_TRANSITIONS) == set(RecordState)
    assert RECORD_TRANSITIONS[RecordState.PENDING] == {RecordState.ACCEPTED, RecordState.REJECTED}
    assert not RECORD_TRANSITIONS[RecordState.CANCELLED]


@given(COUNTS, STATUSES, st.integers(0, 40))
def test_a_state_follows_from_the_counts_alone(counts: RecordCounts, status: str, corrected: int) -> None:
    """Said by cases that exclude each other, each of them checked against the words of the definition."""
    state = settled_state(counts, status, corrected)
    assert state in {*VERDICTS, S.CORRECTED}
    if status in {"INCF", "CRPT"}:
        assert state is S.REJECTED
    elif counts.total == 0:
        expected = {"ACPT": S.ACCEPTED, "WARN": S.ACCEPTED, "RJCT": S.REJECTED}
        assert state is expected.get(status, S.ACKNOWLEDGED)
    else:
        is_final = counts.accepted + counts.rejected == counts.total
        assert (state is S.ACKNOWLEDGED) is not is_final
        assert (state is S.ACCEPTED) is (counts.accepted == counts.total)
        if state is S.CORRECTED:
            assert 0 < counts.rejected <= corrected
        if state in {S.REJECTED, S.PARTIALLY_ACCEPTED}:
            assert corrected < counts.rejected
            assert (state is S.REJECTED) is (counts.accepted == 0)


@given(st.lists(st.tuples(COUNTS, STATUSES, st.integers(0, 40)), max_size=12))
def test_any_sequence_of_answers_is_a_way_through_the_table(
    answers: list[tuple[RecordCounts, str, int]],
) -> None:
    """Corrected is only reached over a rejection; every other verdict may follow any other."""
    state = S.SENT
    for counts, status, corrected in answers:
        first = settled_state(counts, status)
        if first is not state and not (state is S.CORRECTED and first in {S.REJECTED, S.PARTIALLY_ACCEPTED}):
            state = transition(state, first)
        after = settled_state(counts, status, corrected)
        if after is not state:
            state = transition(state, after)


@given(COUNTS, st.integers(-3, 3))
def test_counts_that_do_not_add_up_are_refused(counts: RecordCounts, off: int) -> None:
    if off == 0:
        check_counts(counts, counts.total)
    else:
        with pytest.raises(RecordCountsContradictory) as refused:
            check_counts(counts, counts.total + off)
        assert refused.value.extra == {"records": counts.total + off, "counted": counts.total}


def test_a_negative_count_that_another_makes_up_for_is_refused() -> None:
    with pytest.raises(RecordCountsContradictory):
        check_counts(RecordCounts(accepted=12, rejected=-2), 10)


@pytest.mark.parametrize(
    ("state", "status", "record"),
    [
        (S.PREPARED, None, RecordState.VALIDATED),
        (S.APPROVED, None, RecordState.QUEUED),
        (S.SENT, None, RecordState.SENT),
        (S.ACKNOWLEDGED, "RCVD", RecordState.FILE_ACCEPTED),
        (S.ACCEPTED, "ACPT", RecordState.ACCEPTED),
        (S.PARTIALLY_ACCEPTED, "PART", RecordState.ACCEPTED),
        (S.REJECTED, "RJCT", RecordState.REJECTED),
        # The regulator knows nothing of the records of a file that it could not read.
        (S.REJECTED, "CRPT", RecordState.QUEUED),
        (S.WITHDRAWN, None, RecordState.EXCLUDED),
    ],
)
def test_a_record_without_an_advice_is_what_the_file_says(state: S, status: str | None, record: RecordState) -> None:
    assert record_state_in(state, status) is record


@pytest.mark.parametrize(
    ("is_supplemental", "records", "cancellations", "kind"),
    [
        (False, 5, 0, SubmissionKind.ORIGINAL),
        (False, 0, 0, SubmissionKind.ORIGINAL),
        (True, 5, 2, SubmissionKind.CORRECTION),
        (True, 5, 0, SubmissionKind.CORRECTION),
        (True, 0, 0, SubmissionKind.CORRECTION),
        (True, 5, 5, SubmissionKind.CANCELLATION),
    ],
)
def test_the_kind_follows_from_the_run(
    is_supplemental: bool, records: int, cancellations: int, kind: SubmissionKind
) -> None:
    assert kind_of(is_supplemental=is_supplemental, records=records, cancellations=cancellations) is kind


def test_late_is_after_the_due_time_and_not_at_it() -> None:
    second = timedelta(seconds=1)
    assert not is_late(None, None, AT)
    assert not is_late(AT, AT, AT + second)
    assert is_late(AT, AT + second, AT + second)
    assert is_late(AT, None, AT + second)
    assert not is_late(AT, None, AT)
