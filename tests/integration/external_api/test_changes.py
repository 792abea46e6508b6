"""The feed of changes: in the order of commits, nothing lost under concurrent writers, only what a plan includes."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.core.clock import utc_now
from backend.core.ids import TenantId, new_id
from backend.domain.publications import PublicationAction
from backend.persistence.customer_access import tell_access_changed
from backend.persistence.repositories.publications import PublicationRepository
from backend.persistence.session import Database
from backend.services.published_changes import note_change
from backend.services.publishing import PublishingService
from tests.factories.customer_rows import CustomerRows
from tests.factories.installation import Installation
from tests.factories.people import Person
from tests.factories.portal import bearer
from tests.factories.publication_rows import stored_publication
from tests.factories.published_content import hears

CHANGES = "/external_api/v1/changes"
Seen = tuple[str, str, str]


async def key(customers: CustomerRows, **plan: Any) -> dict[str, str]:
    _, secret = await customers.key(
        await customers.customer(await customers.plan(**{"rate_limit_per_minute": 2000, **plan}))
    )
    return bearer(secret)


async def follow(
    reader: httpx.AsyncClient, headers: dict[str, str], cursor: str | None = None, limit: int = 200
) -> tuple[list[Seen], str]:
    """Everything behind a cursor, and the cursor to go on with."""
    found: list[Seen] = []
    while True:
        params = {"limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
        answer = await reader.get(CHANGES, params=params, headers=headers)
        if answer.status_code == 429:
            await asyncio.sleep(0.1)
            continue
        assert answer.status_code == 200, answer.text
        found += [(one["name"], one["action"], one["version"]) for one in answer.json()["items"]]
        if answer.json()["next_cursor"] == cursor:
            return found, cursor
        cursor = answer.json()["next_cursor"]
        assert cursor is not None


async def write(database: Database, tenant: TenantId, publication_id: Any, version: int, seconds: float) -> None:
    """One change; the transaction stays open for a while after it was noted."""
    async with database.transaction(tenant) as session:
        row = await PublicationRepository(session, tenant).find(publication_id, for_update=True)
        assert row is not None
        row.version, row.revision = str(version), row.revision + 1
        note_change(session, row, PublicationAction.CHANGED, utc_now(), row.regimes)
        await asyncio.sleep(seconds)


@pytest.mark.parametrize("size", [(6, 8), pytest.param((12, 100), marks=pytest.mark.long)], ids=["reduced", "full"])
async def test_a_reader_that_follows_loses_and_repeats_nothing_of_concurrent_writers(
    external: FastAPI,
    reader: httpx.AsyncClient,
    customers: CustomerRows,
    installation: Installation,
    owner: Person,
    size: tuple[int, int],
) -> None:
    """A number taken before a slow commit would be passed by a reader who saw a later one first."""
    (writers, each), database, tenant = size, installation.database, owner.tenant
    names = [f"p{number}" for number in range(writers)]
    made = [await stored_publication(database, tenant, owner.user_id, name=one) for one in names]
    headers = await key(customers, rate_limit_per_minute=2000)
    chance = random.Random(7)

    async def keep_writing(number: int) -> None:
        for version in range(each):
            await write(database, tenant, made[number].id, version, chance.random() / 50)

    seen: list[Seen] = []
    cursor: str | None = None
    writing = asyncio.gather(*(keep_writing(number) for number in range(writers)))
    while not writing.done():
        part, cursor = await follow(reader, headers, cursor, limit=3)
        seen += part
        await asyncio.sleep(0.05)
    await writing
    await hears(external, tenant)
    part, cursor = await follow(reader, headers, cursor)
    seen += part
    assert len(seen) == writers * each
    for name in names:
        assert [int(version) for one, _, version in seen if one == name] == list(range(each))
    assert (await follow(reader, headers))[0] == seen
    async with database.reading(tenant) as session:
        stored = await PublicationRepository(session, tenant).changes(0, 10_000)
    assert [one.sequence for one in stored] == list(range(1, writers * each + 1))


async def test_a_writer_that_gives_up_leaves_no_gap(installation: Installation, owner: Person) -> None:
    database, tenant = installation.database, owner.tenant
    one = await stored_publication(database, tenant, owner.user_id)

    async def fail() -> None:
        async with database.transaction(tenant) as session:
            note_change(session, one, PublicationAction.CHANGED, utc_now(), [])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    await write(database, tenant, one.id, 2, 0)
    async with database.reading(tenant) as session:
        rows = await PublicationRepository(session, tenant).changes(0, 10)
    assert [(row.sequence, row.version) for row in rows] == [(1, "2")]


async def test_a_plan_hears_of_what_comes_into_it_and_of_what_leaves_it(
    external: FastAPI, reader: httpx.AsyncClient, customers: CustomerRows, installation: Installation, owner: Person
) -> None:
    publishing = PublishingService(owner.scope(installation.database))
    mine = await stored_publication(installation.database, owner.tenant, owner.user_id, name="mine", regimes=["mifir"])
    other = await stored_publication(installation.database, owner.tenant, owner.user_id, name="other", regimes=["emir"])
    headers = await key(customers, regimes=["a", "b"])
    seen, cursor = await follow(reader, headers)
    assert seen == []

    async def move(one: Any, *regimes: str) -> list[Seen]:
        nonlocal cursor
        async with installation.database.transaction(owner.tenant) as session:
            row = await PublicationRepository(session, owner.tenant).find(one.id)
            assert row is not None
            before, row.regimes, row.revision = list(row.regimes), list(regimes), row.revision + 1
            note_change(session, row, PublicationAction.CHANGED, utc_now(), before)
        await hears(external, owner.tenant)
        heard, cursor = await follow(reader, headers, cursor)
        return heard

    assert await move(mine, "a") == [("mine", "published", "1")]
    assert await move(other, "c") == []
    assert await move(mine, "b") == [("mine", "changed", "1")]
    assert await move(mine, "c") == [("mine", "unpublished", "1")]
    assert await move(mine, "a", "c") == [("mine", "published", "1")]
    await publishing.unpublish(mine.id)
    await publishing.unpublish(other.id)
    await hears(external, owner.tenant)
    heard, cursor = await follow(reader, headers, cursor)
    assert heard == [("mine", "unpublished", "1")]
    # Whoever begins now is told of nothing that cannot be read.
    assert {action for _, action, _ in (await follow(reader, headers))[0]} == {"unpublished"}


async def test_after_a_change_of_the_plan_the_feed_begins_anew(
    reader: httpx.AsyncClient, customers: CustomerRows, installation: Installation, owner: Person
) -> None:
    one = await stored_publication(installation.database, owner.tenant, owner.user_id, name="one", regimes=["emir"])
    await write(installation.database, owner.tenant, one.id, 2, 0)
    plan = await customers.plan(regimes=["mifir"])
    _, secret = await customers.key(await customers.customer(plan))
    seen, cursor = await follow(reader, bearer(secret))
    assert seen == []
    async with installation.database.transaction(owner.tenant) as session:
        row = await session.get(type(plan), plan.id)
        assert row is not None
        row.regimes, row.updated_at = ["emir"], utc_now() + timedelta(seconds=1)
        await tell_access_changed(session, owner.tenant)
    await asyncio.sleep(0.3)
    outdated = await reader.get(CHANGES, params={"cursor": cursor}, headers=bearer(secret))
    assert (outdated.status_code, outdated.json()["code"]) == (409, "feed_begins_anew")
    assert (await follow(reader, bearer(secret)))[0] == [("one", "changed", "2")]


async def test_a_cursor_is_good_for_one_customer_and_nothing_is_told_of_another_publisher(
    reader: httpx.AsyncClient, customers: CustomerRows, installation: Installation, owner: Person, stranger: Person
) -> None:
    theirs = await stored_publication(installation.database, stranger.tenant, stranger.user_id, name="theirs")
    await write(installation.database, stranger.tenant, theirs.id, 2, 0)
    headers = await key(customers)
    seen, cursor = await follow(reader, headers)
    assert seen == []
    other = await key(customers)
    for wrong in (cursor, cursor[:-2], "x", "é", "1.abc", ""):
        answer = await reader.get(CHANGES, params={"cursor": wrong}, headers=other)
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid"), wrong
    assert (await reader.get(f"{CHANGES}/{theirs.id}/versions/1", headers=headers)).status_code == 404
    assert (await reader.get(f"{CHANGES}/{new_id()}/versions/1", headers=headers)).status_code == 404
