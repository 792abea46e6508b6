"""Due times against an oracle that shares nothing with them: numpy counts days, a clock is watched minute by minute."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import pytest

from backend.domain.calendars import WorkCalendar
from backend.domain.deadlines import (
    OBLIGATION_TRANSITIONS,
    DeadlineRule,
    ObligationState,
    working_day_after,
    working_days_between,
)
from backend.domain.schedules.faults import CalendarWithoutDays

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Athens",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Pacific/Apia",
    "Pacific/Chatham",
)
COUNTRIES = ("DE", "IE", "PT", "GR", "US", "BR", "AU", "MA", "IN", "NZ")
WEEKDAYS = WorkCalendar(frozenset())


def due(day: date, at: time, zone: str) -> datetime:
    """When something is due on the day itself, whatever day it is."""
    return DeadlineRule(0, at, zone).due_at(day, WorkCalendar(frozenset(), frozenset()))


def watched(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first minute at which a clock that is looked at every minute has reached the time of the day."""
    wanted = datetime.combine(day, at)
    minute = datetime.combine(day, time(), UTC) - timedelta(hours=38)
    while minute.astimezone(zone).replace(tzinfo=None) < wanted:
        minute += timedelta(minutes=1)
    return minute


@pytest.mark.parametrize("zone", ZONES)
def test_a_time_of_day_is_the_first_instant_at_which_a_clock_shows_it(zone: str) -> None:
    chosen = random.Random(zone)
    changes = [day for year in (2011, 2024, 2026) for day in _days_of_change(year, ZoneInfo(zone))]
    days = [day + timedelta(days=chosen.randint(-1, 1)) for day in changes] + [
        date(2026, 1, 1) + timedelta(days=chosen.randrange(365)) for _ in range(6)
    ]
    for day, at in itertools.product(days, (time(0, 30), time(2, 30), time(23, 59))):
        assert due(day, at, zone) == watched(day, at, ZoneInfo(zone)), (day, at)


def _days_of_change(year: int, zone: ZoneInfo) -> list[date]:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    noon = time(12, tzinfo=zone)
    return [
        day
        for day in days
        if datetime.combine(day, noon).utcoffset() != datetime.combine(day - timedelta(days=1), noon).utcoffset()
    ]


@pytest.mark.parametrize("country", COUNTRIES)
def test_working_days_are_those_that_numpy_counts(country: str) -> None:
    closed = sorted(holidays.country_holidays(country, years=range(2019, 2031)))
    calendar = WorkCalendar(frozenset(closed))
    weeks = np.busdaycalendar(holidays=closed)
    for number in range(0, 3650, 7):
        day = date(2020, 1, 1) + timedelta(days=number + number % 5)
        count = number % 11
        counted = np.busday_offset(day, 0, roll="backward" if count else "forward", busdaycal=weeks)
        expected = np.busday_offset(counted, count, busdaycal=weeks).astype(date)
        assert working_day_after(day, count, calendar) == expected, (day, count)


def test_a_deadline_is_that_of_the_country_and_not_of_target() -> None:
    # On 6 January people work in Germany (as a whole), not in Athens; TARGET is open in both.
    greece = WorkCalendar(frozenset(holidays.country_holidays("GR", years=2027)))
    rule = DeadlineRule(1, time(23, 59), "Europe/Athens")
    assert rule.due_at(date(2027, 1, 5), greece) == datetime(2027, 1, 7, 21, 59, tzinfo=UTC)
    assert rule.due_at(date(2027, 1, 5), WEEKDAYS) == datetime(2027, 1, 6, 21, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "zone", "instant"),
    [
        # Skipped: clocks go from 01:59 to 03:00 at 01:00 UTC.
        (date(2026, 3, 29), time(2, 30), "Europe/Berlin", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        # Twice: the first is in summer time.
        (date(2026, 10, 25), time(2, 30), "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(23, 59), "Europe/Berlin", datetime(2026, 10, 25, 22, 59, tzinfo=UTC)),
        # The day did not exist in Samoa.
        (date(2011, 12, 30), time(12, 0), "Pacific/Apia", datetime(2011, 12, 30, 10, 0, tzinfo=UTC)),
    ],
)
def test_a_time_that_clocks_skip_or_show_twice(day: date, at: time, zone: str, instant: datetime) -> None:
    assert due(day, at, zone) == instant


def test_reporting_dates_are_the_days_on_which_people_work() -> None:
    calendar = WorkCalendar(frozenset({date(2026, 12, 25)}))
    assert list(working_days_between(date(2026, 12, 24), date(2026, 12, 29), calendar)) == [
        date(2026, 12, 24),
        date(2026, 12, 28),
        date(2026, 12, 29),
    ]


def test_a_calendar_on_which_nobody_ever_works_is_refused() -> None:
    with pytest.raises(CalendarWithoutDays):
        DeadlineRule(1, time(18), "UTC").due_at(date(2026, 1, 1), WorkCalendar(frozenset(), frozenset(range(7))))


def test_what_was_met_stays_met() -> None:
    assert set(OBLIGATION_TRANSITIONS) == set(ObligationState)
    assert not OBLIGATION_TRANSITIONS[ObligationState.MET]
    assert ObligationState.MET not in OBLIGATION_TRANSITIONS[ObligationState.BREACHED]
    assert all(state not in following for state, following in OBLIGATION_TRANSITIONS.items())
