"""The board of deadlines: what is owed when, and what became of it."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from backend.api.deadlines import DeadlinesRead
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.deadlines import ObligationAnswer
from backend.api.schemas.pages import ListAnswer
from backend.core.pagination import DEFAULT_LIMIT, MAX_LIMIT, CursorInvalid, SortedPageRequest
from backend.core.problems import problems
from backend.domain.deadlines import ObligationState
from backend.persistence.repositories.deadlines import ObligationFilter

router = ResourceRouter(prefix="/obligations", tags=["deadlines"])


async def obligation_filter(
    state: Annotated[list[ObligationState] | None, Query(description="Give it several times for several.")] = None,
    report_id: UUID | None = None,
    first: Annotated[date | None, Query(description="The first reporting date.")] = None,
    last: Annotated[date | None, Query(description="The last reporting date.")] = None,
) -> ObligationFilter:
    """Which obligations are wanted."""
    return ObligationFilter(tuple(state or ()), report_id, first, last)


async def by_due(
    *,
    latest_first: bool = False,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
) -> SortedPageRequest:
    """Which page of the board is wanted."""
    return SortedPageRequest("due_at", latest_first, limit, cursor)


@router.get("", responses=problems(CursorInvalid))
async def list_obligations(
    deadlines: DeadlinesRead,
    wanted: Annotated[ObligationFilter, Depends(obligation_filter)],
    page: Annotated[SortedPageRequest, Depends(by_due)],
) -> ListAnswer[ObligationAnswer]:
    """What is owed, by its due time."""
    return ListAnswer.of(await deadlines.board(wanted, page), ObligationAnswer.of)
