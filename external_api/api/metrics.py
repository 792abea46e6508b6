"""Metrics of the external API in the form of Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from backend.core.metrics.access import reads_metrics
from backend.core.metrics.exposition import MEDIA_TYPE, MetricsRefused, exposition
from backend.core.problems import problems
from backend.services.installation_readings import pool_readings
from external_api.api.health import Watch

router = APIRouter(tags=["metrics"])


@router.get(
    "/metrics",
    response_class=Response,
    responses=problems(MetricsRefused),
    dependencies=[Depends(reads_metrics)],
)
async def metrics(watch: Watch) -> Response:
    """Counters of this process."""
    pools = {"application": watch.dependencies.database.pool_use()}
    return Response(exposition(pool_readings(pools)), media_type=MEDIA_TYPE)
