"""The dashboard and the search: for everybody who is signed in, each part with the permission it needs."""

# Annotations are evaluated, not kept as text: FastAPI reads the types of query parameters from them.

from typing import Annotated

from fastapi import Depends, Query, Request

from backend.api.dependencies import Runtime, SignedIn, scope_of
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.overview import DashboardAnswer, FoundAnswer, FoundList
from backend.services.overview import OverviewService

router = ResourceRouter(tags=["overview"])


async def overview(request: Request, principal: SignedIn, runtime: Runtime) -> OverviewService:
    """What the caller may see of everything."""
    return OverviewService(scope_of(request, principal, runtime), principal.permissions)


Overview = Annotated[OverviewService, Depends(overview)]


@router.get("/dashboard")
async def get_dashboard(seen: Overview) -> DashboardAnswer:
    """What needs attention, as far as the caller may see it."""
    return DashboardAnswer.of(await seen.dashboard())


@router.get("/search")
async def search(seen: Overview, q: Annotated[str, Query(min_length=2, max_length=200)]) -> FoundList:
    """Anything by the beginning of its id; reports, connectors, destinations and files also by name."""
    return FoundList(items=[FoundAnswer.of(one) for one in await seen.search(q)])
