"""Watching deadlines: obligations of new days, what became of them, and who is told of it once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.errors import OpenRegError
from backend.core.ids import TenantId, new_id
from backend.domain.calendars import WorkCalendar
from backend.domain.deadlines import ObligationState, working_days_between
from backend.domain.event_catalogue.schedules import ObligationLinks, ObligationNews
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.deadline import Deadline, Obligation
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.deadlines import Changed, DeadlineRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.announcements import announce_deadline
from backend.services.calendar_pins import calendars_named
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)

#: Days of one report that one sweep makes: a deadline from years ago is caught up with in several.
MOST_NEW_DAYS: Final = 100


@dataclass(frozen=True, slots=True)
class DeadlineSweep:
    """Looks at the deadlines of every tenant that has some."""

    database: Database
    system: SystemDatabase
    wakeups: Wakeups
    now: Clock

    async def sweep(self) -> None:
        """Every tenant, each in a transaction of its own; where another sweep is at work, it is left to that one."""
        async with self.system.transaction() as session:
            tenants = await SystemScope(session).tenants_with_deadlines()
        for tenant in tenants:
            async with self.database.transaction(tenant) as session:
                told = await evaluate(session, tenant, self.now())
            if told:
                self.wakeups.webhooks(tenant)


async def evaluate(session: AsyncSession, tenant: TenantId, at: datetime) -> int:
    """Make obligations, judge them, tell of those at risk and missed; how many were told of."""
    deadlines = DeadlineRepository(session, tenant)
    if not await deadlines.try_lock():
        return 0
    watched = await deadlines.watched()
    calendars = await calendars_named(session, tenant, frozenset(one.calendar for one, _ in watched))
    own = {one.report_id: one for one, _ in watched}
    _move(await deadlines.upcoming(), own, calendars)
    await deadlines.flush()
    for deadline, last in watched:
        await deadlines.create(list(_new_days(deadline, last, calendars.get(deadline.calendar), at)))
    satisfied = await deadlines.satisfy(at)
    return await _tell(session, tenant, [*satisfied, *await deadlines.watch(at)], at)


def obligation_times(deadline: Deadline, day: date, calendar: WorkCalendar) -> tuple[datetime, datetime]:
    """When a day is due, and from when on it is at risk. Raises CalendarWithoutDays."""
    due = deadline.rule.due_at(day, calendar)
    return due, due - timedelta(minutes=deadline.warning_minutes)


def _move(
    upcoming: Iterable[Obligation], deadlines: Mapping[UUID, Deadline], calendars: Mapping[str, WorkCalendar]
) -> None:
    """A deadline or its calendar may have changed: what is not due yet follows."""
    for one in upcoming:
        deadline = deadlines.get(one.report_id)
        calendar = calendars.get(deadline.calendar) if deadline else None
        if deadline is None or calendar is None:
            continue
        try:
            due, warn = obligation_times(deadline, one.reporting_date, calendar)
        except OpenRegError:
            continue  # what was due stays due while the calendar has no days
        if (one.due_at, one.warn_at) != (due, warn):
            one.due_at, one.warn_at = due, warn
            one.time_zone, one.calendar = deadline.time_zone, deadline.calendar


def _new_days(
    deadline: Deadline, last: date | None, calendar: WorkCalendar | None, at: datetime
) -> Iterable[Mapping[str, Any]]:
    today = at.astimezone(ZoneInfo(deadline.time_zone)).date()
    first = max(deadline.since, last + timedelta(days=1)) if last is not None else deadline.since
    if calendar is None:
        log.warning("deadline_not_counted", deadline_id=str(deadline.id), calendar=deadline.calendar)
        return
    for number, day in enumerate(working_days_between(first, today, calendar)):
        if number == MOST_NEW_DAYS:
            return
        try:
            due, warn = obligation_times(deadline, day, calendar)
        except OpenRegError as error:
            log.warning("deadline_not_counted", deadline_id=str(deadline.id), code=error.code)
            return
        yield {
            "id": new_id(),
            "tenant_id": deadline.tenant_id,
            "report_id": deadline.report_id,
            "reporting_date": day,
            "due_at": due,
            "warn_at": warn,
            "time_zone": deadline.time_zone,
            "calendar": deadline.calendar,
            "state": ObligationState.OPEN,
            "created_at": at,
        }


async def _tell(session: AsyncSession, tenant: TenantId, changed: Sequence[Changed], at: datetime) -> int:
    news = {
        one.id: WebhookEventType.DEADLINE_AT_RISK
        if one.after == ObligationState.AT_RISK
        else WebhookEventType.DEADLINE_BREACHED
        for one in changed
        if one.after in {ObligationState.AT_RISK, ObligationState.BREACHED}
        # It was missed and came before anybody looked.
        or (one.after == ObligationState.MET_LATE and one.before != ObligationState.BREACHED)
    }
    if not news:
        return 0
    outbox = Outbox(session, tenant)
    for identity, due in (await DeadlineRepository(session, tenant).named(list(news))).items():
        await outbox.add(news[identity], identity, obligation_news(due.obligation), at)
        is_missed = news[identity] is WebhookEventType.DEADLINE_BREACHED
        announce_deadline(session, tenant, due.obligation, due.report_name, at, is_missed=is_missed)
    return len(news)


def obligation_news(obligation: Obligation) -> ObligationNews:
    """What events say of an obligation."""
    return ObligationNews(
        obligation_id=obligation.id,
        report_id=obligation.report_id,
        reporting_date=obligation.reporting_date,
        state=ObligationState(obligation.state),
        due_at=obligation.due_at,
        time_zone=obligation.time_zone,
        links=ObligationLinks(obligations=f"/api/v1/obligations?report_id={obligation.report_id}"),
    )
