"""Fire times of a schedule in order, and why times in between are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby, islice
from typing import Final
from zoneinfo import ZoneInfo

from backend.domain.calendars import WorkCalendar
from backend.domain.schedules.cadence import WorkingDayCadence
from backend.domain.schedules.definition import SEARCHED_DAYS, ClosedDay, ScheduleDefinition
from backend.domain.schedules.faults import CalendarWithoutDays, ScheduleNeverFires
from backend.domain.schedules.local_time import local_of, moment_of, zone_of

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
#: A clock that crosses the date line jumps over a whole day.
_LONGEST_JUMP: Final = timedelta(hours=26)
#: A schedule that does not fire within so many days never does: 29 February of a century that has none included.
HORIZON: Final = timedelta(days=12 * 366)
#: Times without a fire that are looked at before a schedule counts as one that never fires.
MAX_BARREN: Final = 50_000
#: Skips that are told between two fires.
MAX_SKIPS: Final = 200


class SkipReason(StrEnum):
    """Why something does not fire."""

    CLOSED_DAY = "closed_day"
    BLACKOUT = "blackout"
    MERGED = "merged"
    NO_WORKING_DAY = "no_working_day"


class FireNote(StrEnum):
    """Why something fires at another time than the cadence says."""

    MOVED = "moved"
    CLOCK_CHANGE = "clock_change"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A time that the cadence names, and what is made of it: a fire, or a skip with its reason.

    ``at`` is the moment of the fire, or what it would have been; ``nominal`` the local time that the cadence says.
    """

    at: datetime
    nominal: datetime
    day: date
    skip: SkipReason | None = None
    detail: str = ""
    note: FireNote | None = None

    @property
    def fires(self) -> bool:
        """Whether it is a fire."""
        return self.skip is None


@dataclass(frozen=True, slots=True)
class PreviewedFire:
    """A fire to come, with what is skipped between it and the one before."""

    fire: Occurrence
    reporting_date: date
    skips: tuple[Occurrence, ...]
    skipped: int


def occurrences(definition: ScheduleDefinition, calendar: WorkCalendar, after: datetime) -> Iterator[Occurrence]:
    """Everything after a moment, fires in order of time; each moment fires once. It may be without end."""
    last: datetime | None = None
    for one in _judged(definition, calendar, after):
        if one.at <= after:
            continue
        if not one.fires:
            yield one
        elif last is not None and one.at <= last:
            yield replace(one, skip=SkipReason.MERGED)
        else:
            last = one.at
            yield one


def fires(definition: ScheduleDefinition, calendar: WorkCalendar, after: datetime) -> Iterator[Occurrence]:
    """Fires after a moment, within the horizon."""
    return (one for one in bounded(definition, calendar, after) if one.fires)


def bounded(definition: ScheduleDefinition, calendar: WorkCalendar, after: datetime) -> Iterator[Occurrence]:
    """Everything after a moment, until nothing has fired for too long."""
    barren, until = 0, after + HORIZON
    for one in occurrences(definition, calendar, after):
        if one.fires:
            barren, until = 0, one.at + HORIZON
        else:
            barren += 1
        if barren > MAX_BARREN or one.at > until:
            return
        yield one


def next_fire(definition: ScheduleDefinition, calendar: WorkCalendar, after: datetime) -> Occurrence | None:
    """The first fire after a moment, None if there is none within the horizon."""
    return next(fires(definition, calendar, after), None)


def preview(
    definition: ScheduleDefinition, calendar: WorkCalendar, after: datetime, wanted: int
) -> tuple[PreviewedFire, ...]:
    """The next fires, each with the reasons of the skips before it."""

    def ahead() -> Iterator[PreviewedFire]:
        skips: list[Occurrence] = []
        for one in bounded(definition, calendar, after):
            if one.fires:
                reported = definition.reporting_date_of(one.day, calendar)
                yield PreviewedFire(one, reported, tuple(skips[:MAX_SKIPS]), len(skips))
                skips = []
            else:
                skips.append(one)

    return tuple(islice(ahead(), wanted))


