"""The manners of reading: fields, tags, versions of the content, and a cache that nobody can tell from its absence."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from backend.config import Settings, load_settings
from backend.persistence.models.publication import Publication
from tests.factories.customer_rows import CustomerRows
from tests.factories.portal import bearer
from tests.factories.published_rows import PublishedDataset, published_rules, rule
from tests.factories.rows import AT, Rows
from tests.integration.external_api.conftest import client_of, started
from tests.services.statements import statements_sent
from tests.services.waiting import until

API = "/external_api/v1"
ENTRIES = f"{API}/reference-data/venues/entries"


@pytest.fixture
async def venues(rows: Rows) -> PublishedDataset:
    return await PublishedDataset.made(rows, ["XAMS", "XLON", "XPAR"], name="venues")


@pytest.fixture
async def headers(customers: CustomerRows) -> dict[str, str]:
    plan = await customers.plan(rate_limit_per_minute=2000)
    _, secret = await customers.key(await customers.customer(plan))
    return bearer(secret)


async def changed(client: httpx.AsyncClient, headers: dict[str, str], tag: str) -> None:
    """Wait until the entries are no longer those of a tag."""

    async def is_so() -> bool:
        return (await client.get(ENTRIES, headers={**headers, "If-None-Match": tag})).status_code != 304

    await until(is_so)


async def test_only_the_fields_that_are_wanted(
    reader: httpx.AsyncClient, venues: PublishedDataset, headers: dict[str, str]
) -> None:
    answer = await reader.get(ENTRIES, params={"fields": "key, valid_to", "limit": 1}, headers=headers)
    assert answer.json()["items"] == [{"key": "XAMS", "valid_to": None}]
    one = await reader.get(f"{API}/reference-data/venues", params={"fields": "version"}, headers=headers)
    assert one.json() == {"version": 1}
    for fields in ("key,valeus", "", ",", "values.status", "*"):
        answer = await reader.get(ENTRIES, params={"fields": fields}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "fields_unknown"), fields
        assert answer.json()["known"] == ["id", "key", "valid_from", "valid_to", "values"]
    answer = await reader.get(ENTRIES, params={"fields": "valeus"}, headers=headers)
    assert "values" in answer.json()["detail"]


async def test_what_is_unchanged_is_not_made_again(
    reader: httpx.AsyncClient, venues: PublishedDataset, headers: dict[str, str]
) -> None:
    first = await reader.get(ENTRIES, headers=headers)
    tag = first.headers["etag"]
    for seen in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = await reader.get(ENTRIES, headers={**headers, "If-None-Match": seen})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag), seen
        assert "ratelimit" in answer.headers
    with statements_sent() as sent:
        await reader.get(ENTRIES, headers={**headers, "If-None-Match": tag})
    asked = [one.text for one in sent if "datasets" in one.text or "publications" in one.text]
    assert asked == []  # usage is written down beside it
    for params in ({"limit": 2}, {"fields": "key"}, {"q": "X"}, {"as_of": "2026-01-01"}):
        answer = await reader.get(ENTRIES, params=params, headers={**headers, "If-None-Match": tag})
        assert answer.status_code == 200, params
    await venues.publish(added=["XNEW"])
    async with asyncio.timeout(1):
        await changed(reader, headers, tag)
    assert len((await reader.get(ENTRIES, headers=headers)).json()["items"]) == 4


async def test_the_same_question_is_answered_once_for_all_customers_of_a_plan(
    external: FastAPI, settings: Settings, venues: PublishedDataset, customers: CustomerRows
) -> None:
    """But each gets a cursor of its own; and the order of parameters is nobody's difference."""
    plan = await customers.plan()
    keys = [await customers.key(await customers.customer(plan)) for _ in range(2)]
    first, second = (bearer(secret) for _, secret in keys)
    async with started(settings) as other, client_of(external) as here, client_of(other) as there:
        made = await here.get(f"{ENTRIES}?limit=1&q=X", headers=first)
        found = await there.get(f"{ENTRIES}?q=X&limit=1", headers=second)
        assert [one.headers["x-cache"] for one in (made, found)] == ["MISS", "HIT"]
        assert int(found.headers["age"]) >= 0
        assert made.json()["items"] == found.json()["items"]
        assert made.json()["next_cursor"] != found.json()["next_cursor"]
        assert made.headers["etag"] != found.headers["etag"]
        follow = {"q": "X", "limit": 1, "cursor": found.json()["next_cursor"]}
        assert (await there.get(ENTRIES, params=follow, headers=second)).json()["items"][0]["key"] == "XLON"
        assert (await there.get(ENTRIES, params=follow, headers=first)).status_code == 422


