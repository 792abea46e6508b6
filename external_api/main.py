"""The external API's application: ``uvicorn external_api.main:create_app --factory``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import FastAPI
from redis.asyncio import Redis
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from backend.config import Settings
from backend.core.clock import utc_now
from backend.core.logging import configure_logging
from backend.core.problems import install_problem_handlers
from backend.middleware.api_pages import mount_api_pages
from backend.middleware.request_context import RequestContext
from backend.middleware.request_metrics import RequestMetrics
from backend.middleware.single_page_app import SinglePageApp, mount_spa
from backend.persistence.session import Database
from backend.services.adapters import create_adapters
from backend.services.readiness import Dependencies, DependencyWatch
from backend.services.start_checks import check_start
from external_api.api import health, metrics
from external_api.config import load_external_settings

log = structlog.get_logger(__name__)
API_PREFIX = "/external_api/v1"
#: Where the build of the customer portal is put, in a checkout and in the wheel.
STATIC = Path(__file__).parent / "static"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, configured by the environment unless settings are given."""
    chosen = settings or load_external_settings()
    configure_logging(level=chosen.runtime.log_level, json_format=chosen.runtime.is_production)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(
            chosen.database.url.get_secret_value(), pool_size=chosen.database.pool_size, name="openreg-external"
        )
        redis = Redis.from_url(chosen.redis.url.get_secret_value(), socket_timeout=5, socket_connect_timeout=5)
        dependencies = Dependencies(database, redis, create_adapters(chosen).storage)
        app.state.watch = DependencyWatch(dependencies, utc_now)
        app.state.metrics_token = chosen.metrics.token
        try:
            checks = await check_start(dependencies, is_production=chosen.runtime.is_production)
            log.info("external_api_started", **checks)
            yield
        finally:
            await database.dispose()
            await redis.aclose()

    app = FastAPI(
        title="OpenReg external API",
        version="1",
        summary="Read-only regulatory content for customers.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    install_problem_handlers(app)
    app.add_middleware(RequestContext)
    app.add_middleware(RequestMetrics, service="external_api")
    if chosen.runtime.trusted_proxies:
        # Outermost, so that every other part sees the address and the scheme of the caller.
        proxies = [str(network) for network in chosen.runtime.trusted_proxies]
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=proxies)
    app.include_router(health.router)
    app.include_router(metrics.router)
    mount_api_pages(app)
    # The portal calls the service that it comes from, whatever the core's pages are told.
    mount_spa(app, SinglePageApp(STATIC, "", api_prefixes=("/external_api",)))
    return app
