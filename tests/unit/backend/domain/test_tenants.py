"""What an organisation may choose."""

from __future__ import annotations

import pytest

from backend.domain.tenants import (
    FourEyesFixed,
    FourEyesReasonMissing,
    TimeZoneUnknown,
    check_four_eyes,
    check_time_zone,
)


@pytest.mark.parametrize("name", ["Europe/Amsterdam", "UTC", "America/New_York"])
def test_a_time_zone_of_the_world_is_accepted(name: str) -> None:
    assert check_time_zone(name) == name


@pytest.mark.parametrize("name", ["", "Europe/Atlantis", "../../etc/passwd", "europe/amsterdam ", "GMT+25"])
def test_any_other_is_refused(name: str) -> None:
    with pytest.raises(TimeZoneUnknown):
        check_time_zone(name)


def test_four_eyes_can_always_be_switched_on() -> None:
    check_four_eyes(wanted=True, reason=None, is_production=True)
    check_four_eyes(wanted=True, reason=None, is_production=False)


def test_switching_four_eyes_off_needs_a_reason_and_another_place_than_production() -> None:
    check_four_eyes(wanted=False, reason="One person builds the pilot.", is_production=False)
    with pytest.raises(FourEyesFixed):
        check_four_eyes(wanted=False, reason="One person builds the pilot.", is_production=True)
    for reason in (None, "", "  "):
        with pytest.raises(FourEyesReasonMissing):
            check_four_eyes(wanted=False, reason=reason, is_production=False)
