"""The core's HTTP application: ``uvicorn backend.main:create_app --factory``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from redis.asyncio import Redis
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from backend.api import health, metrics, webhook_log, webhook_recoveries, webhooks
from backend.api.notice_stream import NoticeFeed
from backend.api.router import api_routes
from backend.api.runtime import ApiRuntime
from backend.config import Settings, settings_at_start
from backend.core.attempt_delay import AttemptDelays
from backend.core.clock import utc_now
from backend.core.logging import configure_logging
from backend.core.problems import install_problem_handlers
from backend.core.redis_fallback import RedisFallback
from backend.core.token_bucket import TokenBuckets
from backend.middleware.api_pages import mount_api_pages
from backend.middleware.rate_limit import RateLimitHeaders, RateLimits
from backend.middleware.request_context import RequestContext
from backend.middleware.request_metrics import RequestMetrics
from backend.middleware.single_page_app import SinglePageApp, mount_spa
from backend.persistence.session import Database, SystemDatabase
from backend.services.adapters import create_adapters, create_signer
from backend.services.afterwards import Afterwards
from backend.services.installation_readings import InstallationReadings
from backend.services.readiness import Dependencies, DependencyWatch
from backend.services.sign_in_throttle import SignInThrottle
from backend.services.start_checks import check_start
from backend.tasks.client import create_client
from backend.tasks.wakeups import CeleryWakeups

log = structlog.get_logger(__name__)
#: Where the build of the user interface is put, in a checkout and in the wheel.
STATIC = Path(__file__).parent / "static"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, configured by the environment unless settings are given."""
    settings = settings or settings_at_start()
    configure_logging(level=settings.runtime.log_level, json_format=settings.runtime.is_production)
    app = FastAPI(
        title="OpenReg",
        version="1",
        summary="Regulatory reporting that firms run themselves.",
        lifespan=_lifespan(settings),
        docs_url=None,
        redoc_url=None,
    )
    install_problem_handlers(app)
    if settings.runtime.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.runtime.cors_origins,
            allow_credentials=True,
            allow_methods=["*"],
            allow_headers=["*"],
        )
    app.add_middleware(RateLimitHeaders)
    app.add_middleware(RequestContext)
    app.add_middleware(RequestMetrics, service="backend")
    if settings.runtime.trusted_proxies:
        # Outermost, so that every other part sees the address and the scheme of the caller.
        proxies = [str(network) for network in settings.runtime.trusted_proxies]
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=proxies)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.router.routes.extend(api_routes())
    # The path of the integration contract, beside the versioned one.
    for part in (webhook_log, webhooks, webhook_recoveries):
        app.include_router(part.router, include_in_schema=False)
    mount_api_pages(app)
    mount_spa(app, SinglePageApp(STATIC, settings.web.api_url, api_prefixes=("/api", "/webhooks")))
    return app


def _lifespan(settings: Settings):  # type: ignore[no-untyped-def] # noqa: ANN202 - Starlette's own type is private
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        runtime = create_runtime(settings)
        app.state.runtime = runtime
        app.state.metrics_token = settings.metrics.token
        try:
            is_production = settings.runtime.is_production
            checks = await check_start(runtime.watch.dependencies, is_production=is_production)
            log.info("api_started", **checks)
            yield
        finally:
            await runtime.notice_feed.close()
            await runtime.afterwards.drain()
            await asyncio.to_thread(runtime.wakeups.close)
            await runtime.database.dispose()
            await runtime.system.dispose()
            await runtime.redis.aclose()

    return lifespan


def create_runtime(settings: Settings) -> ApiRuntime:
    """Pools and adapters of one API process; nothing is contacted yet."""
    database = settings.database
    redis_url, fallback = settings.redis.url.get_secret_value(), RedisFallback()
    redis = Redis.from_url(redis_url, socket_timeout=5, socket_connect_timeout=5)
    buckets = TokenBuckets(redis, fallback, local_share=settings.rate_limits.local_share)
    application = Database(database.url.get_secret_value(), pool_size=database.pool_size, name="openreg-api")
    system = SystemDatabase(database.system_url.get_secret_value(), name="openreg-api", pool_size=database.pool_size)
    adapters = create_adapters(settings)
    watch = DependencyWatch(Dependencies(application, redis, adapters.storage, system), utc_now)
    return ApiRuntime(
        settings=settings,
        database=application,
        system=system,
        adapters=adapters,
        signer=create_signer(settings),
        wakeups=CeleryWakeups(create_client(settings.redis)),
        redis=redis,
        limits=RateLimits.of(settings.rate_limits, redis_url, buckets, fallback),
        throttle=SignInThrottle(AttemptDelays(redis, fallback), buckets),
        afterwards=Afterwards(),
        notice_feed=NoticeFeed(application),
        watch=watch,
        readings=InstallationReadings(system, redis, watch, utc_now),
    )
