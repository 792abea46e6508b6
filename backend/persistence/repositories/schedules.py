"""Schedules, what became of their fire times, and backfills."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, update

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.runs import RunState
from backend.domain.schedules.backfills import BackfillDayState, BackfillState
from backend.persistence.models.report import Report
from backend.persistence.models.run import Run
from backend.persistence.models.schedule import Backfill, BackfillDay, Schedule, ScheduleFire
from backend.persistence.repositories.tenant_scope import TenantRepository

UNFINISHED = (RunState.PENDING, RunState.RUNNING, RunState.CANCELLING)


@dataclass(frozen=True, slots=True)
class ListedFire:
    """A fire time with the state of its run."""

    fire: ScheduleFire
    run_state: str | None


@dataclass(frozen=True, slots=True)
class DayCount:
    """Reporting dates of a backfill that are in one state; ``run_state`` is that of their runs."""

    state: str
    run_state: str | None
    days: int


class ScheduleRepository(TenantRepository):
    """Schedules in one transaction."""

    async def page(self, request: PageRequest, report_id: UUID | None) -> Page[Schedule]:
        """Schedules, newest first; of one report, if one is named."""
        query = self._select(Schedule)
        if report_id is not None:
            query = query.where(Schedule.report_id == report_id)
        return page_of(await self._newest_first(query, Schedule.id, request), request, lambda one: one.id)

    async def find(self, schedule_id: UUID, *, for_update: bool = False) -> Schedule | None:
        """One schedule."""
        return await self._find(Schedule, schedule_id, for_update=for_update)

    async def report_names(self, report_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Names of reports."""
        query = select(Report.id, Report.name).where(Report.tenant_id == self.tenant, Report.id.in_(report_ids))
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def fires(self, schedule_id: UUID, request: PageRequest) -> Page[ListedFire]:
        """What became of fire times, the last decided first."""
        query = self._select(ScheduleFire).where(ScheduleFire.schedule_id == schedule_id)
        found = await self._newest_first(query, ScheduleFire.id, request)
        runs = [one.run_id for one in found if one.run_id is not None]
        asked = select(Run.id, Run.state).where(Run.tenant_id == self.tenant, Run.id.in_(runs))
        states = {row[0]: row[1] for row in (await self._session.execute(asked)).all()} if runs else {}
        listed = [ListedFire(one, states.get(one.run_id) if one.run_id else None) for one in found]
        return page_of(listed, request, lambda one: one.fire.id)

    async def fires_between(self, schedule_id: UUID, since: datetime, until: datetime) -> Sequence[ScheduleFire]:
        """What became of the fire times of a period, in order; at most 1000."""
        query = self._select(ScheduleFire).where(
            ScheduleFire.schedule_id == schedule_id, ScheduleFire.fire_at >= since, ScheduleFire.fire_at < until
        )
        return await self._all(query.order_by(ScheduleFire.fire_at).limit(1000))


class BackfillRepository(TenantRepository):
    """Backfills in one transaction."""

    async def page(self, request: PageRequest, schedule_id: UUID | None) -> Page[Backfill]:
        """Backfills, newest first; of one schedule, if one is named."""
        query = self._select(Backfill)
        if schedule_id is not None:
            query = query.where(Backfill.schedule_id == schedule_id)
        return page_of(await self._newest_first(query, Backfill.id, request), request, lambda one: one.id)

    async def find(self, backfill_id: UUID, *, for_update: bool = False) -> Backfill | None:
        """One backfill."""
        return await self._find(Backfill, backfill_id, for_update=for_update)

    async def running(self) -> Sequence[UUID]:
        """Backfills that go on, the oldest first."""
        query = select(Backfill.id).where(Backfill.tenant_id == self.tenant, Backfill.state == BackfillState.RUNNING)
        return list(await self._session.scalars(query.order_by(Backfill.id)))

    async def claim(self, backfill_id: UUID) -> Backfill | None:
        """A backfill that goes on, under a row lock; None when somebody else has it."""
        query = self._select(Backfill).where(Backfill.id == backfill_id, Backfill.state == BackfillState.RUNNING)
        found: Backfill | None = await self._session.scalar(query.with_for_update(skip_locked=True))
        return found

    async def counts(self, backfill_ids: Collection[UUID]) -> Mapping[UUID, Sequence[DayCount]]:
        """How far backfills are: their dates by state, and by that of their runs."""
        query = (
            select(BackfillDay.backfill_id, BackfillDay.state, Run.state, func.count())
            .outerjoin(Run, Run.id == BackfillDay.run_id)
            .where(BackfillDay.tenant_id == self.tenant, BackfillDay.backfill_id.in_(backfill_ids))
            .group_by(BackfillDay.backfill_id, BackfillDay.state, Run.state)
        )
        found: dict[UUID, list[DayCount]] = {one: [] for one in backfill_ids}
        for backfill, state, run_state, days in (await self._session.execute(query)).all():
            found[backfill].append(DayCount(state, run_state, days))
        return found

    async def under_way(self, backfill_id: UUID) -> int:
        """How many of its runs have not ended."""
        query = (
            select(func.count())
            .select_from(BackfillDay)
            .join(Run, Run.id == BackfillDay.run_id)
            .where(
                BackfillDay.tenant_id == self.tenant, BackfillDay.backfill_id == backfill_id, Run.state.in_(UNFINISHED)
            )
        )
        return int(await self._session.scalar(query) or 0)

    async def waiting(self, backfill_id: UUID, limit: int) -> Sequence[BackfillDay]:
        """Dates that are not begun, the earliest first."""
        query = self._select(BackfillDay).where(
            BackfillDay.backfill_id == backfill_id, BackfillDay.state == BackfillDayState.WAITING
        )
        return await self._all(query.order_by(BackfillDay.reporting_date).limit(limit))

    async def find_day(self, backfill_id: UUID, day: date) -> BackfillDay | None:
        """One date of a backfill, under a row lock."""
        query = self._select(BackfillDay).where(
            BackfillDay.backfill_id == backfill_id, BackfillDay.reporting_date == day
        )
        found: BackfillDay | None = await self._session.scalar(query.with_for_update())
        return found

    async def days(self, backfill_id: UUID) -> Sequence[tuple[BackfillDay, str | None]]:
        """Every date in order, with the state of its run."""
        query = (
            select(BackfillDay, Run.state)
            .outerjoin(Run, Run.id == BackfillDay.run_id)
            .where(BackfillDay.tenant_id == self.tenant, BackfillDay.backfill_id == backfill_id)
            .order_by(BackfillDay.reporting_date)
        )
        return [(day, state) for day, state in (await self._session.execute(query)).all()]

    async def give_up_waiting(self, backfill_id: UUID) -> None:
        """Take what is not begun out."""
        mine = (BackfillDay.tenant_id == self.tenant) & (BackfillDay.backfill_id == backfill_id)
        waiting = mine & (BackfillDay.state == BackfillDayState.WAITING)
        await self._session.execute(update(BackfillDay).where(waiting).values(state=BackfillDayState.CANCELLED))
