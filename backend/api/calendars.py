"""Calendars: those that come with OpenReg, and the tenant's own with their days by year."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Response, status

from backend.api.dependencies import Idempotency, Paging, Requires
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.calendars import (
    CalendarAnswer,
    CalendarChange,
    CalendarCreate,
    CalendarPreview,
    CalendarVersionAnswer,
    CalendarVersionList,
    CalendarYearAnswer,
    NationalCalendarAnswer,
    NationalCalendarList,
)
from backend.api.schemas.pages import ListAnswer
from backend.core.etags import PreconditionFailed
from backend.core.problems import problems
from backend.domain.calendars import (
    FIRST_YEAR,
    LAST_YEAR,
    CalendarBaseUnknown,
    CalendarDefinition,
    CalendarInUse,
    CalendarNameTaken,
    CalendarNotFound,
)
from backend.domain.permissions import Permission
from backend.persistence.models.calendar import Calendar
from backend.services.calendars import CalendarService, calendar_etag, get_national, year_of
from backend.services.national_calendars import national_source, national_titles
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/calendars", tags=["calendars"])


def _calendars(permission: Permission) -> Callable[..., Awaitable[CalendarService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> CalendarService:
        return CalendarService(scope)

    return provide


CalendarsRead = Annotated[CalendarService, Depends(_calendars(Permission.CALENDARS_READ))]
CalendarsWrite = Annotated[CalendarService, Depends(_calendars(Permission.CALENDARS_WRITE))]
YearAsked = Annotated[int, Query(ge=FIRST_YEAR, le=LAST_YEAR)]
Code = Annotated[str, Path(max_length=20)]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(CalendarNameTaken, CalendarBaseUnknown))
async def create_calendar(body: CalendarCreate, calendars: CalendarsWrite, idempotency: Idempotency) -> CalendarAnswer:
    """Make a calendar of your own."""

    async def act() -> dict[str, object]:
        return CalendarAnswer.of(await calendars.create(body.name, body.title, body.definition)).model_dump(mode="json")

    request = {"route": "calendars", **body.model_dump(mode="json")}
    return CalendarAnswer.model_validate(await idempotency.once(calendars.scope, request, act))


@router.get("")
async def list_calendars(calendars: CalendarsRead, page: Paging) -> ListAnswer[CalendarAnswer]:
    """The tenant's calendars, newest first."""
    return ListAnswer.of(await calendars.page(page), CalendarAnswer.of)


@router.post("/preview", responses=problems(CalendarBaseUnknown))
async def preview_calendar(body: CalendarPreview, _: CalendarsRead) -> CalendarYearAnswer:
    """The days off of a year, as a definition would make them."""
    return CalendarYearAnswer.of(await year_of(body.definition, body.year))


@router.get("/national")
async def list_national_calendars(_: CalendarsRead) -> NationalCalendarList:
    """Calendars that come with OpenReg: TARGET, countries, markets."""
    titles = await asyncio.to_thread(national_titles)
    items = [NationalCalendarAnswer(code=code, title=title) for code, title in titles.items()]
    return NationalCalendarList(items=items, source=national_source())


@router.get("/national/{code}", responses=problems(CalendarNotFound))
async def get_national_calendar(code: Code, _: CalendarsRead) -> NationalCalendarAnswer:
    """One of them, with its weekend; also a part of a country."""
    return NationalCalendarAnswer.of(await get_national(code))


@router.get("/national/{code}/days", responses=problems(CalendarNotFound))
async def list_national_days(code: Code, year: YearAsked, _: CalendarsRead) -> CalendarYearAnswer:
    """The days off of a year."""
    national = await get_national(code)
    return CalendarYearAnswer.of(await year_of(CalendarDefinition(based_on=national.code), year))


@router.get("/{calendar_id}", responses=problems(CalendarNotFound))
async def get_calendar(calendar_id: UUID, calendars: CalendarsRead, response: Response) -> CalendarAnswer:
    """One calendar."""
    return _tagged(response, await calendars.get(calendar_id))


@router.patch("/{calendar_id}", responses=problems(CalendarNotFound, PreconditionFailed, CalendarBaseUnknown))
async def change_calendar(
    calendar_id: UUID, body: CalendarChange, calendars: CalendarsWrite, if_match: IfMatch, response: Response
) -> CalendarAnswer:
    """Change title or days; other days make a new version, and runs keep the one they began with."""
    return _tagged(response, await calendars.change(calendar_id, body.title, body.definition, if_match))


@router.delete(
    "/{calendar_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(CalendarNotFound, CalendarInUse)
)
async def delete_calendar(calendar_id: UUID, calendars: CalendarsWrite) -> None:
    """Remove a calendar that no report counts with."""
    await calendars.remove(calendar_id)


@router.get("/{calendar_id}/days", responses=problems(CalendarNotFound))
async def list_calendar_days(calendar_id: UUID, year: YearAsked, calendars: CalendarsRead) -> CalendarYearAnswer:
    """The days off of a year, and national days that were taken out."""
    return CalendarYearAnswer.of(await year_of((await calendars.get(calendar_id)).read_definition(), year))


@router.get("/{calendar_id}/versions", responses=problems(CalendarNotFound))
async def list_calendar_versions(calendar_id: UUID, calendars: CalendarsRead) -> CalendarVersionList:
    """What the calendar was, newest first."""
    found = await calendars.versions(calendar_id)
    return CalendarVersionList(items=[CalendarVersionAnswer.of(one) for one in found])


def _tagged(response: Response, calendar: Calendar) -> CalendarAnswer:
    tag(response, calendar_etag(calendar))
    return CalendarAnswer.of(calendar)
