"""Ask Redis, and when it does not answer decide in this process: counters must never be open, nor hold a request up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
T = TypeVar("T")
Monotonic = Callable[[], float]
ANSWER_SECONDS = 0.5
#: How long Redis is left alone after it did not answer, so that not every request waits for it.
REST_SECONDS = 5.0


class RedisFallback:
    """One Redis, as far as counters are concerned: reachable, or left alone for a moment."""

    def __init__(self, clock: Monotonic = time.monotonic) -> None:
        self._clock = clock
        self._rests_until = 0.0
        self._is_away = False

    @property
    def is_resting(self) -> bool:
        """Whether Redis is not asked at the moment."""
        return self._clock() < self._rests_until

    def went_away(self, error: Exception) -> None:
        """Redis did not answer."""
        self._rests_until = self._clock() + REST_SECONDS
        if not self._is_away:
            self._is_away = True
            log.warning("rate_limits_local", reason=type(error).__name__)

    def answered(self) -> None:
        """Redis answers (again)."""
        if self._is_away:
            self._is_away = False
            log.info("rate_limits_shared")

    async def ask(self, redis: Callable[[], Awaitable[T]], local: Callable[[], T]) -> T:
        """What Redis says, else what this process alone can say."""
        if self.is_resting:
            return local()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await redis()
        except (RedisError, OSError, TimeoutError) as error:
            self.went_away(error)
            return local()
        self.answered()
        return answer
