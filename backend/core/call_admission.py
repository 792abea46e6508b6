"""Whether a call passes: token buckets and a month's count, asked and taken from in one step on Redis' clock.

Either every bucket has a token and all give one, or none does. The count of the month is not Redis' own: who asks says
what to begin with when Redis has forgotten it. Without Redis each process decides by itself, with a share of the rate
and the last count it has heard.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from redis.asyncio import Redis

from backend.core.redis_fallback import RedisFallback
from backend.core.token_bucket import LocalBuckets, Rate, Taken

_COUNTS_HELD: Final = 10_000
_COUNT_UNKNOWN: Final = -1
#: Counts outlive their month by a little: calls of its last second still ask.
_COUNT_KEPT_SECONDS: Final = 32 * 24 * 3600
_ADMIT: Final = """
local buckets, quota, seed, kept = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local counter = KEYS[buckets + 1]
local used = tonumber(redis.call('GET', counter) or seed)
if used < 0 then
  return {-1}
end
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local answer = {1, used}
local held = {}
for i = 1, buckets do
  local rate, burst = tonumber(ARGV[3 + 2 * i]), tonumber(ARGV[4 + 2 * i])
  local state = redis.call('HMGET', KEYS[i], 'tokens', 'at')
  held[i] = math.min(burst, (tonumber(state[1]) or burst) + math.max(0, now - (tonumber(state[2]) or now)) * rate)
  if held[i] < 1 then
    answer[1] = 0
  end
end
if answer[1] == 1 and quota >= 0 and used >= quota then
  answer[1] = 2
end
for i = 1, buckets do
  local rate, burst = tonumber(ARGV[3 + 2 * i]), tonumber(ARGV[4 + 2 * i])
  if answer[1] > 0 then
    held[i] = held[i] - 1
  end
  redis.call('HSET', KEYS[i], 'tokens', string.format('%.6f', held[i]), 'at', string.format('%.6f', now))
  redis.call('PEXPIRE', KEYS[i], math.ceil((burst - held[i]) / rate * 1000) + 1000)
  answer[2 + i] = string.format('%.6f', held[i])
end
if answer[1] == 1 then
  answer[2] = used + 1
  redis.call('SET', counter, answer[2], 'EX', kept)
end
return answer
"""


class Verdict(IntEnum):
    """What became of a call."""

    TOO_FAST = 0
    ADMITTED = 1
    QUOTA_USED = 2


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket by its key in Redis, and how fast it fills."""

    key: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class Count:
    """The calls of a month by their key in Redis; ``quota`` None: as many as there are.

    ``read`` gives what has been counted so far, for when Redis does not know.
    """

    key: str
    quota: int | None
    read: Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Admission:
    """The verdict, what each bucket holds, and how many calls the month has with this one."""

    verdict: Verdict
    taken: tuple[Taken, ...]
    used: int

    @property
    def tightest(self) -> Taken:
        """The bucket that stops this call, or the next one, first."""
        return max(self.taken, key=lambda one: (one.retry_after_seconds, -one.remaining))


class CallAdmission:
    """Admits calls of all keys of one process."""

    def __init__(self, redis: Redis, fallback: RedisFallback, *, local_share: float) -> None:
        self._script = redis.register_script(_ADMIT)
        self._fallback = fallback
        self._local_share = local_share
        self._local = LocalBuckets()
        self._counts: OrderedDict[str, int] = OrderedDict()

    async def admit(self, buckets: Sequence[Bucket], count: Count) -> Admission:
        """Take a token from each bucket and count the call, or say why not."""
        found = await self._ask(buckets, count, _COUNT_UNKNOWN)
        if found is None:
            found = await self._ask(buckets, count, await count.read())
        if found is None:  # Redis forgot the count between the two: this process knows it
            return self._by_itself(buckets, count)
        return found

    async def _ask(self, buckets: Sequence[Bucket], count: Count, seed: int) -> Admission | None:
        async def shared() -> Admission | None:
            rates = [number for one in buckets for number in (one.rate.per_second, one.rate.burst)]
            quota = -1 if count.quota is None else count.quota
            answer = await self._script(
                keys=[*(one.key for one in buckets), count.key],
                args=[len(buckets), quota, seed, _COUNT_KEPT_SECONDS, *rates],
            )
            if int(answer[0]) == _COUNT_UNKNOWN:
                return None
            verdict, used = Verdict(int(answer[0])), int(answer[1])
            self._note(count.key, used)
            is_allowed = verdict is not Verdict.TOO_FAST
            taken = (
                Taken.of(one.rate, float(tokens), 1, is_allowed=is_allowed or float(tokens) >= 1)
                for one, tokens in zip(buckets, answer[2:], strict=True)
            )
            return Admission(verdict, tuple(taken), used)

        return await self._fallback.ask(shared, lambda: self._by_itself(buckets, count))

    def _by_itself(self, buckets: Sequence[Bucket], count: Count) -> Admission:
        share, used = self._local_share, self._counts.get(count.key, 0)
        taken = tuple(self._local.take(one.key, one.rate.share(share)) for one in buckets)
        if not all(one.is_allowed for one in taken):
            return Admission(Verdict.TOO_FAST, taken, used)
        if count.quota is not None and used >= count.quota:
            return Admission(Verdict.QUOTA_USED, taken, used)
        self._note(count.key, used + 1)
        return Admission(Verdict.ADMITTED, taken, used + 1)

    def _note(self, key: str, used: int) -> None:
        self._counts[key] = used
        self._counts.move_to_end(key)
        if len(self._counts) > _COUNTS_HELD:
            self._counts.popitem(last=False)
