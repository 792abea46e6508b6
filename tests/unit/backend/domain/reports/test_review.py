"""Review: who may approve, and from which day on an approved version runs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from backend.domain.reports.review import AuthorMayNotApprove, FourEyesRequired, ReviewPolicy
from backend.domain.reports.versions import TRANSITIONS, ReportVersionState

STRICT = ReviewPolicy(four_eyes=True, is_production=False, time_zone="UTC")
ALONE = ReviewPolicy(four_eyes=False, is_production=False, time_zone="UTC")


def test_an_author_may_not_approve_their_own_version() -> None:
    author, approver = uuid4(), uuid4()
    STRICT.check_approval({author}, approver)
    with pytest.raises(AuthorMayNotApprove):
        STRICT.check_approval({approver, author}, author)


def test_one_person_alone_may_do_both_only_outside_production() -> None:
    author = uuid4()
    ALONE.check_approval({author}, author)
    ALONE.check_activation()
    production = ReviewPolicy(four_eyes=False, is_production=True, time_zone="UTC")
    for policy in (STRICT, production):
        with pytest.raises(FourEyesRequired):
            policy.check_activation()
        with pytest.raises(AuthorMayNotApprove):
            policy.check_approval({author}, author)


@pytest.mark.parametrize(
    ("zone", "effective_from", "state"),
    [
        ("UTC", None, ReportVersionState.ACTIVE),
        ("UTC", date(2026, 11, 26), ReportVersionState.ACTIVE),
        ("UTC", date(2026, 11, 27), ReportVersionState.APPROVED),
        ("Asia/Tokyo", date(2026, 11, 27), ReportVersionState.ACTIVE),
        ("America/New_York", date(2026, 11, 27), ReportVersionState.APPROVED),
    ],
)
def test_a_day_begins_in_the_zone_of_the_tenant(
    zone: str, effective_from: date | None, state: ReportVersionState
) -> None:
    late = datetime(2026, 11, 26, 23, 0, tzinfo=UTC)
    policy = ReviewPolicy(four_eyes=True, is_production=True, time_zone=zone)
    assert policy.state_when_approved(effective_from, late) is state


def test_nothing_leaves_the_archive_and_everything_can_reach_it() -> None:
    assert TRANSITIONS[ReportVersionState.ARCHIVED] == frozenset()
    reached = {ReportVersionState.DRAFT}
    while True:
        further = reached.union(*(TRANSITIONS[state] for state in reached))
        if further == reached:
            break
        reached = further
    assert reached == set(ReportVersionState)
