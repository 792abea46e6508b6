"""Keys of customers over HTTP: whom they speak for, what refuses them, and how soon a change is seen everywhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from backend.config import Settings, load_settings
from backend.core.clock import utc_now
from backend.domain.api_versions import CURRENT_VERSION, ApiVersion, get_version
from backend.persistence.customer_access import tell_access_changed
from backend.persistence.models.customer import Customer, CustomerAPIKey, Plan
from backend.services.api_keys import LIVE_KEY_PREFIX, SERVICE_KEY_PREFIX, TEST_KEY_PREFIX, key_hash, new_key
from external_api.api import access
from tests.factories.customer_rows import CustomerRows
from tests.integration.external_api.conftest import client_of, started

KEY = "/external_api/v1/key"


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def change(customers: CustomerRows, kind: type[Any], identity: object, **values: object) -> None:
    """What a use case does: the change, and with it the word to every process."""
    async with customers.database.transaction(customers.tenant) as session:
        await session.execute(update(kind).where(kind.id == identity).values(**values))
        await tell_access_changed(session, customers.tenant)


async def test_a_key_speaks_for_its_customer_in_either_header(
    reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    plan = await customers.plan(name="Small", key="small", scopes=["rules:read"], regimes=["mifir_rts22"])
    customer = await customers.customer(plan)
    _, secret = await customers.key(customer, name="Nightly", scopes=["rules:read", "reports:read"])
    for headers in (bearer(secret), {"X-API-Key": secret}):
        answer = await reader.get(KEY, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {
            "customer": "Reader Ltd",
            "key": "Nightly",
            "is_test": False,
            "plan": "small",
            "scopes": ["rules:read"],
            "regimes": ["mifir_rts22"],
            "api_version": CURRENT_VERSION,
            "rate_limit_per_minute": 100,
            "monthly_quota": None,
        }


async def test_what_cannot_be_a_key_is_refused_without_database_and_redis(
    external: FastAPI, reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_look(*_: object, **__: object) -> None:
        raise AssertionError("somebody was asked")

    runtime = external.state.runtime
    for what, name in ((runtime.system, "fetch"), (runtime.redis, "execute_command"), (runtime.limits, "admit")):
        monkeypatch.setattr(type(what), name, no_look)
    good = new_key(LIVE_KEY_PREFIX)
    wrong = good[:-1] + ("a" if good[-1] != "a" else "b")
    for text in (wrong, LIVE_KEY_PREFIX, "x" * 500, new_key(SERVICE_KEY_PREFIX), good + "a", good.upper()):
        answer = await reader.get(KEY, headers=bearer(text))
        assert (answer.status_code, answer.json()["code"]) == (401, "api_key_unknown"), text
    answer = await reader.get(KEY)
    assert (answer.status_code, answer.json()["code"]) == (401, "api_key_missing")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_well_formed_key_that_nobody_made_is_unknown(reader: httpx.AsyncClient) -> None:
    for prefix in (LIVE_KEY_PREFIX, TEST_KEY_PREFIX):
        answer = await reader.get(KEY, headers=bearer(new_key(prefix)))
        assert (answer.status_code, answer.json()["code"]) == (401, "api_key_unknown")


@pytest.mark.parametrize(
    ("of_key", "of_customer", "refusal"),
    [
        ({"expires_at": timedelta(seconds=-1)}, {}, (401, "api_key_refused")),
        ({"revoked_at": timedelta(seconds=-1)}, {}, (401, "api_key_refused")),
        ({}, {"state": "suspended", "suspended_at": timedelta()}, (403, "customer_suspended")),
        ({}, {"state": "deleted"}, (403, "customer_suspended")),
        ({}, {"plan_id": None}, (403, "plan_missing")),
        ({}, {"plan_until": timedelta(seconds=-1)}, (403, "plan_ended")),
        ({"networks": ["192.0.2.0/24"]}, {}, (403, "api_key_out_of_place")),
    ],
)
async def test_a_key_opens_nothing_when(
    reader: httpx.AsyncClient,
    customers: CustomerRows,
    of_key: dict[str, Any],
    of_customer: dict[str, Any],
    refusal: tuple[int, str],
) -> None:
    def at(values: dict[str, Any]) -> dict[str, Any]:
        return {n: utc_now() + v if isinstance(v, timedelta) else v for n, v in values.items()}

    customer = await customers.customer(**at(of_customer))
    _, secret = await customers.key(customer, **at(of_key))
    answer = await reader.get(KEY, headers=bearer(secret))
    assert (answer.status_code, answer.json()["code"]) == refusal
    assert answer.json()["fix"]


async def test_a_key_that_is_remembered_still_ends_at_its_hour(
    reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    soon = utc_now() + timedelta(seconds=0.7)
    customer = await customers.customer()
    _, secret = await customers.key(customer, expires_at=soon)
    ending = await customers.customer(plan_until=soon)
    _, of_ending = await customers.key(ending)
    for one in (secret, of_ending):
        assert (await reader.get(KEY, headers=bearer(one))).status_code == 200
    await asyncio.sleep(0.8)
    assert (await reader.get(KEY, headers=bearer(secret))).json()["code"] == "api_key_refused"
    assert (await reader.get(KEY, headers=bearer(of_ending))).json()["code"] == "plan_ended"


async def test_a_key_is_good_only_from_its_networks(external: FastAPI, customers: CustomerRows) -> None:
    customer = await customers.customer()
    _, secret = await customers.key(customer, networks=["192.0.2.0/24", "2001:db8::/32"])
    for address, status in (
        ("192.0.2.7", 200),
        ("2001:db8::1", 200),
        ("::ffff:192.0.2.9", 200),
        ("198.51.100.1", 403),
    ):
        async with client_of(external, address) as client:
            assert (await client.get(KEY, headers=bearer(secret))).status_code == status, address


async def test_after_a_rotation_both_secrets_open_until_the_overlap_ends(
    reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    customer = await customers.customer()
    former = new_key(LIVE_KEY_PREFIX)
    until = utc_now() + timedelta(seconds=0.7)
    _, secret = await customers.key(customer, previous_hash=key_hash(former), previous_until=until)
    for one in (secret, former):
        assert (await reader.get(KEY, headers=bearer(one))).status_code == 200
    await asyncio.sleep(0.8)
    assert (await reader.get(KEY, headers=bearer(secret))).status_code == 200
    assert (await reader.get(KEY, headers=bearer(former))).json()["code"] == "api_key_refused"


Change = Callable[[CustomerRows, Customer, CustomerAPIKey], Any]


async def test_a_change_is_seen_within_a_second_by_every_process(settings: Settings, customers: CustomerRows) -> None:
    """A cache without the word of the database would show the old answer for half a minute."""
    plan = await customers.plan()
    customer = await customers.customer(plan)
    key, secret = await customers.key(customer)
    async with started(settings) as one, started(settings) as other, client_of(one) as a, client_of(other) as b:
        for client in (a, b):
            assert (await client.get(KEY, headers=bearer(secret))).status_code == 200
            assert one.state.runtime.known_keys.find(key_hash(secret)) is not None
        await change(customers, Plan, plan.id, scopes=["rules:read"], updated_at=utc_now())
        for client in (a, b):
            await _until_answer(client, secret, lambda answer: answer.json().get("scopes") == ["rules:read"])
        await change(customers, CustomerAPIKey, key.id, revoked_at=utc_now())
        for client in (a, b):
            await _until_answer(client, secret, lambda answer: answer.status_code == 401)


async def _until_answer(client: httpx.AsyncClient, secret: str, is_it: Callable[[httpx.Response], bool]) -> None:
    began = time.monotonic()
    while not is_it(await client.get(KEY, headers=bearer(secret))):
        assert time.monotonic() - began < 1, "the change is not seen after a second"
        await asyncio.sleep(0.02)


async def test_a_look_that_a_change_overtook_is_not_remembered(external: FastAPI, customers: CustomerRows) -> None:
    """Read before the change, stored after it: it would be believed for half a minute."""
    known = external.state.runtime.known_keys
    customer = await customers.customer()
    _, secret = await customers.key(customer)
    async with client_of(external) as client:
        assert (await client.get(KEY, headers=bearer(secret))).status_code == 200
    found = known.find(key_hash(secret))
    with known.reading(key_hash(secret)) as reading:
        known.forget(str(customer.id))
        reading.found = found
    assert known.find(key_hash(secret)) is None


async def test_without_the_word_of_the_database_nothing_is_believed_for_a_second(
    external: FastAPI, customers: CustomerRows
) -> None:
    known = external.state.runtime.known_keys
    known.hears(is_listening=False)
    customer = await customers.customer()
    key, secret = await customers.key(customer)
    async with client_of(external) as client:
        assert (await client.get(KEY, headers=bearer(secret))).status_code == 200
        async with customers.database.transaction(customers.tenant) as session:
            await session.execute(
                update(CustomerAPIKey).where(CustomerAPIKey.id == key.id).values(revoked_at=utc_now())
            )
        await _until_answer(client, secret, lambda answer: answer.status_code == 401)


async def test_a_call_gets_the_version_of_its_key_or_the_one_it_asks_for(
    reader: httpx.AsyncClient, customers: CustomerRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = (
        ApiVersion(date(2026, 1, 1), deprecated_on=date(2026, 6, 1), sunset_on=date(2027, 1, 1)),
        ApiVersion(date(2026, 11, 28)),
    )
    monkeypatch.setattr(access, "get_version", lambda name: get_version(name, versions))
    _, secret = await customers.key(await customers.customer(), api_version="2026-01-01")
    pinned = await reader.get(KEY, headers=bearer(secret))
    assert pinned.headers["openreg-version"] == "2026-01-01"
    assert pinned.headers["deprecation"] == "@1780272000"
    assert pinned.headers["sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    asked = await reader.get(KEY, headers={**bearer(secret), "OpenReg-Version": "2026-11-28"})
    assert asked.headers["openreg-version"] == "2026-11-28"
    assert "deprecation" not in asked.headers
    for unknown in ("2026-11-27", "1", "yesterday", ""):
        answer = await reader.get(KEY, headers={**bearer(secret), "OpenReg-Version": unknown})
        if unknown:
            assert (answer.status_code, answer.json()["code"]) == (422, "api_version_unknown")
            assert answer.json()["versions"] == ["2026-01-01", "2026-11-28"]
            assert "ratelimit" in answer.headers


async def test_guessing_keys_is_slowed_down_by_address_and_keys_that_are_known_are_not(
    environment: dict[str, str], customers: CustomerRows
) -> None:
    _, secret = await customers.key(await customers.customer())
    async with (
        started(load_settings({**environment, "RATE_LIMIT_PUBLIC_PER_MINUTE": "3"})) as application,
        client_of(application, "192.0.2.1") as guesser,
        client_of(application, "192.0.2.2") as another,
    ):
        guesses = [await guesser.get(KEY, headers=bearer(new_key(LIVE_KEY_PREFIX))) for _ in range(5)]
        assert [one.status_code for one in guesses] == [401, 401, 401, 429, 429]
        assert guesses[-1].json()["code"] == "rate_limited"
        assert int(guesses[-1].headers["retry-after"]) > 0
        # Neither its own key, which others behind the same address may share, nor other addresses pay for it.
        assert (await guesser.get(KEY, headers=bearer(secret))).status_code == 200
        assert (await guesser.get(KEY, headers=bearer("mistyped"))).status_code == 401
        assert (await another.get(KEY, headers=bearer(new_key(LIVE_KEY_PREFIX)))).status_code == 401
