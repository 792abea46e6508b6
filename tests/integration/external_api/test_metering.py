"""What was called is counted exactly once, told to customers, and announced before it runs out."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from backend.config import Settings
from backend.core.clock import utc_now
from backend.core.ids import CustomerId, new_id
from backend.domain.customers import month_of
from backend.persistence.faults import unavailable
from backend.persistence.models.customer import CustomerAPIKey
from backend.persistence.models.customer_usage import CustomerRequest
from backend.persistence.repositories.customer_usage import CallRecord, CustomerUsageRepository, UsageBy
from backend.services.api_keys import LIVE_KEY_PREFIX, new_key
from tests.factories.customer_rows import CustomerRows
from tests.factories.installation import Installation
from tests.factories.mails import mails_to
from tests.factories.people import Person
from tests.integration.external_api.conftest import client_of, started
from tests.integration.external_api.test_keys import KEY, bearer

USAGE = "/external_api/v1/usage"


@asynccontextmanager
async def two_processes(settings: Settings) -> AsyncIterator[list[httpx.AsyncClient]]:
    async with started(settings) as one, started(settings) as other, client_of(one) as a, client_of(other) as b:
        yield [a, b]


async def usage_by(customers: CustomerRows, customer: Any, *by: UsageBy) -> list[dict[str, object]]:
    today = utc_now().date()
    async with customers.database.reading(customers.tenant) as session:
        usage = CustomerUsageRepository(session, customers.tenant)
        return await usage.grouped(CustomerId(customer.id), today.replace(day=1), today, by)


async def _compare_with_the_log(settings: Settings, customers: CustomerRows, requests: int) -> None:
    """Mixed calls of several keys at two processes; what was answered is the log."""
    plan = await customers.plan(rate_limit_per_minute=2000, monthly_quota=None)
    narrow = await customers.plan(rate_limit_per_minute=60, scopes=["rules:read"])
    wide_customer, narrow_customer = await customers.customer(plan), await customers.customer(narrow)
    keys = [await customers.key(one) for one in (wide_customer, wide_customer, narrow_customer)]
    calls = (KEY, USAGE, f"{USAGE}?first=2026-02-01&last=2026-01-01", f"{USAGE}?first=never", f"{USAGE}?by=status")
    seen: Counter[tuple[Any, str, int]] = Counter()
    async with two_processes(settings) as clients:

        async def worker(number: int) -> None:
            for turn in range(number, requests, 8):
                key, secret = keys[turn % 3]
                path = calls[turn % len(calls)]
                answer = await clients[turn % 2].get(path, headers=bearer(secret))
                seen[key.id, path.partition("?")[0], answer.status_code] += 1
                if turn % 50 == 0:  # nobody's call is nobody's cost
                    await clients[0].get(KEY, headers=bearer(new_key(LIVE_KEY_PREFIX)))

        await asyncio.gather(*(worker(number) for number in range(8)))
    counted = {
        (one["key"], one["route"], one["status"]): one["requests"]
        for customer in (wide_customer, narrow_customer)
        for one in await usage_by(customers, customer, UsageBy.KEY, UsageBy.ROUTE, UsageBy.STATUS)
    }
    assert counted == dict(seen)
    assert {200, 403, 422, 429} <= {status for _, _, status in seen}
    async with customers.database.reading(customers.tenant) as session:
        usage = CustomerUsageRepository(session, customers.tenant)
        for customer, own in ((wide_customer, {keys[0][0].id, keys[1][0].id}), (narrow_customer, {keys[2][0].id})):
            passed = sum(n for (key, _, status), n in seen.items() if key in own and status != 429)
            assert await usage.counted(CustomerId(customer.id), month_of(utc_now())) == passed
        assert await session.scalar(select(func.count()).select_from(CustomerRequest)) == requests


async def test_what_is_metered_equals_the_log_of_answers(settings: Settings, customers: CustomerRows) -> None:
    await _compare_with_the_log(settings, customers, 1500)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_what_is_metered_equals_the_log_of_100_000_answers(settings: Settings, customers: CustomerRows) -> None:
    await _compare_with_the_log(settings, customers, int(os.environ.get("OPENREG_METERED_REQUESTS", "100000")))


def calls_of(key: CustomerAPIKey, number: int) -> list[CallRecord]:
    whose = {"customer_id": key.customer_id, "key_id": key.id, "address": "192.0.2.1", "request_id": "r"}
    what: dict[str, Any] = {"method": "GET", "route": KEY, "status": 200, "milliseconds": 1, "is_counted": True}
    return [CallRecord(id=new_id(), at=utc_now(), **whose, **what) for _ in range(number)]


async def test_a_batch_that_is_written_twice_counts_once(customers: CustomerRows) -> None:
    """A commit that was not heard of is written again."""
    customer = await customers.customer()
    key, _ = await customers.key(customer)
    calls = calls_of(key, 7)
    for batch in (calls, calls, [*calls, *calls_of(key, 3)]):
        async with customers.database.transaction(customers.tenant) as session:
            await CustomerUsageRepository(session, customers.tenant).record(batch)
    assert [one["requests"] for one in await usage_by(customers, customer, UsageBy.DAY)] == [10]
    async with customers.database.reading(customers.tenant) as session:
        usage = CustomerUsageRepository(session, customers.tenant)
        assert await usage.counted(CustomerId(customer.id), month_of(utc_now())) == 10


async def test_calls_wait_while_the_database_is_away(
    external: FastAPI, customers: CustomerRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = await customers.customer()
    key, _ = await customers.key(customer)
    meter = external.state.runtime.meter

    def away(*_: object, **__: object) -> None:
        raise unavailable("DATABASE_URL")

    with monkeypatch.context() as patch:
        patch.setattr(type(meter.database), "transaction", away)
        for call in calls_of(key, 3):
            meter.note(customers.tenant, call)
        await meter.flush()
        await meter.flush()
    meter.note(customers.tenant, calls_of(key, 1)[0])
    await meter.flush()
    assert [one["requests"] for one in await usage_by(customers, customer, UsageBy.DAY)] == [4]


async def test_usage_tells_the_month_and_the_groups(
    external: FastAPI, reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    customer = await customers.customer(await customers.plan(rate_limit_per_minute=2000, monthly_quota=100))
    key, secret = await customers.key(customer)
    for _ in range(3):
        await reader.get(KEY, headers=bearer(secret))
    await external.state.runtime.meter.flush()
    answer = (await reader.get(USAGE, params={"by": ["key", "route", "status"]}, headers=bearer(secret))).json()
    assert (answer["counted"], answer["monthly_quota"], answer["requests"]) == (3, 100, 3)
    assert answer["groups"] == [{"day": None, "key": str(key.id), "route": KEY, "status": 200, "requests": 3}]
    bad = await reader.get(USAGE, params={"first": "2026-01-01", "last": "2026-12-31"}, headers=bearer(secret))
    assert (bad.status_code, bad.json()["code"]) == (422, "usage_period_invalid")


async def test_the_last_use_of_a_key_is_noted(
    external: FastAPI, reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    key, secret = await customers.key(await customers.customer())
    await reader.get(KEY, headers=bearer(secret))
    await external.state.runtime.meter.flush()
    async with customers.database.transaction(customers.tenant) as session:
        stored = await session.get(CustomerAPIKey, key.id)
        assert stored is not None
        assert stored.last_used_at is not None
        assert stored.last_used_address == "127.0.0.1"


async def test_owners_are_told_at_80_and_at_100_percent_once_each(
    external: FastAPI, installation: Installation, customers: CustomerRows, owner: Person
) -> None:
    customer = await customers.customer(await customers.plan(monthly_quota=10))
    boss = await customers.user(customer)
    await customers.user(customer, role="viewer", email="viewer@example.test")
    key, _ = await customers.key(customer)
    meter = external.state.runtime.meter
    told = []
    for number in (7, 1, 1, 1, 5):
        for call in calls_of(key, number):
            meter.note(customers.tenant, call)
        await meter.flush()
        told.append(len(await mails_to(installation, owner.tenant, boss.email)))
    assert told == [0, 1, 1, 2, 2]
    texts = await mails_to(installation, owner.tenant, boss.email)
    assert "10 of the 10 calls" in texts[0]
    assert "8 of the 10 calls" in texts[1]
    assert await mails_to(installation, owner.tenant, "viewer@example.test") == []


async def test_a_redis_that_has_forgotten_the_month_is_told_it_again(
    external: FastAPI, reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    customer = await customers.customer(await customers.plan(monthly_quota=4, rate_limit_per_minute=2000))
    _, secret = await customers.key(customer)
    assert [(await reader.get(KEY, headers=bearer(secret))).status_code for _ in range(3)] == [200, 200, 200]
    await external.state.runtime.meter.flush()
    await external.state.runtime.redis.flushdb()
    assert [(await reader.get(KEY, headers=bearer(secret))).status_code for _ in range(2)] == [200, 429]
