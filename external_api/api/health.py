"""Health and readiness of the external API."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel

from backend.services.readiness import OK, check_dependencies

router = APIRouter(tags=["health"])


class HealthAnswer(BaseModel):
    """Says that the process answers."""

    status: str


class ReadyAnswer(BaseModel):
    """``checks`` names each dependency: ``ok``, or why it is not."""

    status: str
    checks: dict[str, str]


@router.get("/health")
async def health() -> HealthAnswer:
    """The process answers."""
    return HealthAnswer(status="ok")


@router.get("/ready", responses={status.HTTP_503_SERVICE_UNAVAILABLE: {"model": ReadyAnswer}})
async def ready(request: Request, response: Response) -> ReadyAnswer:
    """Database, Redis and bucket answer."""
    state = request.app.state
    checks = await check_dependencies(state.database, state.redis, state.storage)
    is_ready = all(verdict == OK for verdict in checks.values())
    response.status_code = status.HTTP_200_OK if is_ready else status.HTTP_503_SERVICE_UNAVAILABLE
    return ReadyAnswer(status="ready" if is_ready else "not_ready", checks=checks)
