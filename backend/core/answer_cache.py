"""Answers kept in Redis for whoever may get the same one; one computes it, all others wait for it or get the last.

The key says everything that an answer depends on, the version of the content included: nothing is ever removed, an
answer that is no longer right is no longer asked for. Without Redis every answer is computed: slower, never an error.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.core.ids import new_id
from backend.core.redis_fallback import ANSWER_SECONDS, RedisFallback
from backend.core.token_bucket import Rate, TokenBuckets

T = TypeVar("T")
#: How long an answer is kept behind its time, to be given while somebody computes it again.
STALE_SECONDS: Final = 60
#: How long whoever computes is believed to do so; and how long others wait before they do it themselves.
COMPUTING_SECONDS: Final = 10
WAITING_SECONDS: Final = 5.0
_LOOK_EVERY_SECONDS: Final = 0.02
_LARGEST_BYTES: Final = 1 << 20
_HEAD: Final = struct.Struct(">d?I")
_RELEASE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1"


class CacheState(StrEnum):
    """Where an answer came from, as ``X-Cache`` has it."""

    HIT = "HIT"
    STALE = "STALE"
    MISS = "MISS"
    BYPASS = "BYPASS"


@dataclass(frozen=True, slots=True)
class Content:
    """A body without what is each customer's own: of a page, ``place`` is where the next one begins."""

    body: bytes
    is_page: bool = False
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Content, where it came from, and how old it is."""

    content: Content
    state: CacheState
    age_seconds: int = 0


Compute = Callable[[], Awaitable[Content]]


class AnswerCache:
    """Answers of all processes. ``seconds`` 0 keeps none; ``bytes_per_hour`` is what one owner may fill."""

    def __init__(
        self,
        redis: Redis,
        fallback: RedisFallback,
        buckets: TokenBuckets,
        *,
        seconds: int,
        bytes_per_hour: int,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._redis = redis
        self._release = redis.register_script(_RELEASE)
        self._fallback = fallback
        self._buckets = buckets
        self._seconds = seconds
        self._rate = Rate(bytes_per_hour / 60, bytes_per_hour)
        self._now = now
        self._running: dict[str, asyncio.Task[Kept]] = {}

    async def get(self, key: str, owner: str, compute: Compute) -> Kept:
        """What is kept under a key, else what is computed now; errors of the computation pass unchanged."""
        if not self._seconds:
            return Kept(await compute(), CacheState.BYPASS)
        name = f"answer:{key}"
        kept = self._read(await self._ask(lambda: cast("Awaitable[bytes | None]", self._redis.get(name))))
        if kept is not None and kept.state is CacheState.HIT:
            return kept
        running = self._running.get(key)
        if running is not None and kept is not None:
            return kept
        if running is None:
            running = asyncio.create_task(self._fill(name, owner, compute, kept))
            self._running[key] = running
            running.add_done_callback(lambda _: self._running.pop(key, None))
            # Whoever asked may be gone before it is done; the others still wait for it.
            return await asyncio.shield(running)
        found = await asyncio.shield(running)
        return found if found.state is CacheState.BYPASS else Kept(found.content, CacheState.HIT, found.age_seconds)

    async def _fill(self, name: str, owner: str, compute: Compute, stale: Kept | None) -> Kept:
        lock, mine = f"{name}:computing", str(new_id())
        deadline = time.monotonic() + WAITING_SECONDS
        while not await self._take(lock, mine):
            if stale is not None:
                return stale
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            kept = self._read(await self._ask(lambda: cast("Awaitable[bytes | None]", self._redis.get(name))))
            if kept is not None:
                return kept
            if self._fallback.is_resting or time.monotonic() > deadline:
                return Kept(await compute(), CacheState.BYPASS)
        try:
            content = await compute()
            is_kept = await self._keep(name, owner, content)
        finally:
            await self._ask(lambda: self._release(keys=[lock], args=[mine]))
        return Kept(content, CacheState.MISS if is_kept else CacheState.BYPASS)

    async def _take(self, lock: str, mine: str) -> bool:
        """Whether this process computes; where Redis does not answer, it does."""
        taken = await self._ask(lambda: self._redis.set(lock, mine, nx=True, ex=COMPUTING_SECONDS), True)
        return bool(taken)

    async def _keep(self, name: str, owner: str, content: Content) -> bool:
        if len(content.body) > _LARGEST_BYTES or self._fallback.is_resting:
            return False
        stored = self._write(content)
        room = await self._buckets.take(f"answers:{owner}", self._rate, len(stored))
        if not room.is_allowed:
            return False
        kept = await self._ask(lambda: self._redis.set(name, stored, ex=self._seconds + STALE_SECONDS))
        return bool(kept)

    async def _ask(self, ask: Callable[[], Awaitable[Any]], otherwise: Any = None) -> Any:
        if self._fallback.is_resting:
            return otherwise
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await ask()
        except (RedisError, OSError, TimeoutError) as error:
            self._fallback.went_away(error)
            return otherwise
        self._fallback.answered()
        return answer

    def _write(self, content: Content) -> bytes:
        place = b"" if content.place is None else content.place.encode()
        return _HEAD.pack(self._now(), content.is_page, len(place)) + place + content.body

    def _read(self, stored: bytes | None) -> Kept | None:
        if stored is None or len(stored) < _HEAD.size:
            return None
        at, is_page, length = _HEAD.unpack_from(stored)
        begin = _HEAD.size + length
        place = stored[_HEAD.size : begin].decode() or None
        age = max(0, int(self._now() - at))
        state = CacheState.HIT if age < self._seconds else CacheState.STALE
        return Kept(Content(stored[begin:], is_page, place), state, age)
