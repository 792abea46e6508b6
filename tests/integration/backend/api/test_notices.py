"""Notices over HTTP: told to those who can act, their own alone, live, and as they chose."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest

from backend.api import notice_stream
from backend.core.clock import utc_now
from backend.core.ids import TenantId, new_id
from backend.domain.notices import NoticeKind
from backend.persistence.notices import NoticeBoard
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member
from tests.services.servers import TestDatabase

NOTICES = "/api/v1/notices"
SignIn = Callable[[Person], httpx.AsyncClient]


async def post(
    installation: Installation, tenant: TenantId, title: str, kind: NoticeKind = NoticeKind.RUN_FAILED
) -> None:
    async with installation.database.transaction(tenant) as session:
        NoticeBoard(session, tenant).post(
            kind, title=title, text="text", link="/runs", subject_id=new_id(), at=utc_now()
        )


async def titles(client: httpx.AsyncClient, **query: str) -> list[str]:
    answer = await client.get(NOTICES, params=query)
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["items"]]


async def test_those_who_can_act_are_told_and_nobody_else(
    installation: Installation, owner: Person, stranger: Person, sign_in: SignIn
) -> None:
    starter = await new_member(
        installation.database, owner.tenant, "acme", "starter@example.test", permissions=["runs:start"]
    )
    reader = await new_member(
        installation.database, owner.tenant, "acme", "reader@example.test", permissions=["runs:read"]
    )
    former = await new_member(installation.database, owner.tenant, "acme", "former@example.test", is_active=False)
    await post(installation, owner.tenant, "failed")
    assert await titles(sign_in(owner)) == ["failed"]
    assert await titles(sign_in(starter)) == ["failed"]
    assert await titles(sign_in(reader)) == []
    assert await titles(sign_in(stranger)) == []
    async with installation.database.transaction(owner.tenant) as session:
        board = NoticeBoard(session, owner.tenant)
        for recipients, excluded in (([reader.user_id], None), (None, starter.user_id)):
            board.post(
                NoticeKind.RUN_FAILED,
                title="chosen",
                text="",
                link="/",
                subject_id=new_id(),
                at=utc_now(),
                recipients=recipients,
                excluded=excluded,
            )
    assert await titles(sign_in(reader)) == ["chosen"]
    assert await titles(sign_in(starter)) == ["failed"]
    assert await titles(sign_in(owner)) == ["chosen", "failed"]
    assert former.user_id


async def test_a_fact_that_was_rolled_back_is_not_told(
    installation: Installation, owner: Person, api: httpx.AsyncClient
) -> None:
    async def fail() -> None:
        async with installation.database.transaction(owner.tenant) as session:
            NoticeBoard(session, owner.tenant).post(
                NoticeKind.RUN_FAILED, title="no", text="", link="/", subject_id=new_id(), at=utc_now()
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await titles(api) == []


async def test_notices_are_counted_and_marked_as_read(
    installation: Installation, owner: Person, api: httpx.AsyncClient
) -> None:
    for number in range(3):
        await post(installation, owner.tenant, str(number))
    answer = (await api.get(NOTICES)).json()
    assert answer["unread"] == 3
    first = answer["items"][0]
    read = await api.post(f"{NOTICES}/{first['id']}/read")
    assert read.json()["read_at"] is not None
    again = await api.post(f"{NOTICES}/{first['id']}/read")
    assert again.json()["read_at"] == read.json()["read_at"]
    assert await titles(api, is_read="false") == ["1", "0"]
    assert await titles(api, is_read="true") == ["2"]
    assert (await api.post(f"{NOTICES}/read-all")).json() == {"read": 2}
    assert (await api.post(f"{NOTICES}/read-all")).json() == {"read": 0}
    assert (await api.get(NOTICES)).json()["unread"] == 0


async def test_a_colleagues_notice_is_not_there(installation: Installation, owner: Person, sign_in: SignIn) -> None:
    colleague = await new_member(installation.database, owner.tenant, "acme", "colleague@example.test")
    await post(installation, owner.tenant, "failed")
    theirs = (await sign_in(colleague).get(NOTICES)).json()["items"][0]["id"]
    assert (await sign_in(owner).post(f"{NOTICES}/{theirs}/read")).status_code == 404


async def test_everybody_chooses_how_to_be_told(
    installation: Installation, owner: Person, api: httpx.AsyncClient, migrated: TestDatabase
) -> None:
    before = (await api.get(f"{NOTICES}/preferences")).json()
    assert {one["kind"] for one in before["kinds"]} == {kind.value for kind in NoticeKind}
    assert all(one["in_app"] and one["mail"] for one in before["kinds"])
    body = {
        "kinds": [
            {"kind": "run_failed", "in_app": False, "mail": True},
            {"kind": "run_held", "in_app": True, "mail": False},
            {"kind": "delivery_failed", "in_app": False, "mail": False},
        ],
        "digest": "daily",
        "digest_hour": 7,
    }
    for _ in range(2):
        chosen = await api.put(f"{NOTICES}/preferences", json=body)
        assert chosen.status_code == 200, chosen.text
    kept = (await api.get(f"{NOTICES}/preferences")).json()
    assert (kept["digest"], kept["digest_hour"]) == ("daily", 7)
    assert body["kinds"][0] in kept["kinds"]
    for kind in (NoticeKind.RUN_FAILED, NoticeKind.RUN_HELD, NoticeKind.DELIVERY_FAILED):
        await post(installation, owner.tenant, kind.value, kind)
    assert await titles(api) == ["run_held"]
    with psycopg.connect(migrated.superuser_url) as connection:
        rows = connection.execute("select kind, mail_due_at from notices order by sequence").fetchall()
    assert [kind for kind, _ in rows] == ["run_failed", "run_held"]
    assert rows[1][1] is None
    assert timedelta() < rows[0][1] - utc_now() <= timedelta(days=1)
    assert (rows[0][1].hour, rows[0][1].minute) == (7, 0)


@pytest.mark.parametrize("change", [{"digest": "hourly"}, {"digest_hour": 24}, {"kinds": [{"kind": "x"}]}, {"more": 1}])
async def test_a_choice_that_means_nothing_is_refused(api: httpx.AsyncClient, change: dict[str, Any]) -> None:
    assert (await api.put(f"{NOTICES}/preferences", json={"kinds": [], **change})).status_code == 422


class Viewer:
    """Somebody who watches; ``next`` waits for a notice."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def watching(self) -> None:
        assert await anext(self._lines) == ": watching"

    async def next(self) -> tuple[int, str]:
        sequence = 0
        async for line in self._lines:
            if line.startswith("id: "):
                sequence = int(line.removeprefix("id: "))
            if line.startswith("data: "):
                return sequence, str(json.loads(line.removeprefix("data: "))["title"])
        raise AssertionError("the stream ended")


