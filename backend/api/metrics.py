"""Metrics in the form of Prometheus: of this process, and of the whole installation."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from backend.api.dependencies import Runtime
from backend.core.metrics.access import reads_metrics
from backend.core.metrics.exposition import MEDIA_TYPE, MetricsRefused, exposition
from backend.core.problems import problems
from backend.services.installation_readings import pool_readings

router = APIRouter(tags=["metrics"])


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
