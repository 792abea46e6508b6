"""Fires of every cadence against another reckoning: clocks that are walked, days by dateutil and numpy."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import pytest
from dateutil import rrule

from backend.domain.schedules.definition import ScheduleDefinition
from backend.domain.schedules.occurrences import occurrences
from backend.services.schedule_calendars import national

DAY = timedelta(days=1)
QUARTER_OF_AN_HOUR = timedelta(minutes=15)
FIRST_YEAR = 2020
#: Zones with their national calendars: northern and southern summers, half hours, Ramadan, and none at all.
ZONES = {
    "Europe/Berlin": "DE",
    "America/Santiago": "CL",
    "Australia/Lord_Howe": "AU",
    "Africa/Casablanca": "MA",
    "Europe/London": "GB",
    "Europe/Paris": "FR",
    "Europe/Dublin": "IE",
    "Europe/Zurich": "CH",
    "Europe/Warsaw": "PL",
    "Europe/Istanbul": "TR",
    "America/New_York": "US",
    "America/Toronto": "CA",
    "America/Sao_Paulo": "BR",
    "Asia/Tokyo": "JP",
    "Asia/Kolkata": "IN",
    "Asia/Singapore": "SG",
    "Asia/Hong_Kong": "HK",
    "Australia/Sydney": "AU",
    "Pacific/Auckland": "NZ",
    "Africa/Cairo": "EG",
}
CLOSED = ("run", "skip", "next", "previous")
CRONS = ("30 2 * * *", "*/15 1-3 * * 0", "0 7 1,15 * *", "45 23 31 12 *")


@dataclass(frozen=True)
class Wall:
    """A clock on a wall, watched every quarter of an hour: when it has first shown a time, or a later one."""

    shown: Sequence[datetime]
    moments: Sequence[datetime]

    @classmethod
    def watched(cls, zone: str, first: datetime, last: datetime) -> Wall:
        shown: list[datetime] = []
        moments: list[datetime] = []
        moment, clock = first - 60 * DAY, ZoneInfo(zone)
        while moment < last + 60 * DAY:
            now = moment.astimezone(clock).replace(tzinfo=None)
            if not shown or now > shown[-1]:
                shown.append(now)
                moments.append(moment)
            moment += QUARTER_OF_AN_HOUR
        return cls(shown, moments)

    def at(self, local: datetime) -> datetime:
        return self.moments[bisect_left(self.shown, local)]


class Country:
    """Days on which a country works."""

    def __init__(self, code: str, years: Iterable[int]) -> None:
        found = holidays.country_holidays(code, years=list(years))
        week = [day not in found.weekend for day in range(7)]
        self._calendar = np.busdaycalendar(weekmask=week, holidays=[np.datetime64(day) for day in found])

    def works(self, day: date) -> bool:
        return bool(np.is_busday(np.datetime64(day), busdaycal=self._calendar))

    def moved(self, day: date, rule: str) -> date | None:
        """The day on which something fires that is named for a day."""
        if rule == "run" or self.works(day):
            return day
        if rule == "skip":
            return None
        roll = "forward" if rule == "next" else "backward"
        found: date = np.busday_offset(np.datetime64(day), 0, roll=roll, busdaycal=self._calendar).astype(object)
        return found

    def nth(self, year: int, month: int, months: int, nth: int) -> date | None:
        """The nth working day of a period, or None."""
        begin = np.datetime64(f"{year:04}-{month:02}-01")
        end = (np.datetime64(f"{year:04}-{month:02}") + months).astype("datetime64[D]")
        days = np.arange(begin, end)
        working = days[np.is_busday(days, busdaycal=self._calendar)]
        place = nth - 1 if nth > 0 else len(working) + nth
        return working[place].astype(object) if 0 <= place < len(working) else None


def days_of(cadence: Mapping[str, Any], country: Country, first: date, last: date) -> Iterator[date]:
    """The days that a calendar cadence names."""
    start = {"dtstart": datetime.combine(first, time()), "until": datetime.combine(last, time())}
    kind = cadence["kind"]
    if kind == "working_day":
        months = 3 if cadence["of"] == "quarter" else 1
        for year in range(first.year, last.year + 1):
            for month in range(1, 13, months):
                day = country.nth(year, month, months, cadence["nth"])
                if day is not None and first <= day <= last:
                    yield day
        return
    if kind == "daily":
        rule = rrule.rrule(rrule.DAILY, **start)
    elif kind == "weekly":
        rule = rrule.rrule(rrule.DAILY, byweekday=cadence["days_of_week"], **start)
    else:
        months = {
            "monthly": range(1, 13),
            "quarterly": range(cadence.get("month_of_quarter", 1), 13, 3),
            "yearly": [cadence.get("month", 1)],
        }[kind]
        named = 31 if cadence["day"] == "last" else cadence["day"]
        # The last of the days up to the one that is named: where the month is shorter, its last.
        rule = rrule.rrule(
            rrule.MONTHLY, bymonth=list(months), bymonthday=list(range(1, named + 1)), bysetpos=-1, **start
        )
    for one in rule:
        yield one.date()


def nominal_times(cadence: Mapping[str, Any], country: Country, first: date, last: date) -> Iterator[datetime]:
    """The local times that a cadence names."""
    if cadence["kind"] == "cron":
        minute = datetime.combine(first, time())
        fields = cadence["expression"].split()
        while minute.date() <= last:
            if _fits(fields, minute):
                yield minute
            minute += QUARTER_OF_AN_HOUR
        return
    for day in days_of(cadence, country, first, last):
        for text in cadence["times"]:
            yield datetime.combine(day, time.fromisoformat(text))


def _fits(fields: Sequence[str], now: datetime) -> bool:
    return all(
        value in _values(field, least, most)
        for field, value, least, most in zip(
            fields,
            (now.minute, now.hour, now.day, now.month, now.isoweekday() % 7),
            (0, 0, 1, 1, 0),
            (59, 23, 31, 12, 6),
            strict=True,
        )
    )


def _values(field: str, least: int, most: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        body, _, step = part.partition("/")
        low, _, high = body.partition("-")
        first = least if body == "*" else int(low)
        last = most if body == "*" else int(high or low)
        found |= set(range(first, last + 1, int(step or 1)))
    return found


def drawn(chance: random.Random) -> dict[str, Any]:
    """Any cadence."""
    times = sorted({f"{chance.randrange(24):02}:{chance.choice((0, 15, 30, 45)):02}" for _ in range(2)} | {"02:30"})
    day = chance.choice((1, 15, 29, 30, 31, "last"))
    return chance.choice(
        (
            {"kind": "cron", "expression": chance.choice(CRONS)},
            {"kind": "daily", "times": times},
            {"kind": "weekly", "times": times, "days_of_week": sorted(chance.sample(range(7), 3))},
            {"kind": "monthly", "times": times, "day": day},
            {"kind": "quarterly", "times": times, "day": day, "month_of_quarter": chance.randint(1, 3)},
            {"kind": "yearly", "times": times, "day": day, "month": chance.randint(1, 12)},
            {
                "kind": "working_day",
                "times": times,
                "nth": chance.choice((1, 3, -1, -2, 21)),
                "of": chance.choice(("month", "quarter")),
            },
        )
    )


def compared(zone: str, code: str, years: int, schedules: int) -> int:
    """Compare so many schedules over so many years; how many fires agreed."""
    chance = random.Random(zone)
    first = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    last = datetime(FIRST_YEAR + years, 1, 1, tzinfo=UTC)
    wall, agreed = Wall.watched(zone, first, last), 0
    country, calendar = Country(code, range(FIRST_YEAR - 1, FIRST_YEAR + years + 1)), national(code)
    assert calendar is not None
    for _ in range(schedules):
        cadence, rule = drawn(chance), chance.choice(CLOSED)
        blackout = date(FIRST_YEAR, chance.randint(1, 12), 10)
        if cadence["kind"] == "working_day":
            rule = "run"
        definition = ScheduleDefinition.model_validate(
            {
                "cadence": cadence,
                "zone": zone,
                "calendar": code,
                "on_closed": rule,
                "blackouts": [{"first": blackout.isoformat(), "last": (blackout + 9 * DAY).isoformat()}],
            }
        )
        wanted = set()
        for nominal in nominal_times(cadence, country, (first - 40 * DAY).date(), (last + 40 * DAY).date()):
            day = country.moved(nominal.date(), rule)
            if day is None or blackout <= day <= blackout + 9 * DAY:
                continue
            moment = wall.at(datetime.combine(day, nominal.time()))
            if first < moment < last:
                wanted.add(moment)
        found = []
        for one in occurrences(definition, calendar, first):
            if one.at >= last:
                break
            if one.fires:
                found.append(one.at)
        assert found == sorted(wanted), definition.model_dump_json()
        agreed += len(found)
    return agreed


@pytest.mark.parametrize("zone", list(ZONES)[:4])
def test_fires_are_those_of_another_reckoning(zone: str) -> None:
    assert compared(zone, ZONES[zone], years=2, schedules=7) > 0


@pytest.mark.long
# The package says that it does not know all years of some countries; those compared here it knows.
@pytest.mark.filterwarnings("ignore:Requested Holidays are available only:UserWarning")
@pytest.mark.parametrize("zone", ZONES)
def test_fires_of_ten_years_are_those_of_another_reckoning(zone: str) -> None:
    assert compared(zone, ZONES[zone], years=10, schedules=28) > 1000