async def test_notices_arrive_live_and_the_stream_resumes(
    live: httpx.AsyncClient, installation: Installation, owner: Person, stranger: Person
) -> None:
    await post(installation, owner.tenant, "old")
    async with asyncio.timeout(20), live.stream("GET", f"{NOTICES}/stream") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        viewer = Viewer(response)
        await viewer.watching()
        await post(installation, stranger.tenant, "of somebody else")
        await post(installation, owner.tenant, "one")
        first, title = await viewer.next()
        assert title == "one"
    await post(installation, owner.tenant, "two")
    await post(installation, owner.tenant, "three")
    headers = {"Last-Event-ID": str(first)}
    async with asyncio.timeout(20), live.stream("GET", f"{NOTICES}/stream", headers=headers) as response:
        viewer = Viewer(response)
        assert [(await viewer.next())[1] for _ in range(2)] == ["two", "three"]


async def test_many_viewers_share_one_connection(
    live: httpx.AsyncClient, installation: Installation, owner: Person, migrated: TestDatabase
) -> None:
    """More viewers than the pool has connections, and none of them waits for one."""
    async with asyncio.timeout(60):
        streams = [live.stream("GET", f"{NOTICES}/stream") for _ in range(40)]
        viewers = [Viewer(await stream.__aenter__()) for stream in streams]
        for viewer in viewers:
            await viewer.watching()
        with psycopg.connect(migrated.superuser_url, autocommit=True) as connection:
            query = "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen%'"
            assert connection.execute(query).fetchone() == (1,)
        await post(installation, owner.tenant, "to all")
        told = await asyncio.gather(*(viewer.next() for viewer in viewers))
        assert {title for _, title in told} == {"to all"}
        for stream in streams:
            await stream.__aexit__(None, None, None)


async def test_what_was_said_while_nobody_could_hear_is_told(
    live: httpx.AsyncClient,
    installation: Installation,
    owner: Person,
    migrated: TestDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notice_stream, "RETRY_SECONDS", 0.5)
    async with asyncio.timeout(30), live.stream("GET", f"{NOTICES}/stream") as response:
        viewer = Viewer(response)
        await viewer.watching()
        await asyncio.sleep(0.3)
        with psycopg.connect(migrated.superuser_url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and query ilike 'listen%'"
            )
        await post(installation, owner.tenant, "meanwhile")
        assert (await viewer.next())[1] == "meanwhile"


async def test_sequence_numbers_follow_the_order_of_commits(
    installation: Installation, owner: Person, live: httpx.AsyncClient
) -> None:
    """A viewer who has seen a number never misses a smaller one that is committed later."""
    async with asyncio.timeout(40), live.stream("GET", f"{NOTICES}/stream") as response:
        viewer = Viewer(response)
        await viewer.watching()
        await asyncio.gather(*(post(installation, owner.tenant, str(number)) for number in range(30)))
        told = [await viewer.next() for _ in range(30)]
    assert sorted(told) == told
    assert {title for _, title in told} == {str(number) for number in range(30)}


async def test_the_stream_ends_with_the_session(
    live: httpx.AsyncClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice_stream, "HEARTBEAT_SECONDS", 0.2)
    async with asyncio.timeout(20), live.stream("GET", f"{NOTICES}/stream") as response:
        viewer = Viewer(response)
        await viewer.watching()
        assert (await live.delete(f"/api/v1/auth/sessions/{owner.session_id}")).status_code == 204
        with pytest.raises(AssertionError, match="the stream ended"):
            await viewer.next()
