"""Deadlines of reports."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, status

from backend.api.dependencies import Idempotency, Requires
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.deadlines import (
    DeadlineAnswer,
    DeadlineBody,
    DeadlineCreate,
    DeadlineList,
)
from backend.core.etags import PreconditionFailed
from backend.core.ids import ReportId
from backend.core.problems import problems
from backend.domain.calendars import CalendarNotFound
from backend.domain.deadlines import DeadlineExists, DeadlineNotFound
from backend.domain.permissions import Permission
from backend.domain.schedules.faults import CalendarWithoutDays
from backend.domain.tenants import TimeZoneUnknown
from backend.services.deadlines import DeadlineService, deadline_etag
from backend.services.reports import ReportNotFound
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/deadlines", tags=["deadlines"])


def deadline_service(permission: Permission) -> Callable[..., Awaitable[DeadlineService]]:
    """Deadlines, for who holds a permission."""

    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> DeadlineService:
        return DeadlineService(scope)

    return provide


DeadlinesRead = Annotated[DeadlineService, Depends(deadline_service(Permission.SCHEDULES_READ))]
DeadlinesWrite = Annotated[DeadlineService, Depends(deadline_service(Permission.SCHEDULES_WRITE))]
_REFUSED = (CalendarNotFound, CalendarWithoutDays, TimeZoneUnknown)


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(ReportNotFound, DeadlineExists, *_REFUSED))
async def create_deadline(body: DeadlineCreate, deadlines: DeadlinesWrite, idempotency: Idempotency) -> DeadlineAnswer:
    """Say until when a report of each day must have arrived."""

    async def act() -> dict[str, object]:
        made = await deadlines.create(ReportId(body.report_id), body.terms())
        return DeadlineAnswer.of(made).model_dump(mode="json")

    request = {"route": "deadlines", **body.model_dump(mode="json")}
    return DeadlineAnswer.model_validate(await idempotency.once(deadlines.scope, request, act))


@router.get("")
async def list_deadlines(deadlines: DeadlinesRead) -> DeadlineList:
    """Every deadline, by the name of its report."""
    return DeadlineList(items=[DeadlineAnswer.of(one, name) for one, name in await deadlines.all()])


@router.get("/{deadline_id}", responses=problems(DeadlineNotFound))
async def get_deadline(deadline_id: UUID, deadlines: DeadlinesRead, response: Response) -> DeadlineAnswer:
    """One deadline."""
    found = await deadlines.get(deadline_id)
    tag(response, deadline_etag(found))
    return DeadlineAnswer.of(found)


@router.put("/{deadline_id}", responses=problems(DeadlineNotFound, PreconditionFailed, *_REFUSED))
async def change_deadline(
    deadline_id: UUID, body: DeadlineBody, deadlines: DeadlinesWrite, if_match: IfMatch, response: Response
) -> DeadlineAnswer:
    """Set it anew; days that are not due yet follow within seconds."""
    changed = await deadlines.change(deadline_id, body.terms(), if_match)
    tag(response, deadline_etag(changed))
    return DeadlineAnswer.of(changed)


@router.delete("/{deadline_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(DeadlineNotFound))
async def delete_deadline(deadline_id: UUID, deadlines: DeadlinesWrite) -> None:
    """Nothing is owed from now on; what was met or missed is kept."""
    await deadlines.remove(deadline_id)
