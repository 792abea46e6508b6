"""The tick: fire times that have come become runs, in the transaction that moves the schedules on.

Any number of schedulers may tick at once: a schedule is looked at by whoever locks its row, and a fire time has one
row and one run by the keys of both tables.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import TenantId, new_id
from backend.domain.calendars import CalendarBaseUnknown, WorkCalendar
from backend.domain.schedules.definition import ScheduleDefinition
from backend.domain.schedules.fires import Decision, FireState, decide
from backend.persistence.repositories.schedule_ticks import ClaimedSchedule, MovedRow, ScheduleTickRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.schedule_calendars import PLAIN_WEEK, calendars_by_hash, national
from backend.services.schedule_starts import Fire, ScheduleStarts
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)

#: Schedules of one transaction: each holds a lock, and the audit trail of the tenant waits for its end.
BATCH: Final = 1024
WAITING_BATCH: Final = 200
#: How soon a schedule is looked at again whose calendar cannot be read.
_AGAIN: Final = timedelta(hours=1)
#: What schedules say, by its text: most say the same every day.
_DEFINITIONS_HELD: Final = 2048
_PAUSED: Final = "The schedule was paused until the fire had waited too long for the reports it depends on."


@dataclass(frozen=True, slots=True)
class ScheduleTick:
    """Looks at what is due, tenant by tenant."""

    database: Database
    system: SystemDatabase
    wakeups: Wakeups
    now: Clock

    async def tick(self) -> int:
        """Start everything that is due or has waited long enough; how many runs were started."""
        async with self.system.transaction() as session:
            tenants = await SystemScope(session).tenants_with_due_schedules(self.now())
        started = 0
        for one in tenants:
            looked = BATCH if one.has_due else 0
            while looked == BATCH:
                looked, runs = await self._fire_due(one.tenant)
                started += runs
            if one.has_waiting:
                started += await self._settle_waiting(one.tenant)
        return started

    async def _fire_due(self, tenant: TenantId) -> tuple[int, int]:
        async with self.database.transaction(tenant) as session:
            at = self.now()
            ticks = ScheduleTickRepository(session, tenant)
            claimed = await ticks.claim_due(at, BATCH)
            if not claimed:
                return 0, 0
            calendars = await _calendars(session, tenant, claimed)
            starts, moved, looked = ScheduleStarts(tenant, at), [], _Looks(at)
            for schedule in claimed:
                calendar = calendars.get(schedule.calendar)
                if calendar is None:
                    log.error("schedule_calendar_unknown", schedule_id=str(schedule.id), calendar=schedule.calendar)
                    moved.append(MovedRow(schedule.id, at + _AGAIN, None))
                    continue
                look = looked.at(schedule, calendar)
                starts.fires.extend(_fires(schedule, look))
                moved.append(MovedRow(schedule.id, look.next_fire_at, look.next_fire_at))
            standing = await starts.standing(ticks)
            starts.make(standing)
            await ticks.write(starts.rows(standing, moved), at)
        self._wake(tenant, starts)
        return len(claimed), len(starts.runs)

    async def _settle_waiting(self, tenant: TenantId) -> int:
        """Start fires whose dependencies are met; what has waited too long is missed."""
        async with self.database.transaction(tenant) as session:
            at = self.now()
            ticks = ScheduleTickRepository(session, tenant)
            waiting = [_waiting(one) for one in await ticks.claim_waiting(at, WAITING_BATCH)]
            wanted = {(one.report_id, fire.reporting_date) for fire in waiting for one in fire.definition.dependencies}
            finished = await ticks.finished(wanted) if wanted else {}
            starts = ScheduleStarts(tenant, at)
            for fire in waiting:
                if fire.schedule.is_paused:
                    starts.fires.append(
                        replace(fire, state=FireState.MISSED, reason_code="schedule_paused", reason=_PAUSED)
                    )
                    continue
                late = [
                    one.report_id
                    for one in fire.definition.dependencies
                    if not _is_met(finished.get((one.report_id, fire.reporting_date)), one.max_age_minutes, at)
                ]
                if not late:
                    starts.fires.append(replace(fire, wait_until=None))
                elif fire.wait_until is None or fire.wait_until < at:
                    reason = f"Waited for {len(late)} reports that did not succeed for {fire.reporting_date} in time: "
                    names = ", ".join(str(one) for one in late)
                    starts.fires.append(
                        replace(
                            fire, state=FireState.MISSED, reason_code="dependency_not_met", reason=f"{reason}{names}."
                        )
                    )
            if not starts.fires:
                return 0
            standing = await starts.standing(ticks)
            starts.make(standing)
            await ticks.write(starts.rows(standing), at, are_new_fires=False)
            await ticks.settle(starts.settled(), at)
        self._wake(tenant, starts)
        return len(starts.runs)

    def _wake(self, tenant: TenantId, starts: ScheduleStarts) -> None:
        for run in starts.runs:
            self.wakeups.run(tenant, run.id)
        if starts.fires:
            self.wakeups.webhooks(tenant)


async def _calendars(
    session: AsyncSession, tenant: TenantId, claimed: Sequence[ClaimedSchedule]
) -> dict[str | None, WorkCalendar]:
    """The calendars of schedules by name; one that is not there any more is left out."""
    own = {one.calendar: one.days_sha256 for one in claimed if one.days_sha256 is not None}
    days = await calendars_by_hash(session, tenant, set(own.values())) if own else {}
    found: dict[str | None, WorkCalendar] = {None: PLAIN_WEEK}
    found |= {name: days[sha256] for name, sha256 in own.items()}
    for name in {one.calendar for one in claimed} - found.keys():
        try:
            found[name] = await asyncio.to_thread(national, str(name))
        except CalendarBaseUnknown:
            continue
    return found


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look finds of a schedule: every fire time that has come, with its reporting date, and the next one."""

    definition: ScheduleDefinition
    decisions: Sequence[tuple[Decision, date]]
    next_fire_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Looks:
    """Looks at a moment: schedules that are to fire alike, and were looked at together before, are looked at once."""

    now: datetime
    _made: dict[tuple[str, str | None, datetime], _Look] = field(default_factory=dict)

    def at(self, schedule: ClaimedSchedule, calendar: WorkCalendar) -> _Look:
        """The look at a schedule."""
        key = (schedule.timing, schedule.calendar, schedule.evaluated_until)
        found = self._made.get(key)
        if found is None:
            definition = _definition(schedule.timing)
            decided = decide(definition, calendar, schedule.evaluated_until, self.now)
            dated = [(one, definition.reporting_date_of(one.day, calendar)) for one in decided.decisions]
            found = self._made[key] = _Look(definition, dated, decided.next_fire_at)
        return found


