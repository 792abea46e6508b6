"""Whoever can replace a certificate hears of its end a month and a week before, once each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.webhook_certificates import ending

ENDS = datetime(2027, 3, 1, 12, tzinfo=UTC)
OWN = {"subject": "CN=us", "expires_at": ENDS.isoformat(), "sha256": "aa"}
HOUSE = {"subject": "CN=House", "expires_at": (ENDS + timedelta(days=100)).isoformat(), "sha256": "bb"}
ACCESS = {"client_certificate": OWN, "ca_certificates": [HOUSE], "header_names": ["X-Key"]}


def test_over_a_year_each_certificate_is_told_of_twice_and_never_early() -> None:
    told: dict[str, int] = {}
    heard = []
    for hour in range(0, 400 * 24, 5):
        at = ENDS - timedelta(days=200) + timedelta(hours=hour)
        due, told = ending(ACCESS, told, at)
        heard += [(one.sha256, one.days_before, one.expires_at - at) for one in due]
    assert [(sha256, days) for sha256, days, _ in heard] == [("aa", 30), ("aa", 7), ("bb", 30), ("bb", 7)]
    for _, days, left in heard:
        assert timedelta(days=days, hours=-5) < left <= timedelta(days=days)


@pytest.mark.parametrize("left", [timedelta(days=6), timedelta(0), timedelta(days=-3)])
def test_one_that_comes_late_is_told_of_once(left: timedelta) -> None:
    due, told = ending(ACCESS, {}, ENDS - left)
    assert [(one.sha256, one.days_before, one.is_own) for one in due] == [("aa", 7, True)]
    assert ending(ACCESS, told, ENDS + timedelta(days=1))[0] == []


def test_the_one_that_took_its_place_is_told_of_anew_and_the_old_one_forgotten() -> None:
    _, told = ending(ACCESS, {}, ENDS - timedelta(days=1))
    renewed = {**OWN, "sha256": "cc", "expires_at": (ENDS + timedelta(days=20)).isoformat()}
    due, told = ending({"client_certificate": renewed}, told, ENDS)
    assert ([one.sha256 for one in due], told) == (["cc"], {"cc": 30})


def test_one_that_stands_in_both_places_is_one() -> None:
    due, told = ending({"client_certificate": OWN, "ca_certificates": [OWN, OWN]}, {}, ENDS - timedelta(days=20))
    assert ([one.is_own for one in due], told) == ([True], {"aa": 30})


def test_nothing_is_stored_and_nobody_is_told() -> None:
    assert ending({}, {"aa": 30}, ENDS) == ([], {})
