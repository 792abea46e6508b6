"""How often a key may call: exact over many processes, told in headers, and never open."""

from __future__ import annotations

import asyncio
import json
import sys
from bisect import bisect_right

import httpx
import pytest
from fastapi import FastAPI
from redis.exceptions import ConnectionError as RedisAway

from backend.core.token_bucket import Rate
from tests.factories.customer_rows import CustomerRows
from tests.integration.external_api.test_keys import KEY, bearer

#: How far the clocks that passes are written down by can be behind Redis' decision on a busy machine.
JITTER_SECONDS = 0.4


async def passes(redis_url: str, *, processes: int, per_minute: int, seconds: float) -> list[float]:
    """When calls passed that many processes asked for."""
    arguments = ("-m", "tests.harness.hammering", redis_url, str(per_minute), str(seconds))
    started = [
        await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
        for _ in range(processes)
    ]
    outcomes = await asyncio.gather(*(one.communicate() for one in started))
    assert all(one.returncode == 0 for one in started)
    return sorted(at for out, _ in outcomes for at in json.loads(out))


def check_windows(times: list[float], *, per_minute: int, window: float) -> None:
    """Every window, beginning at each pass and just after it: never more than N + burst, and N when asked."""
    rate = Rate.published(per_minute)
    due = rate.per_second * window
    for first, at in enumerate(times):
        most = bisect_right(times, at + window - JITTER_SECONDS) - first
        assert most <= due + rate.burst, (most, at - times[0])
        if at + window + JITTER_SECONDS <= times[-1]:
            least = bisect_right(times, at + window + JITTER_SECONDS) - first - 1
            assert least >= int(due), (least, at - times[0])


async def test_a_limit_is_exact_over_several_processes(redis_url: str) -> None:
    times = await passes(redis_url, processes=4, per_minute=600, seconds=6)
    check_windows(times, per_minute=600, window=2.5)


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_sixteen_processes_on_one_key_of_a_hundred_a_minute(redis_url: str) -> None:
    times = await passes(redis_url, processes=16, per_minute=100, seconds=190)
    assert times[-1] - times[0] > 180
    check_windows(times, per_minute=100, window=60)


async def test_the_headers_say_what_is_left_on_every_answer(reader: httpx.AsyncClient, customers: CustomerRows) -> None:
    customer = await customers.customer(await customers.plan(rate_limit_per_minute=20, monthly_quota=1000))
    _, secret = await customers.key(customer)
    first = await reader.get(KEY, headers=bearer(secret))
    assert first.headers["ratelimit-policy"] == '"minute";q=20;w=60, "month";q=1000;w=2592000'
    assert first.headers["ratelimit"].startswith('"minute";r=1;t=')
    assert '"month";r=999;t=' in first.headers["ratelimit"]
    assert (first.headers["x-ratelimit-limit"], first.headers["x-ratelimit-remaining"]) == ("20", "1")
    assert (await reader.get(KEY, headers=bearer(secret))).status_code == 200
    refused = await reader.get(KEY, headers=bearer(secret))
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["retry-after"]) <= 3
    assert refused.headers["ratelimit"].startswith('"minute";r=0;t=')


async def test_two_keys_of_a_customer_share_its_rate_and_a_key_may_have_less(
    reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    customer = await customers.customer(await customers.plan(rate_limit_per_minute=40))
    secrets = [(await customers.key(customer))[1] for _ in range(2)]
    statuses = [(await reader.get(KEY, headers=bearer(secrets[n % 2]))).status_code for n in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    other = await customers.customer(await customers.plan(rate_limit_per_minute=100))
    _, narrow = await customers.key(other, rate_limit_per_minute=10)
    _, wide = await customers.key(other)
    assert [(await reader.get(KEY, headers=bearer(narrow))).status_code for _ in range(2)] == [200, 429]
    assert (await reader.get(KEY, headers=bearer(wide))).status_code == 200


async def test_a_quota_that_is_used_up_refuses_until_the_next_month(
    reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    customer = await customers.customer(await customers.plan(rate_limit_per_minute=2000, monthly_quota=3))
    _, secret = await customers.key(customer)
    answers = [await reader.get(KEY, headers=bearer(secret)) for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json()["code"] == "quota_used"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 31 * 24 * 3600
    assert '"month";r=0;t=' in answers[-1].headers["ratelimit"]


async def test_without_redis_a_process_lets_its_share_through_and_no_more(
    external: FastAPI, reader: httpx.AsyncClient, customers: CustomerRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = await customers.customer(await customers.plan(rate_limit_per_minute=100, monthly_quota=50))
    _, secret = await customers.key(customer)
    assert (await reader.get(KEY, headers=bearer(secret))).status_code == 200

    async def away(*_: object, **__: object) -> None:
        raise RedisAway

    monkeypatch.setattr(type(external.state.runtime.redis), "execute_command", away)
    statuses = [(await reader.get(KEY, headers=bearer(secret))).status_code for _ in range(30)]
    share = external.state.runtime.settings.rate_limits.local_share
    assert statuses.count(200) in range(1, int(Rate.published(100).burst * share) + 3)
    assert statuses.count(429) == 30 - statuses.count(200)
