"""What a refresh token presented now means, over every combination that matters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.sessions import GRACE, LONGEST_SESSION, Presented, Renewal, SessionTimes, expiry, renewal

RENEWED = datetime(2026, 11, 26, 12, tzinfo=UTC)
LATER = RENEWED + timedelta(minutes=14)
CURRENT = Presented(is_family=True, is_current=True, is_previous=False)
PREVIOUS = Presented(is_family=True, is_current=False, is_previous=True)
FORMER = Presented(is_family=True, is_current=False, is_previous=False)
FORGED = Presented(is_family=False, is_current=False, is_previous=False)


def times(*, ended: bool = False) -> SessionTimes:
    return SessionTimes(RENEWED, RENEWED + timedelta(days=7), RENEWED if ended else None, timedelta(minutes=45))


@pytest.mark.parametrize(
    ("presented", "now", "meaning"),
    [
        (CURRENT, LATER, Renewal.ROTATE),
        (CURRENT, RENEWED + GRACE, Renewal.REPEAT),
        (PREVIOUS, RENEWED + GRACE, Renewal.REPEAT),
        (PREVIOUS, RENEWED + GRACE + timedelta(milliseconds=1), Renewal.STOLEN),
        (FORMER, RENEWED, Renewal.STOLEN),
        (FORMER, LATER, Renewal.STOLEN),
        (FORGED, RENEWED, Renewal.REFUSED),
        (FORGED, LATER, Renewal.REFUSED),
        (CURRENT, RENEWED + timedelta(minutes=46), Renewal.IDLE),
        (FORMER, RENEWED + timedelta(minutes=46), Renewal.STOLEN),
        (CURRENT, RENEWED + timedelta(days=7), Renewal.REFUSED),
        (FORMER, RENEWED + timedelta(days=7), Renewal.REFUSED),
    ],
)
def test_a_token_means(presented: Presented, now: datetime, meaning: Renewal) -> None:
    assert renewal(presented, times(), now) is meaning


@pytest.mark.parametrize("presented", [CURRENT, PREVIOUS, FORMER, FORGED])
def test_nothing_revives_a_session_that_ended(presented: Presented) -> None:
    assert renewal(presented, times(ended=True), RENEWED) is Renewal.REFUSED


def test_renewing_prolongs_a_session_but_not_for_ever() -> None:
    week = timedelta(days=7)
    assert expiry(RENEWED, LATER, week) == LATER + week
    assert expiry(RENEWED, RENEWED + timedelta(days=29), week) == RENEWED + LONGEST_SESSION
