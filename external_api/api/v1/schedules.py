"""Published schedules: when reports run."""

# Annotations are evaluated here, not kept as text, as in ``external_api.api.access``.

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.pagination import Page
from backend.domain.customers import KeyScope
from backend.domain.publications import PublicationKind, PublicationNotFound
from backend.persistence.repositories.publications import PublicationRepository
from backend.services.publications import visible_publications
from external_api.api.reading import Place, Reading, read_responses, reads
from external_api.api.schemas.content import ScheduleAnswer
from external_api.api.schemas.reading import PageAnswer

router = APIRouter(prefix="/schedules", tags=["schedules"])
_KIND: Final = PublicationKind.SCHEDULE
Schedules = Annotated[Reading[ScheduleAnswer], reads(KeyScope.SCHEDULES_READ, ScheduleAnswer, _KIND)]


@router.get("", response_model=PageAnswer[ScheduleAnswer], responses=read_responses())
async def list_schedules(reading: Schedules) -> Response:
    """Published schedules that the plan includes, by name."""

    async def load(session: AsyncSession, place: Place) -> Page[ScheduleAnswer]:
        page = (await visible_publications(session, reading.scope.caller, _KIND)).after(place.after, place.limit)
        publications = PublicationRepository(session, reading.scope.tenant)
        newest = await publications.current([one.id for one in page.items])
        return Page([ScheduleAnswer.of(one, newest[one.id]) for one in page.items], page.next_cursor)

    return await reading.page(load)


@router.get("/{schedule}", response_model=ScheduleAnswer, responses=read_responses(PublicationNotFound))
async def get_schedule(
    schedule: Annotated[str, Path(max_length=63, description="Its name, or its id.")], reading: Schedules
) -> Response:
    """One schedule as it is now."""

    async def load(session: AsyncSession) -> ScheduleAnswer:
        found = (await visible_publications(session, reading.scope.caller, _KIND)).get(schedule)
        newest = await PublicationRepository(session, reading.scope.tenant).current([found.id])
        return ScheduleAnswer.of(found, newest[found.id])

    return await reading.one(load)
