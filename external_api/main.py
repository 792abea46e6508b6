"""The external API's application: ``uvicorn external_api.main:create_app --factory``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import FastAPI
from redis.asyncio import Redis
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from backend.config import Settings
from backend.core.answer_cache import AnswerCache
from backend.core.attempt_delay import AttemptDelays
from backend.core.call_admission import CallAdmission
from backend.core.clock import utc_now
from backend.core.download_links import LinkSigner
from backend.core.logging import configure_logging
from backend.core.problems import install_problem_handlers
from backend.core.redis_fallback import RedisFallback
from backend.core.signed_cursors import CursorSigner
from backend.core.token_bucket import Rate, TokenBuckets
from backend.middleware.api_pages import mount_api_pages
from backend.middleware.rate_limit import AddressLimit, CallerLimit, RateLimitHeaders
from backend.middleware.request_context import RequestContext
from backend.middleware.request_metrics import RequestMetrics
from backend.middleware.single_page_app import SinglePageApp, mount_spa
from backend.persistence.session import Database, SystemDatabase
from backend.services.adapters import create_adapters, create_signer
from backend.services.afterwards import Afterwards
from backend.services.content_versions import ContentVersions
from backend.services.customer_access import KnownKeys
from backend.services.customer_limits import CustomerLimits
from backend.services.customer_metering import UsageMeter
from backend.services.mail import PublicLinks
from backend.services.publishers import Publishers
from backend.services.readiness import Dependencies, DependencyWatch
from backend.services.sign_in_throttle import SignInThrottle
from backend.services.start_checks import check_start
from backend.services.stripe_gateway import gateway_of
from external_api.api import health, metrics
from external_api.api.call_meter import CallMeter
from external_api.api.router import API_PREFIX, api_router
from external_api.api.runtime import ExternalRuntime
from external_api.api.v1 import problem_pages
from external_api.config import load_external_settings

log = structlog.get_logger(__name__)
#: Where the build of the customer portal is put, in a checkout and in the wheel.
STATIC = Path(__file__).parent / "static"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, configured by the environment unless settings are given."""
    chosen = settings or load_external_settings()
    configure_logging(level=chosen.runtime.log_level, json_format=chosen.runtime.is_production)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        runtime = create_runtime(chosen)
        dependencies = Dependencies(runtime.database, runtime.redis, runtime.adapters.storage, runtime.system)
        app.state.runtime = runtime
        app.state.watch = DependencyWatch(dependencies, utc_now)
        app.state.metrics_token = chosen.metrics.token
        hearing = (runtime.known_keys.listen(runtime.database), runtime.content.listen())
        listening, counting = [asyncio.create_task(one) for one in hearing], asyncio.create_task(runtime.meter.run())
        try:
            checks = await check_start(dependencies, is_production=chosen.runtime.is_production)
            log.info("external_api_started", **checks)
            yield
        finally:
            for one in listening:
                one.cancel()
            runtime.meter.end()
            await asyncio.wait([*listening, counting])
            await runtime.afterwards.drain()
            await runtime.close()

    app = FastAPI(
        title="OpenReg external API",
        version="1",
        summary="Read-only regulatory content for customers.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    install_problem_handlers(app, f"{API_PREFIX}{problem_pages.PATH}")
    app.add_middleware(CallMeter)
    app.add_middleware(RateLimitHeaders)
    app.add_middleware(RequestContext)
    app.add_middleware(RequestMetrics, service="external_api")
    if chosen.runtime.trusted_proxies:
        # Outermost, so that every other part sees the address and the scheme of the caller.
        proxies = [str(network) for network in chosen.runtime.trusted_proxies]
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=proxies)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.include_router(api_router())
    mount_api_pages(app)
    # The portal calls the service that it comes from, whatever the core's pages are told.
    mount_spa(app, SinglePageApp(STATIC, "", api_prefixes=("/external_api",)))
    return app


def create_runtime(settings: Settings) -> ExternalRuntime:
    """Pools and adapters of one process; nothing is contacted yet."""
    pool_size, name = settings.database.pool_size, "openreg-external"
    database = Database(settings.database.url.get_secret_value(), pool_size=pool_size, name=name)
    system = SystemDatabase(settings.database.system_url.get_secret_value(), pool_size=pool_size, name=name)
    redis = Redis.from_url(settings.redis.url.get_secret_value(), socket_timeout=5, socket_connect_timeout=5)
    adapters = create_adapters(settings)
    limits, redis_url, fallback = settings.rate_limits, settings.redis.url.get_secret_value(), RedisFallback()
    admission = CallAdmission(redis, fallback, local_share=limits.local_share)
    buckets = TokenBuckets(redis, fallback, local_share=limits.local_share)
    return ExternalRuntime(
        settings=settings,
        database=database,
        system=system,
        adapters=adapters,
        redis=redis,
        known_keys=KnownKeys(),
        limits=CustomerLimits(admission, database, utc_now),
        meter=UsageMeter(database, adapters.box, PublicLinks(settings.publishing.portal_url), utc_now),
        content=ContentVersions(database),
        answers=AnswerCache(
            redis,
            RedisFallback(),
            buckets,
            seconds=settings.publishing.answer_cache_seconds,
            bytes_per_hour=settings.publishing.answer_cache_megabytes << 20,
        ),
        cursors=CursorSigner(_secrets(settings)),
        links=LinkSigner(_secrets(settings)),
        publishers=Publishers(system, settings.publishing.default_publisher),
        signer=create_signer(settings),
        throttle=SignInThrottle(AttemptDelays(redis, fallback), buckets),
        buckets=buckets,
        public_limit=AddressLimit(redis_url, fallback, limits.public_per_minute, local_share=limits.local_share),
        people_limit=CallerLimit(buckets, Rate(limits.per_minute, limits.burst)),
        afterwards=Afterwards(),
        gateway=gateway_of(settings.stripe),
        now=database.now,
    )


def _secrets(settings: Settings) -> list[str]:
    """Today's secret signs; cursors and links of the one before are still read."""
    security = settings.security
    secrets = [one for one in (security.secret_key, security.secret_key_previous) if one is not None]
    return [one.get_secret_value() for one in secrets]
