"""Calendars of a tenant: made, changed in versions, looked at by year; and the days that runs are bound to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.etags import Precondition, etag_of
from backend.core.ids import TenantId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.calendars import (
    CalendarBaseUnknown,
    CalendarDefinition,
    CalendarInUse,
    CalendarNameTaken,
    CalendarNotFound,
    WorkCalendar,
    named_days,
    work_calendar,
)
from backend.persistence.models.calendar import Calendar, CalendarVersion
from backend.persistence.repositories.calendars import CalendarRepository
from backend.services.national_calendars import (
    NationalCalendar,
    national_calendar,
    national_codes,
    national_source,
    national_titles,
)
from backend.services.scope import TenantScope

_OWN: Final = "own dates"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day on which nobody works; ``is_own`` when the tenant added it."""

    date: date
    name: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """A year of a calendar: its days off besides weekends, and the national days that were taken out."""

    days: tuple[CalendarDay, ...]
    removed: tuple[CalendarDay, ...]


@dataclass(frozen=True, slots=True)
class CalendarService:
    """The calendars of a tenant."""

    scope: TenantScope

    async def page(self, request: PageRequest) -> Page[Calendar]:
        """Calendars, newest first."""
        async with self.scope.reading() as session:
            return await CalendarRepository(session, self.scope.tenant).page(request)

    async def get(self, calendar_id: UUID) -> Calendar:
        """Raises CalendarNotFound."""
        async with self.scope.reading() as session:
            return await _get(CalendarRepository(session, self.scope.tenant), calendar_id)

    async def versions(self, calendar_id: UUID) -> Sequence[CalendarVersion]:
        """What the calendar was, newest first. Raises CalendarNotFound."""
        async with self.scope.reading() as session:
            calendars = CalendarRepository(session, self.scope.tenant)
            await _get(calendars, calendar_id)
            return await calendars.versions(calendar_id)

    async def create(self, name: str, title: str, definition: CalendarDefinition) -> Calendar:
        """A new calendar. Raises CalendarNameTaken, CalendarBaseUnknown."""
        if name in national_titles():
            raise CalendarNameTaken(f"{name} is a national calendar.", fix="Choose a name of your own.")
        days = await _resolve(definition)
        at = self.scope.now()
        calendar = Calendar(
            id=new_id(),
            tenant_id=self.scope.tenant,
            name=name,
            title=title,
            definition=definition.model_dump(mode="json"),
            version=1,
            created_by=self.scope.user_id,
            created_at=at,
            updated_at=at,
        )
        async with self.scope.transaction() as session:
            calendars = CalendarRepository(session, self.scope.tenant)
            calendars.add(calendar)
            await calendars.flush_unique(CalendarNameTaken(fix="Choose another name."))
            await self._keep(calendars, calendar, days)
            await self.scope.audit(session).record(
                AuditAction.CALENDAR_CREATED, _subject(calendar), after=_shown(calendar)
            )
        return calendar

    async def change(
        self, calendar_id: UUID, title: str | None, definition: CalendarDefinition | None, seen: Precondition
    ) -> Calendar:
        """Another title or other days, which make a new version; runs that there are keep theirs.

        Raises CalendarNotFound, PreconditionFailed, CalendarBaseUnknown.
        """
        days = await _resolve(definition) if definition is not None else None
        async with self.scope.transaction() as session:
            calendars = CalendarRepository(session, self.scope.tenant)
            calendar = await _get(calendars, calendar_id, for_update=True)
            seen.check(calendar_etag(calendar))
            before = _shown(calendar)
            calendar.title = title if title is not None else calendar.title
            calendar.updated_at = self.scope.now()
            if definition is not None and days is not None and definition != calendar.read_definition():
                calendar.definition = definition.model_dump(mode="json")
                calendar.version += 1
                await self._keep(calendars, calendar, days)
                await calendars.look_again(calendar.name, calendar.updated_at)
            await self.scope.audit(session).record(
                AuditAction.CALENDAR_CHANGED, _subject(calendar), before=before, after=_shown(calendar)
            )
        return calendar

    async def remove(self, calendar_id: UUID) -> None:
        """Take a calendar away that no report counts with. Raises CalendarNotFound, CalendarInUse."""
        async with self.scope.transaction() as session:
            calendars = CalendarRepository(session, self.scope.tenant)
            calendar = await _get(calendars, calendar_id, for_update=True)
            if reports := await calendars.used_by(calendar.name):
                raise CalendarInUse(
                    f"{calendar.name} is used by {', '.join(reports)}.", fix="Archive or change these versions first."
                )
            if schedules := await calendars.schedules_of(calendar.name):
                raise CalendarInUse(
                    f"{calendar.name} is used by {', '.join(schedules)}.", fix="Change or remove these schedules first."
                )
            await self.scope.audit(session).record(
                AuditAction.CALENDAR_REMOVED, _subject(calendar), before=_shown(calendar)
            )
            await calendars.delete(calendar)

    async def _keep(self, calendars: CalendarRepository, calendar: Calendar, days: WorkCalendar) -> None:
        definition = calendar.read_definition()
        calendars.add(
            CalendarVersion(
                calendar_id=calendar.id,
                tenant_id=self.scope.tenant,
                number=calendar.version,
                definition=calendar.definition,
                sha256=await calendars.keep(days, calendar.updated_at),
                source=national_source() if definition.based_on else _OWN,
                created_by=self.scope.user_id,
                created_at=calendar.updated_at,
            )
        )


async def calendar_names(session: AsyncSession, tenant: TenantId) -> frozenset[str]:
    """Every name that an expression may count working days with."""
    own = await CalendarRepository(session, tenant).named()
    return frozenset({*own, *national_codes()})


async def get_national(code: str) -> NationalCalendar:
    """A calendar that comes with OpenReg. Raises CalendarNotFound."""
    try:
        return await _national(code)
    except CalendarBaseUnknown as error:
        raise CalendarNotFound(error.message, fix=error.fix) from error


async def year_of(definition: CalendarDefinition, year: int) -> CalendarYear:
    """What a definition comes to in a year. Raises CalendarBaseUnknown."""
    national = (await _national(definition.based_on)).days if definition.based_on else {}
    added = {one.date for one in definition.added}
    days = named_days(definition, national)
    return CalendarYear(
        tuple(CalendarDay(one, days[one], one in added) for one in sorted(days) if one.year == year),
        tuple(
            CalendarDay(one, national[one], is_own=False)
            for one in sorted(definition.removed)
            if one.year == year and one in national
        ),
    )


def calendar_etag(calendar: Calendar) -> str:
    """Which state somebody has seen."""
    return etag_of(calendar.id, calendar.updated_at.isoformat())


async def _resolve(definition: CalendarDefinition) -> WorkCalendar:
    national = (await _national(definition.based_on)).days if definition.based_on is not None else {}
    return work_calendar(definition, national)


async def _national(code: str) -> NationalCalendar:
    # A hundred years of holidays are computed once, and that takes a moment.
    return await asyncio.to_thread(national_calendar, code)


async def _get(calendars: CalendarRepository, calendar_id: UUID, *, for_update: bool = False) -> Calendar:
    found = await calendars.find(calendar_id, for_update=for_update)
    if found is None:
        raise CalendarNotFound
    return found


def _subject(calendar: Calendar) -> AuditSubject:
    return AuditSubject("calendar", calendar.id, calendar.name)


def _shown(calendar: Calendar) -> dict[str, object]:
    return {"title": calendar.title, "version": calendar.version, "definition": calendar.definition}
