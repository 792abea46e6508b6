"""Rate limits at the edge of both services: slowapi by address on public routes, a token bucket for who is signed in.

What was found out about a call is kept in its ``state``; ``RateLimitHeaders`` writes it on the answer, whatever the
answer is (draft-ietf-httpapi-ratelimit-headers).
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from limits import RateLimitItem, RateLimitItemPerMinute
from slowapi import Limiter
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.config import RateLimitSettings
from backend.core.clock import utc_now
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.redis_fallback import ANSWER_SECONDS, RedisFallback
from backend.core.token_bucket import Rate, TokenBuckets

_STATE = "rate_limit"
_WINDOW_SECONDS = 60
_NOWHERE = "unknown"


class RateLimited(OpenRegError):
    """Too many calls; wait a moment."""

    code: ClassVar[str] = "rate_limited"
    kind: ClassVar[ErrorKind] = ErrorKind.RATE_LIMITED


@dataclass(frozen=True, slots=True)
class Quota:
    """What the headers say: the policy, and what is left of it now."""

    policy: str
    per_minute: int
    remaining: int
    reset_seconds: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Structured fields, as the draft has them."""
        return [
            (b"ratelimit-policy", f'"{self.policy}";q={self.per_minute};w={_WINDOW_SECONDS}'.encode()),
            (b"ratelimit", f'"{self.policy}";r={max(0, self.remaining)};t={max(0, self.reset_seconds)}'.encode()),
        ]


@runtime_checkable
class ToldQuota(Protocol):
    """Something about a caller's limits that stands in headers."""

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Names in lower case, and values."""


class RateLimitHeaders:
    """Writes the quota of a call on its answer. Plain ASGI, shared by both services."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            quota = scope.get("state", {}).get(_STATE)
            if message["type"] == "http.response.start" and isinstance(quota, ToldQuota):
                message["headers"] = [*message.get("headers", []), *quota.headers()]
            await send(message)

        await self._app(scope, receive, answer)


class CallerLimit:
    """A bucket for each who is signed in, or each key."""

    def __init__(self, buckets: TokenBuckets, rate: Rate) -> None:
        self._buckets = buckets
        self._rate = rate

    async def check(self, request: Request, who: str) -> None:
        """Count a call. Raises RateLimited."""
        taken = await self._buckets.take(f"rate:{who}", self._rate)
        quota = Quota("caller", round(self._rate.per_minute), taken.remaining, taken.full_after_seconds)
        note_quota(request, quota)
        if not taken.is_allowed:
            raise rate_limited(taken.retry_after_seconds)


class AddressLimit:
    """slowapi's limiter, per address and group of public routes; counted in Redis, else in this process by a share."""

    def __init__(self, redis_url: str, fallback: RedisFallback, per_minute: int, *, local_share: float) -> None:
        options: dict[str, Any] = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
        strategy = "moving-window"
        # An address that Redis keeps waiting costs a thread, not the event loop: slowapi is synchronous.
        self._shared = Limiter(_address, storage_uri=redis_url, storage_options=options, strategy=strategy)
        self._local = Limiter(_address, storage_uri="memory://", strategy=strategy)
        self._fallback = fallback
        self._item = RateLimitItemPerMinute(per_minute)
        self._local_item = RateLimitItemPerMinute(max(1, int(per_minute * local_share)))

    async def check(self, request: Request, group: str) -> None:
        """Count a call. Raises RateLimited."""
        address = _address(request)

        async def shared() -> tuple[bool, Quota]:
            return await asyncio.to_thread(_hit, self._shared, self._item, group, address)

        def local() -> tuple[bool, Quota]:
            return _hit(self._local, self._local_item, group, address)

        is_allowed, quota = await self._fallback.ask(shared, local)
        note_quota(request, quota)
        if not is_allowed:
            raise rate_limited(max(1, quota.reset_seconds))


@dataclass(frozen=True, slots=True)
class RateLimits:
    """All limits of one API process."""

    callers: CallerLimit
    addresses: AddressLimit

    @classmethod
    def of(
        cls, settings: RateLimitSettings, redis_url: str, buckets: TokenBuckets, fallback: RedisFallback
    ) -> RateLimits:
        """As the settings say."""
        callers = CallerLimit(buckets, Rate(settings.per_minute, settings.burst))
        addresses = AddressLimit(redis_url, fallback, settings.public_per_minute, local_share=settings.local_share)
        return cls(callers, addresses)


def _address(request: Request) -> str:
    return request.client.host if request.client else _NOWHERE


def _hit(limiter: Limiter, item: RateLimitItem, group: str, address: str) -> tuple[bool, Quota]:
    is_allowed = limiter.limiter.hit(item, group, address)
    window = limiter.limiter.get_window_stats(item, group, address)
    reset = math.ceil(window.reset_time - utc_now().timestamp())
    return is_allowed, Quota(group, item.amount, window.remaining, reset)


def note_quota(request: Request, quota: ToldQuota) -> None:
    """Have the headers of the answer say it, whatever the answer is."""
    setattr(request.state, _STATE, quota)


def rate_limited(seconds: int) -> RateLimited:
    """The refusal of a call that may come again after so many seconds."""
    return RateLimited(fix=f"Try again in {seconds} seconds.", extra={"retry_after_seconds": seconds})
