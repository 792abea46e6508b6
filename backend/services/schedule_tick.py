"""The tick: fire times that have come become runs, in the transaction that moves the schedules on.

Any number of schedulers may tick at once: a schedule is looked at by whoever locks its row, and a fire time has one
row and one run by the keys of both tables.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import TenantId, new_id
from backend.domain.calendars import CalendarBaseUnknown, WorkCalendar
from backend.domain.schedules.definition import ScheduleDefinition
from backend.domain.schedules.fires import Decided, FireState, decide
from backend.persistence.repositories.schedule_ticks import ClaimedSchedule, Row, ScheduleTickRepository
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
            starts, moved = ScheduleStarts(tenant, at), []
            for schedule in claimed:
                definition = ScheduleDefinition.model_validate(schedule.definition)
                calendar = calendars.get(schedule.calendar)
                if calendar is None:
                    log.error("schedule_calendar_unknown", schedule_id=str(schedule.id), calendar=schedule.calendar)
                    moved.append(_moved(schedule, at + _AGAIN, None))
                    continue
                decided = decide(definition, calendar, schedule.evaluated_until, at)
                starts.fires.extend(_fires(schedule, definition, calendar, decided))
                moved.append(_moved(schedule, decided.next_fire_at, decided.next_fire_at))
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
            await ticks.write(starts.rows(standing, (), new_fires=False), at)
            await ticks.settle(starts.fire_rows, at)
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


def _fires(
    schedule: ClaimedSchedule, definition: ScheduleDefinition, calendar: WorkCalendar, decided: Decided
) -> list[Fire]:
    waits = bool(definition.dependencies)
    made = []
    for one in decided.decisions:
        fire = Fire(
            schedule,
            definition,
            new_id(),
            one.fire_at,
            definition.reporting_date_of(one.day, calendar),
            one.state,
            one.reason_code,
            one.reason,
        )
        if waits and one.state is FireState.STARTED:
            until = one.fire_at + timedelta(minutes=definition.wait_minutes)
            fire = replace(
                fire,
                state=FireState.WAITING,
                reason_code="waits_for_reports",
                reason="Waits for the reports it depends on.",
                wait_until=until,
            )
        made.append(fire)
    return made


def _waiting(one: ClaimedSchedule) -> Fire:
    """A fire that waits, as it would run now."""
    if one.fire_id is None or one.fire_at is None or one.reporting_date is None:
        raise TypeError("a waiting fire has a moment and a reporting date")
    definition = ScheduleDefinition.model_validate(one.definition)
    return Fire(
        one, definition, one.fire_id, one.fire_at, one.reporting_date, FireState.STARTED, wait_until=one.wait_until
    )


def _is_met(finished: datetime | None, max_age_minutes: int | None, at: datetime) -> bool:
    if finished is None:
        return False
    return max_age_minutes is None or finished >= at - timedelta(minutes=max_age_minutes)


def _moved(schedule: ClaimedSchedule, due_at: datetime | None, next_fire_at: datetime | None) -> Row:
    return {
        "id": str(schedule.id),
        "due_at": None if due_at is None else due_at.isoformat(),
        "next_fire_at": None if next_fire_at is None else next_fire_at.isoformat(),
    }
