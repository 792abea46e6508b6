"""The guard of ``/metrics``, alike in both services."""

from __future__ import annotations

from fastapi import Request
from pydantic import SecretStr

from backend.core.metrics.exposition import check_reader


async def reads_metrics(request: Request) -> None:
    """Nobody who reads metrics is signed in: a token of their own, or the same machine. Raises MetricsRefused.

    The application's state holds the token as ``metrics_token``, None where there is none.
    """
    token: SecretStr | None = request.app.state.metrics_token
    client = request.client.host if request.client else None
    check_reader(token.get_secret_value() if token else None, client, request.headers)
