"""Delays between attempts that fail: some are free, then each wait is twice the last.

An attempt counts as a failure from the moment it is admitted: many at once gain nothing. One that succeeds is
forgotten with all before it. Kept in Redis, on its clock; without Redis in this process.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass

from redis.asyncio import Redis

from backend.core.redis_fallback import Monotonic, RedisFallback

_KEYS_HELD = 10_000
_ADMIT = """
local free, first, longest, memory = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local state = redis.call('HMGET', KEYS[1], 'failures', 'not_before')
local failures, not_before = tonumber(state[1]) or 0, tonumber(state[2]) or 0
if now < not_before then
  return string.format('%.3f', not_before - now)
end
failures = failures + 1
if failures >= free then
  not_before = now + math.min(longest, first * 2 ^ math.min(30, failures - free))
end
redis.call('HSET', KEYS[1], 'failures', failures, 'not_before', string.format('%.6f', not_before))
redis.call('EXPIRE', KEYS[1], math.ceil(longest + memory))
return '0'
"""


@dataclass(frozen=True, slots=True)
class DelayPolicy:
    """After ``free`` failures comes a wait of ``first_seconds``; all is forgotten after ``memory_seconds`` of peace."""

    free: int
    first_seconds: float
    longest_seconds: float
    memory_seconds: float

    def delay(self, failures: int) -> float:
        """The wait after so many failures."""
        if failures < self.free:
            return 0
        return min(self.longest_seconds, self.first_seconds * 2.0 ** min(30, failures - self.free))


class AttemptDelays:
    """Waits by key."""

    def __init__(self, redis: Redis, fallback: RedisFallback) -> None:
        self._redis = redis
        self._script = redis.register_script(_ADMIT)
        self._fallback = fallback
        self._local = LocalDelays()

    async def admit(self, key: str, policy: DelayPolicy) -> int:
        """0 when the attempt may be made, else the whole seconds to wait first."""

        async def shared() -> float:
            values = [policy.free, policy.first_seconds, policy.longest_seconds, policy.memory_seconds]
            return float(await self._script(keys=[key], args=values))

        return math.ceil(await self._fallback.ask(shared, lambda: self._local.admit(key, policy)))

    async def succeeded(self, key: str) -> None:
        """Forget the failures of a key."""
        self._local.forget(key)

        async def shared() -> None:
            await self._redis.delete(key)

        await self._fallback.ask(shared, lambda: None)


class LocalDelays:
    """Waits of this process alone; the least used keys are forgotten."""

    def __init__(self, clock: Monotonic = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float, float]] = OrderedDict()

    def admit(self, key: str, policy: DelayPolicy) -> float:
        """The same as the script does."""
        now = self._clock()
        failures, not_before, forgotten_at = self._failures.pop(key, (0, now, now))
        if now < not_before:
            self._failures[key] = (failures, not_before, forgotten_at)
            return not_before - now
        failures = (0 if now >= forgotten_at else failures) + 1
        not_before = now + policy.delay(failures)
        self._failures[key] = (failures, not_before, now + policy.longest_seconds + policy.memory_seconds)
        if len(self._failures) > _KEYS_HELD:
            self._failures.popitem(last=False)
        return 0

    def forget(self, key: str) -> None:
        """As if nothing had been tried."""
        self._failures.pop(key, None)
