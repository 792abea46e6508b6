"""Notices: who can act, and when a mail is due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backend.domain.notices import ACTED_ON_WITH, Digest, NoticeKind, NoticePreferences, next_hour

AT = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)


def test_every_kind_has_somebody_who_can_act() -> None:
    assert set(ACTED_ON_WITH) == set(NoticeKind)


def test_without_a_choice_everything_is_told_at_once() -> None:
    for kind in NoticeKind:
        assert NoticePreferences().is_shown(kind)
        assert NoticePreferences().mail_due_at(kind, AT, "UTC") == AT


def test_what_is_muted_is_not_told_that_way() -> None:
    chosen = NoticePreferences(frozenset({NoticeKind.RUN_HELD}), frozenset({NoticeKind.RUN_FAILED}))
    assert not chosen.is_shown(NoticeKind.RUN_HELD)
    assert chosen.is_shown(NoticeKind.RUN_FAILED)
    assert chosen.mail_due_at(NoticeKind.RUN_FAILED, AT, "UTC") is None
    assert chosen.mail_due_at(NoticeKind.RUN_HELD, AT, "UTC") == AT


def test_a_digest_waits_for_its_hour_in_the_zone_of_the_tenant() -> None:
    chosen = NoticePreferences(digest=Digest.DAILY, digest_hour=8)
    due = chosen.mail_due_at(NoticeKind.RUN_FAILED, AT, "Europe/Berlin")
    # The clocks go forward in the night between: eight o'clock is six in UTC then.
    assert due == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "hour", "zone", "due"),
    [
        ("2026-06-01T05:59:59+00:00", 8, "Europe/Berlin", "2026-06-01T06:00:00+00:00"),
        ("2026-06-01T06:00:00+00:00", 8, "Europe/Berlin", "2026-06-02T06:00:00+00:00"),
        ("2026-06-01T23:30:00+00:00", 0, "UTC", "2026-06-02T00:00:00+00:00"),
        ("2026-06-01T00:00:00+00:00", 8, "Asia/Tokyo", "2026-06-01T23:00:00+00:00"),
        ("2026-12-31T23:59:00+00:00", 23, "America/New_York", "2027-01-01T04:00:00+00:00"),
    ],
)
def test_the_next_hour_of_a_zone(at: str, hour: int, zone: str, due: str) -> None:
    assert next_hour(datetime.fromisoformat(at), hour, zone) == datetime.fromisoformat(due)
