"""Metrics of the external API in the form of Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from backend.core.metrics.exposition import MEDIA_TYPE, MetricsRefused, check_reader, exposition
from backend.core.problems import problems
from backend.services.installation_readings import pool_readings
from external_api.api.health import Watch

router = APIRouter(tags=["metrics"])


async def reads_metrics(request: Request) -> None:
    """Nobody who reads metrics is signed in: a token of their own, or the same machine. Raises MetricsRefused."""
    token = request.app.state.metrics_token
    client = request.client.host if request.client else None
    check_reader(token.get_secret_value() if token else None, client, request.headers)


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
