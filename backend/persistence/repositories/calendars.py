"""Calendars of a tenant, their versions and days."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import String, cast, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.calendars import WorkCalendar
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.models.calendar import Calendar, CalendarContent, CalendarVersion
from backend.persistence.models.deadline import Deadline
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.schedule import Schedule
from backend.persistence.repositories.tenant_scope import TenantRepository


class CalendarRepository(TenantRepository):
    """Calendars in one transaction."""

    async def page(self, request: PageRequest) -> Page[Calendar]:
        """Calendars, newest first."""
        return page_of(await self._newest_first(self._select(Calendar), Calendar.id, request), request, _identity)

    async def find(self, calendar_id: UUID, *, for_update: bool = False) -> Calendar | None:
        """One calendar."""
        return await self._find(Calendar, calendar_id, for_update=for_update)

    async def named(self, names: Collection[str] | None = None) -> Mapping[str, Calendar]:
        """Calendars by their names: these, or all."""
        query = self._select(Calendar)
        if names is not None:
            query = query.where(Calendar.name.in_(names))
        return {one.name: one for one in await self._all(query)}

    async def versions(self, calendar_id: UUID) -> Sequence[CalendarVersion]:
        """What the calendar was, newest first."""
        query = self._select(CalendarVersion).where(CalendarVersion.calendar_id == calendar_id)
        return await self._all(query.order_by(CalendarVersion.number.desc()))

    async def find_version(self, calendar_id: UUID, known_at: datetime | None) -> CalendarVersion | None:
        """The newest version, or the newest of those that were there at that time."""
        query = self._select(CalendarVersion).where(CalendarVersion.calendar_id == calendar_id)
        if known_at is not None:
            query = query.where(CalendarVersion.created_at <= known_at)
        found: CalendarVersion | None = await self._session.scalar(
            query.order_by(CalendarVersion.number.desc()).limit(1)
        )
        return found

    async def keep(self, calendar: WorkCalendar, at: datetime) -> str:
        """Store the days, once; their hash."""
        days = {"weekend": sorted(calendar.weekend), "closed": [one.isoformat() for one in sorted(calendar.closed)]}
        await self._session.execute(
            insert(CalendarContent)
            .values(tenant_id=self.tenant, sha256=calendar.sha256, days=days, created_at=at)
            .on_conflict_do_nothing()
        )
        return calendar.sha256

    async def contents(self, hashes: Collection[str]) -> Mapping[str, WorkCalendar]:
        """Days by their hash."""
        query = self._select(CalendarContent).where(CalendarContent.sha256.in_(hashes))
        return {one.sha256: _read(one.days) for one in await self._all(query)}

    async def used_by(self, name: str) -> Sequence[str]:
        """Names of the reports of which the deadline, or a version that is not archived, counts with the calendar."""
        due = (
            select(Report.name)
            .join(Deadline, Deadline.report_id == Report.id)
            .where(Deadline.tenant_id == self.tenant, Deadline.calendar == name)
        )
        query = (
            select(Report.name)
            .join(ReportVersion, ReportVersion.report_id == Report.id)
            .where(
                Report.tenant_id == self.tenant,
                ReportVersion.tenant_id == self.tenant,
                ReportVersion.state != ReportVersionState.ARCHIVED,
                or_(cast(ReportVersion.document, String).contains(f"'{name}'", autoescape=True)),
            )
        )
        return sorted({*await self._session.scalars(query), *await self._session.scalars(due)})

    async def schedules_of(self, name: str) -> Sequence[str]:
        """Names of the schedules that count with the calendar."""
        query = select(Schedule.name).where(Schedule.tenant_id == self.tenant, Schedule.calendar == name)
        return list(await self._session.scalars(query.order_by(Schedule.name)))

    async def look_again(self, name: str, at: datetime) -> None:
        """Let the schedules that count with the calendar be looked at: their next fire may be another one now."""
        counting = (Schedule.tenant_id == self.tenant) & (Schedule.calendar == name) & Schedule.is_paused.is_(False)
        await self._session.execute(update(Schedule).where(counting).values(due_at=at))


def _identity(calendar: Calendar) -> UUID:
    return calendar.id


def _read(days: Mapping[str, object]) -> WorkCalendar:
    closed, weekend = days["closed"], days["weekend"]
    if not isinstance(closed, list) or not isinstance(weekend, list):
        raise TypeError("the days of a calendar cannot be read")
    return WorkCalendar(frozenset(date.fromisoformat(str(one)) for one in closed), frozenset(map(int, weekend)))
