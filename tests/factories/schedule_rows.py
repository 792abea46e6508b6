"""Rows of schedules: what starts runs by itself, and when it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.core.ids import new_id
from backend.domain.schedules.backfills import BackfillDayState, BackfillState
from backend.domain.schedules.fires import FireState
from backend.persistence.models.report import Report
from backend.persistence.models.schedule import Backfill, BackfillDay, Schedule, ScheduleFire
from tests.factories.reference_rows import ReferenceRows
from tests.factories.stored_rows import AT


@dataclass(frozen=True, slots=True)
class ScheduleRows(ReferenceRows):
    """Makers of schedules, their fires, and runs of past days."""

    async def schedule(self, report: Report, **changes: Any) -> Schedule:
        """Every day at seven in Berlin; nothing is due."""
        defaults = {
            "report_id": report.id,
            "name": f"schedule-{new_id()}",
            "definition": {"cadence": {"kind": "daily", "times": ["07:00:00"]}, "zone": "Europe/Berlin"},
            "calendar": None,
            "is_paused": False,
            "evaluated_until": AT,
            "created_by": self.person.user_id,
            "updated_by": self.person.user_id,
            "created_at": AT,
            "updated_at": AT,
        }
        return await self._store(Schedule, defaults, changes)

    async def fire(self, schedule: Schedule, **changes: Any) -> ScheduleFire:
        """A fire time that was skipped."""
        defaults = {
            "schedule_id": schedule.id,
            "fire_at": AT,
            "state": FireState.SKIPPED,
            "reason_code": "closed_day",
            "decided_at": AT,
        }
        return await self._store(ScheduleFire, defaults, changes)

    async def backfill(self, report: Report, **changes: Any) -> Backfill:
        """A backfill of one date that goes on."""
        defaults = {
            "report_id": report.id,
            "first_date": AT.date(),
            "last_date": AT.date(),
            "concurrency": 1,
            "parameters": {},
            "state": BackfillState.RUNNING,
            "created_by": self.person.user_id,
            "created_at": AT,
        }
        made = await self._store(Backfill, defaults, changes)
        day = BackfillDay(
            backfill_id=made.id,
            tenant_id=self.person.tenant,
            reporting_date=made.first_date,
            state=BackfillDayState.WAITING,
        )
        async with self.database.transaction(self.person.tenant) as session:
            session.add(day)
        return made
