"""What the API process holds; made by ``backend.main`` and found on the application's state."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from redis.asyncio import Redis

from backend.api.notice_stream import NoticeFeed
from backend.config import Settings
from backend.core.tokens import TokenSigner
from backend.middleware.rate_limit import RateLimits
from backend.persistence.session import Database, SystemDatabase
from backend.services.adapters import Adapters
from backend.services.afterwards import Afterwards
from backend.services.installation_readings import InstallationReadings
from backend.services.readiness import DependencyWatch
from backend.services.sign_in_throttle import SignInThrottle
from backend.services.wakeups import Wakeups


@dataclass(frozen=True, slots=True)
class ApiRuntime:
    """Pools, adapters and ports of one API process."""

    settings: Settings
    database: Database
    system: SystemDatabase
    adapters: Adapters
    signer: TokenSigner
    wakeups: Wakeups
    redis: Redis
    limits: RateLimits
    throttle: SignInThrottle
    afterwards: Afterwards
    notice_feed: NoticeFeed
    watch: DependencyWatch
    readings: InstallationReadings


async def current_runtime(request: Request) -> ApiRuntime:
    """The runtime of the application that handles this request."""
    runtime: ApiRuntime = request.app.state.runtime
    return runtime
