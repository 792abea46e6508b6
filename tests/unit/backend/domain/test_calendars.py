"""Calendars: what makes them, and which days they come to."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from backend.domain.calendars import CalendarDefinition, OwnDay, WorkCalendar, named_days, work_calendar

CHRISTMAS, NEW_YEAR = date(2026, 12, 25), date(2026, 1, 1)
NATIONAL = {NEW_YEAR: "New Year", CHRISTMAS: "Christmas"}


def test_own_days_are_added_to_the_national_ones_and_others_taken_out() -> None:
    definition = CalendarDefinition(
        based_on="DE", added=(OwnDay(date=date(2026, 6, 1), name="Summer party"),), removed=(NEW_YEAR,)
    )
    assert named_days(definition, NATIONAL) == {CHRISTMAS: "Christmas", date(2026, 6, 1): "Summer party"}


def test_nobody_works_at_the_weekend_of_the_calendar() -> None:
    calendar = work_calendar(CalendarDefinition(weekend=(4, 5)), NATIONAL)
    friday, sunday = date(2026, 11, 27), date(2026, 11, 29)
    assert (calendar.is_open(friday), calendar.is_open(sunday), calendar.is_open(CHRISTMAS)) == (False, True, False)


def test_calendars_of_the_same_days_have_the_same_hash() -> None:
    one, other = WorkCalendar(frozenset({NEW_YEAR, CHRISTMAS})), WorkCalendar(frozenset({CHRISTMAS, NEW_YEAR}))
    assert one.sha256 == other.sha256
    assert one.sha256 != WorkCalendar(one.closed, frozenset({4, 5})).sha256


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        ({"added": [{"date": "2026-01-01"}, {"date": "2026-01-01"}]}, "added twice"),
        ({"removed": ["2026-01-01", "2026-01-01"]}, "removed twice"),
        ({"added": [{"date": "2026-01-01"}], "removed": ["2026-01-01"]}, "both added and removed"),
        ({"weekend": [5, 5]}, "in the weekend twice"),
        ({"weekend": [7]}, "less than 7"),
        ({"weekend": [0, 1, 2, 3]}, "at most 3"),
        ({"based_on": "../etc"}, "pattern"),
    ],
)
def test_what_contradicts_itself_is_no_definition(definition: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        CalendarDefinition.model_validate(definition)
