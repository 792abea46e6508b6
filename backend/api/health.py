"""Health and readiness: is the process alive, and does what it depends on answer."""

from __future__ import annotations

from fastapi import APIRouter, Response, status

from backend.api.dependencies import Runtime
from backend.core.health_documents import HealthAnswer, ReadyAnswer
from backend.services.readiness import GLANCE_SECONDS, is_ready

router = APIRouter(tags=["health"])


@router.get("/health")
async def health(runtime: Runtime) -> HealthAnswer:
    """The process answers, and names what it knows to be away; always 200, and within a second."""
    return HealthAnswer.of(await runtime.watch.glance(GLANCE_SECONDS))


@router.get("/ready", responses={status.HTTP_503_SERVICE_UNAVAILABLE: {"model": ReadyAnswer}})
async def ready(runtime: Runtime, response: Response) -> ReadyAnswer:
    """Requests can be answered; 503 while the database is away. Without Redis or the bucket reading goes on."""
    states = await runtime.watch.look()
    if not is_ready(states):
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return ReadyAnswer.of(states, is_ready=is_ready(states))