@lru_cache(_DEFINITIONS_HELD)
def _definition(timing: str) -> ScheduleDefinition:
    return ScheduleDefinition.model_validate_json(timing)


def _fires(schedule: ClaimedSchedule, look: _Look) -> Iterator[Fire]:
    definition = look.definition
    for one, day in look.decisions:
        fire = Fire(schedule, definition, new_id(), one.fire_at, day, one.state, one.reason_code, one.reason)
        if definition.dependencies and one.state is FireState.STARTED:
            fire.state = FireState.WAITING
            fire.reason_code = "waits_for_reports"
            fire.reason = "Waits for the reports it depends on."
            fire.wait_until = one.fire_at + timedelta(minutes=definition.wait_minutes)
        yield fire


def _waiting(one: ClaimedSchedule) -> Fire:
    """A fire that waits, as it would run now."""
    if one.fire_id is None or one.fire_at is None or one.reporting_date is None:
        raise TypeError("a waiting fire has a moment and a reporting date")
    definition = _definition(one.timing)
    return Fire(
        one, definition, one.fire_id, one.fire_at, one.reporting_date, FireState.STARTED, wait_until=one.wait_until
    )


def _is_met(finished: datetime | None, max_age_minutes: int | None, at: datetime) -> bool:
    if finished is None:
        return False
    return max_age_minutes is None or finished >= at - timedelta(minutes=max_age_minutes)
