"""The external API's application: ``uvicorn external_api.main:create_app --factory``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI
from redis.asyncio import Redis

from backend.config import Settings
from backend.core.logging import configure_logging
from backend.core.problems import install_problem_handlers
from backend.middleware.request_context import RequestContext
from backend.persistence.session import Database
from backend.services.adapters import create_adapters
from backend.services.readiness import check_start
from external_api.api import health
from external_api.config import load_external_settings

log = structlog.get_logger(__name__)
API_PREFIX = "/external_api/v1"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, configured by the environment unless settings are given."""
    chosen = settings or load_external_settings()
    configure_logging(level=chosen.runtime.log_level, json_format=chosen.runtime.is_production)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        url = chosen.database.url.get_secret_value()
        app.state.database = Database(url, pool_size=chosen.database.pool_size, name="openreg-external")
        app.state.redis = Redis.from_url(
            chosen.redis.url.get_secret_value(), socket_timeout=5, socket_connect_timeout=5
        )
        app.state.storage = create_adapters(chosen).storage
        try:
            state = app.state
            is_production = chosen.runtime.is_production
            checks = await check_start(state.database, state.redis, state.storage, is_production=is_production)
            log.info("external_api_started", **checks)
            yield
        finally:
            await app.state.database.dispose()
            await app.state.redis.aclose()

    app = FastAPI(
        title="OpenReg external API",
        version="1",
        summary="Read-only regulatory content for customers.",
        lifespan=lifespan,
    )
    install_problem_handlers(app)
    app.add_middleware(RequestContext)
    app.include_router(health.router)
    return app
