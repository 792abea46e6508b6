"""What a tenant's people look at first: what needs attention, and the last days at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, Select, exists, func, literal, select

from backend.domain.deliveries import DeliveryState
from backend.domain.exceptions import ExceptionState
from backend.domain.reports.versions import ReportVersionState
from backend.domain.runs import RunState
from backend.persistence.models.connector import Connector
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.exception import RunException
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.repositories.tenant_scope import TenantRepository

#: Things that wait are counted up to here.
MAX_WAITING: Final = 1000


@dataclass(frozen=True, slots=True)
class DayCount:
    """Runs of one report on one day in one state."""

    report_id: UUID
    report_name: str
    day: date
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class Milestones:
    """What a new tenant has reached."""

    has_connector: bool
    has_report: bool
    has_version: bool
    has_active_version: bool
    has_finished_run: bool
    has_delivery: bool


class OverviewRepository(TenantRepository):
    """Counts of one tenant in one transaction; each bounded by an index or a limit."""

    async def runs_by_state(self, since: datetime) -> Mapping[str, int]:
        """Runs created since a moment, by state."""
        query = (
            select(Run.state, func.count())
            .where(Run.tenant_id == self.tenant, Run.created_at >= since)
            .group_by(Run.state)
        )
        return {str(row[0]): int(row[1]) for row in (await self._session.execute(query)).all()}

    async def runs_by_day(self, since: datetime, time_zone: str) -> Sequence[DayCount]:
        """Runs created since a moment, by report, day of the tenant's zone and state."""
        day = func.timezone(time_zone, Run.created_at).cast(Date)
        query = (
            select(Report.id, Report.name, day, Run.state, func.count())
            .join(Report, Report.id == Run.report_id)
            .where(Run.tenant_id == self.tenant, Run.created_at >= since)
            .group_by(Report.id, Report.name, day, Run.state)
            .order_by(Report.name, Report.id, day)
        )
        return [DayCount(*row) for row in (await self._session.execute(query)).all()]

    async def count_held(self) -> int:
        """Runs that wait for a person's decision."""
        return await self._count(select(literal(1)).where(Run.tenant_id == self.tenant, Run.is_held))

    async def count_open_exceptions(self) -> int:
        """Records set aside that nobody has dealt with."""
        wanted = (RunException.tenant_id == self.tenant) & (RunException.state == ExceptionState.OPEN)
        return await self._count(select(literal(1)).where(wanted))

    async def count_deliveries(self, state: DeliveryState) -> int:
        """Deliveries in a state."""
        return await self._count(select(literal(1)).where(Delivery.tenant_id == self.tenant, Delivery.state == state))

    async def count_waiting(self, user_id: UUID) -> tuple[int, int]:
        """Versions in review: all of them, and those that this user did not write."""
        waiting = (ReportVersion.tenant_id == self.tenant) & (ReportVersion.state == ReportVersionState.IN_REVIEW)
        foreign = ~ReportVersion.authors.contains([user_id]) & (ReportVersion.created_by != user_id)
        query = select(func.count(), func.count().filter(foreign)).where(waiting)
        row = (await self._session.execute(query)).one()
        return int(row[0]), int(row[1])

    async def milestones(self) -> Milestones:
        """The first steps of a tenant, each looked for and not counted."""
        active = (ReportVersionState.ACTIVE, ReportVersionState.ARCHIVED)
        finished = (RunState.SUCCEEDED, RunState.PARTIAL)
        query = select(
            exists().where(Connector.tenant_id == self.tenant),
            exists().where(Report.tenant_id == self.tenant),
            exists().where(ReportVersion.tenant_id == self.tenant),
            exists().where(ReportVersion.tenant_id == self.tenant, ReportVersion.state.in_(active)),
            exists().where(Run.tenant_id == self.tenant, Run.state.in_(finished)),
            exists().where(Delivery.tenant_id == self.tenant, Delivery.state == DeliveryState.DELIVERED),
        )
        return Milestones(*(bool(one) for one in (await self._session.execute(query)).one()))

    async def _count(self, query: Select[Any]) -> int:
        limited = query.limit(MAX_WAITING).subquery()
        return int(await self._session.scalar(select(func.count()).select_from(limited)) or 0)
