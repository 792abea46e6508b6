"""Answers in a real Redis: computed once, given to all who may get the same, and never missed when Redis is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from backend.config import Settings
from backend.core.answer_cache import AnswerCache, CacheState, Content
from backend.core.redis_fallback import RedisFallback
from backend.core.token_bucket import TokenBuckets

OWNER = "publisher"


class Maker:
    """Something that is slow to compute, and counted."""

    def __init__(self, seconds: float = 0.1) -> None:
        self.times = 0
        self._seconds = seconds

    async def __call__(self) -> Content:
        self.times += 1
        await asyncio.sleep(self._seconds)
        return Content(f"body {self.times} é".encode(), is_page=True, place="next é")


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    async with Redis.from_url(settings.redis.url.get_secret_value()) as redis:
        yield redis


def cache_of(redis: Redis, **changes: Any) -> AnswerCache:
    """As each process has one."""
    options = {"seconds": 100, "bytes_per_hour": 1 << 20, **changes}
    return AnswerCache(redis, RedisFallback(), TokenBuckets(redis, RedisFallback(), local_share=1), **options)


async def test_it_is_computed_once_for_processes_that_ask_at_once(redis: Redis) -> None:
    processes, make = [cache_of(redis) for _ in range(4)], Maker()
    found = await asyncio.gather(*(one.get("k", OWNER, make) for one in processes for _ in range(10)))
    assert make.times == 1
    assert {(one.content.body, one.content.place) for one in found} == {("body 1 é".encode(), "next é")}
    assert [one.state for one in found].count(CacheState.MISS) == 1
    again = await cache_of(redis).get("k", OWNER, make)
    assert (again.state, again.content.is_page, make.times) == (CacheState.HIT, True, 1)
    other = await cache_of(redis).get("another", OWNER, make)
    assert (other.state, make.times) == (CacheState.MISS, 2)


async def test_age_grows_and_when_it_is_old_one_computes_and_the_others_get_the_old_one(redis: Redis) -> None:
    clock = [1_000.0]
    processes, make = [cache_of(redis, now=lambda: clock[0]) for _ in range(3)], Maker()
    await processes[0].get("k", OWNER, make)
    clock[0] += 99
    assert (await processes[1].get("k", OWNER, make)).age_seconds == 99
    clock[0] += 2
    found = await asyncio.gather(*(one.get("k", OWNER, make) for one in processes for _ in range(5)))
    assert make.times == 2
    assert {one.state for one in found} == {CacheState.MISS, CacheState.STALE}
    assert {one.age_seconds for one in found if one.state is CacheState.STALE} == {101}
    assert (await processes[2].get("k", OWNER, make)).content.body == "body 2 é".encode()


async def test_without_redis_everything_is_computed(settings: Settings) -> None:
    async with Redis.from_url("redis://127.0.0.1:9/0") as nowhere:
        cache, make = cache_of(nowhere), Maker(0)
        for times in (1, 2, 3):
            found = await cache.get("k", OWNER, make)
            assert (found.state, make.times) == (CacheState.BYPASS, times)


async def test_a_failed_computation_is_not_kept_and_holds_nobody_up(redis: Redis) -> None:
    cache = cache_of(redis)

    async def fail() -> Content:
        await asyncio.sleep(0.05)
        raise LookupError("gone")

    outcomes = await asyncio.gather(*(cache.get("k", OWNER, fail) for _ in range(5)), return_exceptions=True)
    assert {type(one) for one in outcomes} == {LookupError}
    assert (await cache_of(redis).get("k", OWNER, Maker(0))).state is CacheState.MISS


async def test_who_asked_first_may_leave(redis: Redis) -> None:
    cache, make = cache_of(redis), Maker()
    first = asyncio.create_task(cache.get("k", OWNER, make))
    await asyncio.sleep(0.02)
    second = asyncio.create_task(cache.get("k", OWNER, make))
    await asyncio.sleep(0)
    first.cancel()
    assert ((await second).state, make.times) == (CacheState.HIT, 1)


async def test_a_process_that_died_while_computing_holds_others_up_for_a_moment_only(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.core.answer_cache.WAITING_SECONDS", 0.2)
    await redis.set("answer:k:computing", "the dead one", ex=10)
    found = await cache_of(redis).get("k", OWNER, Maker(0))
    assert found.state is CacheState.BYPASS


async def test_one_publisher_fills_so_much_and_no_more(redis: Redis) -> None:
    async def large() -> Content:
        return Content(bytes(600))

    cache = cache_of(redis, bytes_per_hour=1_000)
    states = [(await cache.get(str(number), OWNER, large)).state for number in range(3)]
    assert states == [CacheState.MISS, CacheState.BYPASS, CacheState.BYPASS]
    assert (await cache.get("theirs", "another publisher", large)).state is CacheState.MISS


async def test_what_is_in_redis_and_no_answer_of_ours_is_computed_again(redis: Redis) -> None:
    await redis.set("answer:k", b"x")
    assert (await cache_of(redis).get("k", OWNER, Maker(0))).content.body == "body 1 é".encode()


async def test_nothing_is_kept_for_no_time(redis: Redis) -> None:
    make = Maker(0)
    for _ in range(2):
        assert (await cache_of(redis, seconds=0).get("k", OWNER, make)).state is CacheState.BYPASS
    assert (make.times, await redis.keys("answer*")) == (2, [])