def check_fires(definition: ScheduleDefinition, calendar: WorkCalendar, after: datetime) -> Occurrence:
    """The first fire after a moment. Raises CalendarWithoutDays, ScheduleNeverFires."""
    day = local_of(after, zone_of(definition.zone)).date()
    if not any(calendar.is_open(day + n * _DAY) for n in range(SEARCHED_DAYS)):
        raise CalendarWithoutDays(
            f"{definition.calendar or 'The calendar'} has no working day between {day} and "
            f"{day + SEARCHED_DAYS * _DAY}.",
            fix="Choose another calendar, or take days off out of this one.",
        )
    found = next_fire(definition, calendar, after)
    if found is None:
        skipped = next((one for one in bounded(definition, calendar, after)), None)
        because = f" What it names is skipped: {skipped.skip}." if skipped is not None else ""
        raise ScheduleNeverFires(
            f"Nothing fires in the twelve years from {day} on.{because}",
            fix="Change the cadence, the blackouts or what happens on closed days.",
        )
    return found


def _judged(definition: ScheduleDefinition, calendar: WorkCalendar, after: datetime) -> Iterator[Occurrence]:
    """What the cadence names, moved off closed days and judged, in order of the days on which it would fire."""
    zone, cadence = zone_of(definition.zone), definition.cadence
    is_free = definition.calendar is None or isinstance(cadence, WorkingDayCadence)
    on_closed = ClosedDay.RUN if is_free else definition.on_closed
    start = _start(after, zone)
    if on_closed is ClosedDay.NEXT:
        start = datetime.combine(_first_of_closed(start.date(), calendar), time()) - _MINUTE
    judge = _Judge(definition, calendar, on_closed, zone)
    found = (judge.judge(nominal) for nominal in cadence.nominal(start, calendar))
    if on_closed in {ClosedDay.NEXT, ClosedDay.PREVIOUS}:
        for _, group in groupby(found, key=_day):
            yield from sorted(group, key=_in_time)
    else:
        yield from found


@dataclass(frozen=True, slots=True)
class _Judge:
    definition: ScheduleDefinition
    calendar: WorkCalendar
    on_closed: ClosedDay
    zone: ZoneInfo

    def judge(self, nominal: datetime) -> Occurrence:
        """What becomes of a local time."""
        named = nominal.date()
        day, skip, detail = self._target(named)
        if skip is None and (blackout := self.definition.blackout_of(day)) is not None:
            skip, detail = SkipReason.BLACKOUT, blackout.reason
        local = nominal if day == named else datetime.combine(day, nominal.time())
        at = moment_of(local, self.zone)
        note = FireNote.MOVED if day != named else None
        if note is None and local_of(at, self.zone) != local:
            note = FireNote.CLOCK_CHANGE
        return Occurrence(at, nominal, day, skip, detail, note)

    def _target(self, day: date) -> tuple[date, SkipReason | None, str]:
        """The day on which something fires that is named for a day."""
        if self.on_closed is ClosedDay.RUN or self.calendar.is_open(day):
            return day, None, ""
        if self.on_closed is ClosedDay.SKIP:
            return day, SkipReason.CLOSED_DAY, ""
        step = _DAY if self.on_closed is ClosedDay.NEXT else -_DAY
        found = day
        for _ in range(SEARCHED_DAYS):
            found += step
            if self.calendar.is_open(found):
                return found, None, ""
        return day, SkipReason.NO_WORKING_DAY, ""


def _start(after: datetime, zone: ZoneInfo) -> datetime:
    """The local time after which anything may fire after a moment."""
    local = local_of(after, zone)
    earlier = after - _LONGEST_JUMP
    # What the clock jumped over fires behind the jump: after one, local times are looked at again.
    changed = earlier.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset()
    return local - _LONGEST_JUMP if changed else local


def _first_of_closed(day: date, calendar: WorkCalendar) -> date:
    """The first of the days without a working day before ``day``."""
    for _ in range(SEARCHED_DAYS):
        if calendar.is_open(day - _DAY):
            break
        day -= _DAY
    return day


def _day(one: Occurrence) -> date:
    return one.day


def _in_time(one: Occurrence) -> tuple[datetime, bool]:
    """By the moment; what is named for the day itself comes before what was moved there."""
    return one.at, one.note is FireNote.MOVED
