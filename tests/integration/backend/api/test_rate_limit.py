"""Rate limits over HTTP and on a real Redis: shared by processes, told in headers, never open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from backend.config import load_settings
from backend.core.clock import utc_now
from backend.core.redis_fallback import RedisFallback
from backend.core.token_bucket import Rate, TokenBuckets
from backend.core.tokens import TokenSigner
from backend.main import create_app
from tests.factories.people import PASSWORD, Person

ME = "/api/v1/auth/me"
LOGIN = "/api/v1/auth/login"
NOWHERE = "redis://127.0.0.1:9/0"


def limits(**changes: str) -> dict[str, str]:
    small = {"RATE_LIMIT_PER_MINUTE": "60", "RATE_LIMIT_BURST": "5", "RATE_LIMIT_PUBLIC_PER_MINUTE": "4"}
    return {**small, **changes}


async def started(environment: dict[str, str], **changes: str) -> AsyncIterator[FastAPI]:
    application = create_app(load_settings({**environment, **limits(**changes)}))
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def limited(environment: dict[str, str]) -> AsyncIterator[FastAPI]:
    """An application with small limits."""
    async for application in started(environment):
        yield application


@pytest.fixture
async def without_redis(environment: dict[str, str]) -> AsyncIterator[FastAPI]:
    """The same where Redis does not answer; what a slow machine takes for the calls fills no bucket again."""
    slow = {"RATE_LIMIT_PER_MINUTE": "6", "RATE_LIMIT_LOCAL_SHARE": "0.5"}
    async for application in started(environment, REDIS_URL=NOWHERE, **slow):
        yield application


def client_of(app: FastAPI, token: str | None = None, address: str = "203.0.113.5") -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://openreg.test", headers=headers)


def token_of(signer: TokenSigner, person: Person) -> str:
    return signer.sign(subject=person.user_id, tenant=person.tenant, session=person.session_id, now=utc_now())


async def test_a_caller_has_a_bucket_of_their_own_and_is_told_what_is_left(
    limited: FastAPI, signer: TokenSigner, owner: Person, stranger: Person
) -> None:
    async with client_of(limited, token_of(signer, owner)) as client:
        started, answers = time.monotonic(), [await client.get(ME)]
        while answers[-1].status_code == 200:
            answers.append(await client.get(ME))
        refilled = time.monotonic() - started  # one a second
    refused = answers.pop()
    assert 5 <= len(answers) <= 5 + refilled
    assert answers[0].headers["ratelimit-policy"] == '"caller";q=60;w=60'
    assert answers[0].headers["ratelimit"] == '"caller";r=4;t=1'
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["ratelimit"].startswith('"caller";r=0;t=')
    assert refused.headers["retry-after"] == "1"
    async with client_of(limited, token_of(signer, stranger)) as other:
        assert (await other.get(ME)).status_code == 200
    await asyncio.sleep(1.1)
    async with client_of(limited, token_of(signer, owner)) as client:
        assert (await client.get(ME)).status_code == 200, "who waits as told passes"


async def test_a_refusal_for_another_reason_tells_what_is_left_too(
    limited: FastAPI, signer: TokenSigner, owner: Person
) -> None:
    async with client_of(limited, token_of(signer, owner)) as client:
        response = await client.patch(ME, json={})
    assert response.status_code == 422
    assert response.headers["ratelimit"].startswith('"caller";r=4')


async def test_public_routes_are_limited_by_address(limited: FastAPI, owner: Person) -> None:
    body = {"email": owner.email, "password": PASSWORD}
    async with client_of(limited) as client, client_of(limited, address="203.0.113.6") as other:
        answers = [await client.post(LOGIN, json=body) for _ in range(5)]
        assert [one.status_code for one in answers] == [200] * 4 + [429]
        assert answers[0].headers["ratelimit-policy"] == '"auth";q=4;w=60'
        assert [one.headers["ratelimit"].split(";")[1] for one in answers] == ["r=3", "r=2", "r=1", "r=0", "r=0"]
        assert 1 <= int(answers[4].headers["retry-after"]) <= 60
        refresh = await client.post("/api/v1/auth/refresh", headers={"X-OpenReg-CSRF": "1"})
        assert refresh.status_code == 429
        assert (await other.post(LOGIN, json=body)).status_code == 200


async def test_probes_are_not_limited_and_say_nothing_of_limits(limited: FastAPI) -> None:
    async with client_of(limited) as client:
        answers = [await client.get("/health") for _ in range(10)]
    assert {one.status_code for one in answers} == {200}
    assert "ratelimit" not in answers[0].headers


async def test_without_redis_each_process_lets_its_share_through(
    without_redis: FastAPI, signer: TokenSigner, owner: Person
) -> None:
    async with client_of(without_redis, token_of(signer, owner)) as client:
        answers = [await client.get(ME) for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 429, 429], "half of a burst of five"
    async with client_of(without_redis) as client:
        body = {"email": owner.email, "password": PASSWORD}
        assert [(await client.post(LOGIN, json=body)).status_code for _ in range(3)] == [200, 200, 429]


class TestBucketsOnRedis:
    """The script, on the clock of a real Redis."""

    @pytest.fixture
    async def two(self, redis_url: str) -> AsyncIterator[list[TokenBuckets]]:
        """Two processes with one Redis."""
        connections = [Redis.from_url(redis_url) for _ in range(2)]
        yield [TokenBuckets(one, RedisFallback(), local_share=0.5) for one in connections]
        for one in connections:
            await one.aclose()

    async def test_processes_share_a_bucket(self, two: list[TokenBuckets]) -> None:
        rate = Rate.published(60)
        taken = await asyncio.gather(*(buckets.take("key", rate) for buckets in two * 20))
        assert sum(one.is_allowed for one in taken) in {6, 7}

    async def test_never_more_than_rate_and_burst_pass(self, two: list[TokenBuckets]) -> None:
        rate = Rate(per_minute=1200, burst=10)
        began, passed = time.monotonic(), 0
        while time.monotonic() - began < 1.5:
            taken = await asyncio.gather(*(buckets.take("key", rate) for buckets in two * 5))
            passed += sum(one.is_allowed for one in taken)
        lasted = time.monotonic() - began
        assert 0.7 * lasted * 20 < passed <= lasted * 20 + 10

    async def test_what_is_given_back_can_be_taken_again(self, two: list[TokenBuckets]) -> None:
        rate = Rate(per_minute=1, burst=2)
        assert [(await two[0].take("key", rate)).is_allowed for _ in range(3)] == [True, True, False]
        await two[1].take("key", rate, cost=-1)
        assert (await two[0].take("key", rate)).is_allowed
        refused = await two[0].take("key", rate)
        assert not refused.is_allowed
        assert 55 <= refused.retry_after_seconds <= 60

    async def test_keys_of_callers_who_are_gone_are_forgotten(self, two: list[TokenBuckets], redis_url: str) -> None:
        await two[0].take("key", Rate(per_minute=60, burst=5))
        async with Redis.from_url(redis_url) as redis:
            assert 0 < await redis.pttl("key") <= 2000
