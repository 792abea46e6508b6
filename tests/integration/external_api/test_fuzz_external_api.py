"""The external API, fuzzed by its own description: with a key, as the owner of a customer, and as nobody."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from redis import Redis

from backend.domain.customers import MAX_RATE_PER_MINUTE
from tests.factories.customer_rows import CustomerRows
from tests.factories.portal import CUSTOMERS, bearer, signed_in
from tests.harness.fuzzing import Fuzz
from tests.integration.external_api.conftest import client_of


async def fuzz_everything(external: FastAPI, customers: CustomerRows, redis_url: str, examples: int) -> Fuzz:
    fuzz = Fuzz(external, examples)
    customer = await customers.customer(await customers.plan(rate_limit_per_minute=MAX_RATE_PER_MINUTE))
    _, secret = await customers.key(customer)
    person = await signed_in(external, customers.tenant, await customers.user(customer))
    with Redis.from_url(redis_url) as redis:
        async with client_of(external) as client:
            for operation in fuzz.operations:
                client.headers = httpx.Headers(person if operation.path.startswith(CUSTOMERS) else bearer(secret))
                for case, sent in fuzz.requests_of(operation):
                    # The limit would answer in place of the routes.
                    redis.flushdb()
                    await fuzz.ask(client, case, sent)
            await external.state.runtime.afterwards.drain()
            still = await client.get("/external_api/v1/key", headers=bearer(secret))
    assert still.status_code == 200, "the key was lost on the way, so that only refusals were seen"
    assert len(fuzz.operations) >= 25
    assert fuzz.statuses[200], fuzz.statuses
    assert fuzz.statuses[422], fuzz.statuses
    return fuzz


async def test_no_request_breaks_the_external_api(external: FastAPI, customers: CustomerRows, redis_url: str) -> None:
    fuzz = await fuzz_everything(external, customers, redis_url, examples=2)
    assert not fuzz.faults, fuzz.told()


@pytest.mark.long
async def test_no_request_of_many_breaks_the_external_api(
    external: FastAPI, customers: CustomerRows, redis_url: str
) -> None:
    fuzz = await fuzz_everything(external, customers, redis_url, examples=100)
    assert not fuzz.faults, fuzz.told()
