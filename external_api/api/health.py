"""Health and readiness of the external API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, status

from backend.core.health_documents import HealthAnswer, ReadyAnswer
from backend.services.readiness import GLANCE_SECONDS, DependencyWatch, is_ready

router = APIRouter(tags=["health"])


async def current_watch(request: Request) -> DependencyWatch:
    """The watch of the application that handles this request."""
    watch: DependencyWatch = request.app.state.watch
    return watch


Watch = Annotated[DependencyWatch, Depends(current_watch)]


@router.get("/health")
async def health(watch: Watch) -> HealthAnswer:
    """The process answers, and names what it knows to be away; always 200, and within a second."""
    return HealthAnswer.of(await watch.glance(GLANCE_SECONDS))


@router.get("/ready", responses={status.HTTP_503_SERVICE_UNAVAILABLE: {"model": ReadyAnswer}})
async def ready(watch: Watch, response: Response) -> ReadyAnswer:
    """Requests can be answered; 503 while the database is away. Without Redis or the bucket reading goes on."""
    states = await watch.look()
    if not is_ready(states):
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return ReadyAnswer.of(states, is_ready=is_ready(states))
