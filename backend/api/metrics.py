"""Metrics in the form of Prometheus: of this process, and of the whole installation."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from backend.api.dependencies import Runtime
from backend.core.metrics.exposition import MEDIA_TYPE, MetricsRefused, check_reader, exposition
from backend.core.problems import problems
from backend.services.installation_readings import pool_readings

router = APIRouter(tags=["metrics"])


async def reads_metrics(request: Request, runtime: Runtime) -> None:
    """Nobody who reads metrics is signed in: a token of their own, or the same machine. Raises MetricsRefused."""
    token = runtime.settings.metrics.token
    client = request.client.host if request.client else None
    check_reader(token.get_secret_value() if token else None, client, request.headers)


@router.get(
    "/metrics",
    response_class=Response,
    responses=problems(MetricsRefused),
    dependencies=[Depends(reads_metrics)],
)
async def metrics(runtime: Runtime) -> Response:
    """Counters of this process, and what waits in the installation."""
    pools = {"application": runtime.database.pool_use(), "system": runtime.system.pool_use()}
    readings = [*await runtime.readings.read(), *pool_readings(pools)]
    return Response(exposition(readings), media_type=MEDIA_TYPE)
