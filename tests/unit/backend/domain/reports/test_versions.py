"""The life of a report version, over all pairs of states."""

from __future__ import annotations

from itertools import product

import pytest

from backend.domain.reports.versions import ReportVersionState, VersionTransitionRefused, transition

ALLOWED = {
    ("draft", "in_review"),
    ("draft", "active"),
    ("draft", "archived"),
    ("in_review", "draft"),
    ("in_review", "active"),
    ("in_review", "approved"),
    ("approved", "draft"),
    ("approved", "active"),
    ("approved", "archived"),
    ("active", "archived"),
}


@pytest.mark.parametrize(("state", "to"), list(product(ReportVersionState, ReportVersionState)))
def test_a_version_changes_exactly_as_the_table_says(state: ReportVersionState, to: ReportVersionState) -> None:
    if (state.value, to.value) in ALLOWED:
        assert transition(state, to) is to
    else:
        with pytest.raises(VersionTransitionRefused):
            transition(state, to)
