"""Deadlines of reports: set, changed, removed; when a day is due; the board of obligations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.etags import Precondition, etag_of
from backend.core.ids import ReportId, TenantId, new_id
from backend.core.pagination import Page, SortedPageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.calendars import CalendarNotFound
from backend.domain.deadlines import DeadlineExists, DeadlineNotFound, DeadlineRule, MetBy
from backend.domain.tenants import check_time_zone
from backend.persistence.models.deadline import Deadline
from backend.persistence.repositories.deadlines import DeadlineRepository, DueReport, ObligationFilter
from backend.persistence.repositories.reports import ReportRepository
from backend.services.calendar_pins import calendars_named
from backend.services.reports import get_report
from backend.services.scope import TenantScope


@dataclass(frozen=True, slots=True)
class DeadlineTerms:
    """What is chosen of a deadline. ``since`` is the first reporting date that is owed."""

    calendar: str
    working_days: int
    local_time: time
    time_zone: str
    warning_minutes: int
    met_by: MetBy
    since: date
    is_active: bool


@dataclass(frozen=True, slots=True)
class DeadlineService:
    """Deadlines of a tenant."""

    scope: TenantScope

    async def all(self) -> Sequence[tuple[Deadline, str]]:
        """Every deadline with the name of its report, by name."""
        async with self.scope.reading() as session:
            return await DeadlineRepository(session, self.scope.tenant).with_reports()

    async def get(self, deadline_id: UUID) -> Deadline:
        """Raises DeadlineNotFound."""
        async with self.scope.reading() as session:
            return await _get(DeadlineRepository(session, self.scope.tenant), deadline_id)

    async def create(self, report_id: ReportId, terms: DeadlineTerms) -> Deadline:
        """The deadline of a report that has none.

        Raises ReportNotFound, DeadlineExists, CalendarNotFound, CalendarWithoutDays, TimeZoneUnknown.
        """
        at = self.scope.now()
        async with self.scope.transaction() as session:
            report = await get_report(ReportRepository(session, self.scope.tenant), report_id)
            deadlines = DeadlineRepository(session, self.scope.tenant)
            await _check(session, self.scope.tenant, terms)
            deadline = Deadline(
                id=new_id(), tenant_id=self.scope.tenant, report_id=report_id, saved_by=self.scope.user_id,
                created_at=at, updated_at=at,
            )  # fmt: skip
            _apply(deadline, terms)
            deadlines.add(deadline)
            await deadlines.flush_unique(DeadlineExists(fix="Change the one that the report has."))
            subject = AuditSubject("deadline", deadline.id, report.name)
            await self.scope.audit(session).record(AuditAction.DEADLINE_SET, subject, after=_shown(deadline))
        return deadline

    async def change(self, deadline_id: UUID, terms: DeadlineTerms, seen: Precondition) -> Deadline:
        """Other terms; days that are not due yet follow them with the next sweep.

        Raises DeadlineNotFound, PreconditionFailed, CalendarNotFound, CalendarWithoutDays, TimeZoneUnknown.
        """
        async with self.scope.transaction() as session:
            deadline = await _get(DeadlineRepository(session, self.scope.tenant), deadline_id, for_update=True)
            seen.check(deadline_etag(deadline))
            await _check(session, self.scope.tenant, terms)
            before = _shown(deadline)
            _apply(deadline, terms)
            deadline.saved_by, deadline.updated_at = self.scope.user_id, self.scope.now()
            subject = AuditSubject("deadline", deadline.id, str(deadline.report_id))
            await self.scope.audit(session).record(
                AuditAction.DEADLINE_SET, subject, before=before, after=_shown(deadline)
            )
        return deadline

    async def remove(self, deadline_id: UUID) -> None:
        """Nothing is owed from now on; what was is kept. Raises DeadlineNotFound."""
        async with self.scope.transaction() as session:
            deadlines = DeadlineRepository(session, self.scope.tenant)
            deadline = await _get(deadlines, deadline_id, for_update=True)
            subject = AuditSubject("deadline", deadline.id, str(deadline.report_id))
            await self.scope.audit(session).record(AuditAction.DEADLINE_REMOVED, subject, before=_shown(deadline))
            await deadlines.forget_upcoming(deadline.report_id)
            await deadlines.delete(deadline)

    async def board(self, wanted: ObligationFilter, request: SortedPageRequest) -> Page[DueReport]:
        """Obligations by their due time."""
        async with self.scope.reading() as session:
            return await DeadlineRepository(session, self.scope.tenant).page(wanted, request)


async def deadline_of(
    session: AsyncSession, tenant: TenantId, report_id: UUID, reporting_date: date
) -> datetime | None:
    """Until when a report of a day must have arrived; None where it has no deadline, or one that cannot be counted."""
    deadlines = DeadlineRepository(session, tenant)
    owed = await deadlines.find_obligation(report_id, reporting_date)
    if owed is not None:
        return owed.due_at
    deadline = await deadlines.find_of_report(report_id)
    if deadline is None or not deadline.is_active:
        return None
    calendars = await calendars_named(session, tenant, frozenset({deadline.calendar}))
    calendar = calendars.get(deadline.calendar)
    return None if calendar is None else deadline.rule.due_at(reporting_date, calendar)


def deadline_etag(deadline: Deadline) -> str:
    """Which state somebody has seen."""
    return etag_of(deadline.id, deadline.updated_at.isoformat())


async def _check(session: AsyncSession, tenant: TenantId, terms: DeadlineTerms) -> None:
    check_time_zone(terms.time_zone)
    found = (await calendars_named(session, tenant, frozenset({terms.calendar}))).get(terms.calendar)
    if found is None:
        raise CalendarNotFound(f"There is no calendar {terms.calendar}.", fix="Choose a national one, or make one.")
    _rule(terms).due_at(terms.since, found)


def _rule(terms: DeadlineTerms) -> DeadlineRule:
    return DeadlineRule(terms.working_days, terms.local_time, terms.time_zone)


def _apply(deadline: Deadline, terms: DeadlineTerms) -> None:
    deadline.calendar, deadline.working_days = terms.calendar, terms.working_days
    deadline.local_time, deadline.time_zone = terms.local_time, terms.time_zone
    deadline.warning_minutes, deadline.met_by = terms.warning_minutes, terms.met_by
    deadline.since, deadline.is_active = terms.since, terms.is_active


async def _get(deadlines: DeadlineRepository, deadline_id: UUID, *, for_update: bool = False) -> Deadline:
    found = await deadlines.find(deadline_id, for_update=for_update)
    if found is None:
        raise DeadlineNotFound
    return found


def _shown(deadline: Deadline) -> dict[str, object]:
    return {
        "calendar": deadline.calendar,
        "working_days": deadline.working_days,
        "local_time": deadline.local_time.isoformat(),
        "time_zone": deadline.time_zone,
        "warning_minutes": deadline.warning_minutes,
        "met_by": str(deadline.met_by),
        "since": deadline.since.isoformat(),
        "is_active": bool(deadline.is_active),
    }