async def test_another_plan_and_another_version_have_answers_of_their_own(
    reader: httpx.AsyncClient, rows: Rows, customers: CustomerRows
) -> None:
    """What one plan includes is never taken from the cache for another one that does not."""
    await published_rules(rows, [rule("AA-1")], name="ours", regimes=["mifir"])
    secrets = []
    for regimes in (None, ["mifir"], ["emir"]):
        customer = await customers.customer(await customers.plan(regimes=regimes))
        secrets.append((await customers.key(customer))[1])
    for _ in range(2):
        found = [(await reader.get(f"{API}/validation-rules", headers=bearer(one))).json()["items"] for one in secrets]
        assert [len(one) for one in found] == [1, 1, 0]


async def test_a_change_of_one_kind_leaves_the_others_in_the_cache(
    reader: httpx.AsyncClient, rows: Rows, venues: PublishedDataset, headers: dict[str, str]
) -> None:
    rules = await published_rules(rows, [rule("AA-1")], name="ours")
    for path in (ENTRIES, f"{API}/validation-rules"):
        assert (await reader.get(path, headers=headers)).headers["x-cache"] == "MISS"
    async with rows.database.transaction(rows.person.tenant) as session:
        await session.execute(update(Publication).where(Publication.id == rules.id).values(unpublished_at=AT))
    async with asyncio.timeout(1):

        async def is_gone() -> bool:
            return not (await reader.get(f"{API}/validation-rules", headers=headers)).json()["items"]

        await until(is_gone)
    assert (await reader.get(ENTRIES, headers=headers)).headers["x-cache"] == "HIT"


async def test_without_redis_it_is_slower_and_nothing_else(
    environment: dict[str, str], venues: PublishedDataset, headers: dict[str, str]
) -> None:
    settings = load_settings({**environment, "REDIS_URL": "redis://127.0.0.1:9/0"})
    async with started(settings) as alone, client_of(alone) as client:
        for _ in range(2):
            answer = await client.get(ENTRIES, headers=headers)
            assert (answer.status_code, answer.headers["x-cache"]) == (200, "BYPASS")
            assert len(answer.json()["items"]) == 3
        answer = await client.get(ENTRIES, headers={**headers, "If-None-Match": answer.headers["etag"]})
        assert answer.status_code == 304


async def test_usage_and_accounts_are_never_kept(reader: httpx.AsyncClient, headers: dict[str, str]) -> None:
    for path in ("key", "usage"):
        answer = await reader.get(f"{API}/{path}", headers=headers)
        assert answer.status_code == 200
        assert not {"x-cache", "age", "etag"} & set(answer.headers)
        assert answer.headers["openreg-version"] == "2026-11-28"


async def test_unlistened_changes_are_seen_within_a_second(
    external: FastAPI, reader: httpx.AsyncClient, venues: PublishedDataset, headers: dict[str, str]
) -> None:
    """A process that cannot hear believes what it knows for half a second."""
    external.state.runtime.content._hears(is_listening=False)
    tag = (await reader.get(ENTRIES, headers=headers)).headers["etag"]
    external.state.runtime.content._forget = lambda _: None
    await venues.publish(added=["XNEW"])
    async with asyncio.timeout(1):
        await changed(reader, headers, tag)
