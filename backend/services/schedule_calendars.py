"""The days that schedules count with: a tenant's own calendar as it is now, or a national one."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.domain.calendars import CalendarBaseUnknown, CalendarDefinition, WorkCalendar, work_calendar
from backend.persistence.repositories.calendars import CalendarRepository
from backend.services.national_calendars import national_calendar

#: Without a calendar nobody works on Saturdays and Sundays.
PLAIN_WEEK: Final = WorkCalendar(frozenset())
_HELD: Final = 500
#: Days of calendars by their hash: what has one hash never changes.
_own: dict[str, WorkCalendar] = {}


async def calendar_named(session: AsyncSession, tenant: TenantId, name: str | None) -> WorkCalendar:
    """The calendar of a name as it is now. Raises CalendarBaseUnknown."""
    if name is None:
        return PLAIN_WEEK
    calendars = CalendarRepository(session, tenant)
    own = (await calendars.named([name])).get(name)
    if own is None:
        return await asyncio.to_thread(national, name)
    version = await calendars.find_version(own.id, None)
    if version is None:
        raise CalendarBaseUnknown(f"The calendar {name} has no version.")
    return (await calendars.contents([version.sha256]))[version.sha256]


async def calendars_by_hash(
    session: AsyncSession, tenant: TenantId, hashes: Collection[str]
) -> Mapping[str, WorkCalendar]:
    """Days by their hash, asked of the database once."""
    missing = [one for one in hashes if one not in _own]
    if missing:
        if len(_own) > _HELD:
            _own.clear()
        _own.update(await CalendarRepository(session, tenant).contents(missing))
    return {one: _own[one] for one in hashes}


@lru_cache(_HELD)
def national(code: str) -> WorkCalendar:
    """A calendar that comes with OpenReg; computed once, which takes a moment. Raises CalendarBaseUnknown."""
    found = national_calendar(code)
    return work_calendar(CalendarDefinition(weekend=found.weekend), found.days)
