"""The start of a worker or a scheduler: what it depends on is looked at before it takes anything on."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

import structlog
from redis.asyncio import Redis

from backend.config import Settings
from backend.core.errors import OpenRegError
from backend.core.logging import START_REFUSED
from backend.persistence.session import Database, SystemDatabase
from backend.services.adapters import create_adapters
from backend.services.readiness import Dependencies
from backend.services.start_checks import check_start

log = structlog.get_logger(__name__)


def start_or_exit(settings: Settings, service: str, *, needs_storage: bool) -> None:
    """Look at everything once; the reason is in the log when the process ends here."""
    try:
        checks = asyncio.run(_check(settings, needs_storage=needs_storage))
    except OpenRegError:
        sys.exit(START_REFUSED)  # check_start has told why
    log.info("process_started", service=service, **checks)


async def _check(settings: Settings, *, needs_storage: bool) -> dict[str, str]:
    urls = settings.database
    database = Database(urls.url.get_secret_value(), pool_size=1, name="openreg-start")
    system = SystemDatabase(urls.system_url.get_secret_value(), name="openreg-start", pool_size=1)
    redis = Redis.from_url(settings.redis.url.get_secret_value(), socket_timeout=5, socket_connect_timeout=5)
    storage = create_adapters(settings).storage if needs_storage else None
    try:
        dependencies = Dependencies(database, redis, storage, system)
        return await check_start(dependencies, is_production=settings.runtime.is_production)
    finally:
        await database.dispose()
        await system.dispose()
        with suppress(OSError):
            await redis.aclose()
