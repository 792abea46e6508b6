"""A token bucket per key on Redis' clock: rate N/60 a second, burst B; in any 60 seconds at most N + B pass.

One script reads, refills and takes: callers on many machines share one bucket. Without Redis each process has a
bucket of its own with a share of the rate.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass

from redis.asyncio import Redis

from backend.core.redis_fallback import Monotonic, RedisFallback

_KEYS_HELD = 10_000
_SECONDS = 60
_TAKE = """
local rate, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(burst, (tonumber(state[1]) or burst) + math.max(0, now - (tonumber(state[2]) or now)) * rate)
local allowed = 0
if tokens >= cost then
  tokens = math.min(burst, tokens - cost)
  allowed = 1
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
return {allowed, string.format('%.6f', tokens)}
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many calls a minute, and how many at once."""

    per_minute: float
    burst: float

    @classmethod
    def published(cls, per_minute: int) -> Rate:
        """The rate of an API key: a tenth of a minute's calls at once, ten at most."""
        return cls(per_minute, max(1, min(10, per_minute / 10)))

    @property
    def per_second(self) -> float:
        """How fast the bucket fills."""
        return self.per_minute / _SECONDS

    def share(self, part: float) -> Rate:
        """What one process may let through alone."""
        return Rate(self.per_minute * part, max(1, self.burst * part))


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether a call passes, and what the bucket holds afterwards."""

    is_allowed: bool
    remaining: int
    retry_after_seconds: int
    full_after_seconds: int

    @classmethod
    def of(cls, rate: Rate, tokens: float, cost: float, *, is_allowed: bool) -> Taken:
        """Seconds are whole and never too early."""
        wait = 0 if is_allowed else max(1, math.ceil((cost - tokens) / rate.per_second))
        return cls(is_allowed, math.floor(tokens), wait, math.ceil((rate.burst - tokens) / rate.per_second))


class TokenBuckets:
    """Buckets by key, in Redis while it answers."""

    def __init__(self, redis: Redis, fallback: RedisFallback, *, local_share: float) -> None:
        self._script = redis.register_script(_TAKE)
        self._fallback = fallback
        self._local_share = local_share
        self._local = LocalBuckets()

    async def take(self, key: str, rate: Rate, cost: float = 1) -> Taken:
        """Take ``cost`` tokens, or none; a negative cost gives some back."""

        async def shared() -> Taken:
            allowed, tokens = await self._script(keys=[key], args=[rate.per_second, rate.burst, cost])
            return Taken.of(rate, float(tokens), cost, is_allowed=bool(allowed))

        return await self._fallback.ask(shared, lambda: self._local.take(key, rate.share(self._local_share), cost))


class LocalBuckets:
    """Buckets of this process alone; the least used keys are forgotten, and so start full."""

    def __init__(self, clock: Monotonic = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, rate: Rate, cost: float = 1) -> Taken:
        """The same as the script does."""
        now = self._clock()
        held, at = self._buckets.pop(key, (rate.burst, now))
        tokens = min(rate.burst, held + (now - at) * rate.per_second)
        is_allowed = tokens >= cost
        if is_allowed:
            tokens = min(rate.burst, tokens - cost)
        self._buckets[key] = (tokens, now)
        if len(self._buckets) > _KEYS_HELD:
            self._buckets.popitem(last=False)
        return Taken.of(rate, tokens, cost, is_allowed=is_allowed)
