"""What one process of the external API works with."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from redis.asyncio import Redis

from backend.config import Settings
from backend.persistence.session import Database, SystemDatabase
from backend.services.adapters import Adapters
from backend.services.customer_access import KnownKeys
from backend.services.customer_limits import CustomerLimits
from backend.services.customer_metering import UsageMeter


@dataclass(frozen=True, slots=True)
class ExternalRuntime:
    """Pools, adapters and limits, made once and closed when the process ends."""

    settings: Settings
    database: Database
    system: SystemDatabase
    adapters: Adapters
    redis: Redis
    known_keys: KnownKeys
    limits: CustomerLimits
    meter: UsageMeter


async def current_runtime(request: Request) -> ExternalRuntime:
    """The runtime of the application that handles this request."""
    runtime: ExternalRuntime = request.app.state.runtime
    return runtime
