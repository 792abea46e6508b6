"""What one process of the external API works with."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from redis.asyncio import Redis

from backend.config import Settings
from backend.core.answer_cache import AnswerCache
from backend.core.clock import Clock
from backend.core.download_links import LinkSigner
from backend.core.signed_cursors import CursorSigner
from backend.core.token_bucket import TokenBuckets
from backend.core.tokens import TokenSigner
from backend.middleware.rate_limit import AddressLimit, CallerLimit
from backend.persistence.session import Database, SystemDatabase
from backend.services.adapters import Adapters
from backend.services.afterwards import Afterwards
from backend.services.content_versions import ContentVersions
from backend.services.customer_access import KnownKeys
from backend.services.customer_limits import CustomerLimits
from backend.services.customer_metering import UsageMeter
from backend.services.publishers import Publishers
from backend.services.sign_in_throttle import SignInThrottle
from backend.services.stripe_gateway import StripeGateway


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
    content: ContentVersions
    answers: AnswerCache
    cursors: CursorSigner
    links: LinkSigner
    publishers: Publishers
    signer: TokenSigner
    throttle: SignInThrottle
    buckets: TokenBuckets
    #: Of addresses that call what is open to anybody, and of people who are signed in.
    public_limit: AddressLimit
    people_limit: CallerLimit
    afterwards: Afterwards
    #: None: plans are kept by hand.
    gateway: StripeGateway | None
    #: The database's clock, on which what was fetched when is compared with what workers fetched.
    now: Clock

    async def close(self) -> None:
        """Close pools and connections."""
        await self.database.dispose()
        await self.system.dispose()
        await self.redis.aclose()
        if self.gateway is not None:
            await self.gateway.close()


async def current_runtime(request: Request) -> ExternalRuntime:
    """The runtime of the application that handles this request."""
    runtime: ExternalRuntime = request.app.state.runtime
    return runtime
