"""What is decided about fire times that have come: started, made up for, missed or skipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from backend.domain.calendars import WorkCalendar
from backend.domain.schedules.definition import MissedRule, ScheduleDefinition
from backend.domain.schedules.occurrences import Occurrence, SkipReason, bounded

#: Decisions that one look writes down; of a scheduler that was away for long the newest are kept.
MAX_DECISIONS: Final = 500


class FireState(StrEnum):
    """What became of a fire time."""

    STARTED = "started"
    SKIPPED = "skipped"
    MISSED = "missed"
    WAITING = "waiting"
    FAILED = "failed"


#: What is said of a skip.
SKIP_SENTENCES: Final = {
    SkipReason.CLOSED_DAY: "Nobody works on this day.",
    SkipReason.BLACKOUT: "The day lies in a blackout.",
    SkipReason.MERGED: "Another one fires at this moment.",
    SkipReason.NO_WORKING_DAY: "The calendar has no working day near it.",
}
NOT_MADE_UP: Final = "not_made_up"


@dataclass(frozen=True, slots=True)
class Decision:
    """One fire time, decided. ``state`` is STARTED for one that is to run now."""

    fire_at: datetime
    day: date
    state: FireState
    reason_code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """Every fire time up to now, and the next one, None when there is none."""

    decisions: tuple[Decision, ...]
    next_fire_at: datetime | None


def decide(definition: ScheduleDefinition, calendar: WorkCalendar, after: datetime, now: datetime) -> Decided:
    """What is to become of everything after a moment and up to now."""
    came: list[Occurrence] = []
    next_fire_at = None
    for one in bounded(definition, calendar, after):
        if one.at > now:
            if one.fires:
                next_fire_at = one.at
                break
            continue
        came.append(one)
    return Decided(tuple(_decided(definition, came, now))[-MAX_DECISIONS:], next_fire_at)


def _decided(definition: ScheduleDefinition, came: list[Occurrence], now: datetime) -> Iterator[Decision]:
    policy = definition.missed
    on_time = now - timedelta(minutes=policy.grace_minutes)
    late = [one.at for one in came if one.fires and one.at < on_time]
    made_up = _made_up(policy.rule, policy.limit, late, is_newer_due=any(o.fires and o.at >= on_time for o in came))
    taken = {one.at for one in came if one.fires}
    for one in came:
        if one.skip is not None:
            # A moment is decided once: what is merged into a fire, or skipped twice, has no row of its own.
            if one.at not in taken:
                taken.add(one.at)
                detail = SKIP_SENTENCES[one.skip] + (f" {one.detail}" if one.detail else "")
                yield Decision(one.at, one.day, FireState.SKIPPED, one.skip.value, detail)
        elif one.at >= on_time or one.at in made_up:
            yield Decision(one.at, one.day, FireState.STARTED)
        else:
            reason = f"No scheduler was there until {now:%Y-%m-%d %H:%M} UTC, and it is not made up for."
            yield Decision(one.at, one.day, FireState.MISSED, NOT_MADE_UP, reason)


def _made_up(rule: MissedRule, limit: int, late: list[datetime], *, is_newer_due: bool) -> frozenset[datetime]:
    """Which late fires run all the same; the last one is not made up for when a newer one is due anyway."""
    if rule is MissedRule.SKIP or not late:
        return frozenset()
    if rule is MissedRule.RUN_LAST:
        return frozenset() if is_newer_due else frozenset(late[-1:])
    return frozenset(late[-limit:])
