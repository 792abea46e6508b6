"""The audit trail over HTTP: what people do is there, can be searched, taken out and verified."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.audit_chain import HASHED_FIELDS, ChainCheck, ChainHead
from tests.factories.audit_rows import touch, write_chain
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member
from tests.factories.rows import CONTENT, Rows
from tests.factories.whole_tenant import fill, record_something
from tests.services.servers import TestDatabase

TRAIL = "/api/v1/audit-entries"
SECRET = "a-password-that-must-not-be-seen"
SignIn = Callable[[Person], httpx.AsyncClient]


async def entries(api: httpx.AsyncClient, **filters: str) -> list[dict[str, Any]]:
    answer = await api.get(TRAIL, params={"limit": "200", **filters})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def detail(api: httpx.AsyncClient, entry: dict[str, Any]) -> dict[str, Any]:
    answer = await api.get(f"{TRAIL}/{entry['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_what_is_changed_is_there_with_before_and_after_and_without_secrets(
    api: httpx.AsyncClient, creation: dict[str, Any], owner: Person
) -> None:
    body = {**creation, "credentials": {**creation["credentials"]}}
    created = await api.post("/api/v1/connectors", json=body, headers={"X-Request-ID": "request-1"})
    identity = created.json()["id"]
    renamed = await api.patch(
        f"/api/v1/connectors/{identity}",
        json={"name": "renamed"},
        headers={"If-Match": created.headers.get("etag", "*")},
    )
    assert renamed.status_code == 200, renamed.text
    assert (await api.delete(f"/api/v1/connectors/{identity}")).status_code == 204
    found = await entries(api, subject_id=identity)
    assert [one["action"] for one in found] == ["connector.removed", "connector.changed", "connector.created"]
    assert [one["number"] for one in found] == [3, 2, 1]
    first = await detail(api, found[2])
    assert (first["actor_kind"], first["actor_id"], first["actor_label"]) == (
        "person",
        str(owner.user_id),
        owner.email,
    )
    assert (first["request_id"], first["subject_kind"], first["subject_label"]) == ("request-1", "connector", "trades")
    assert first["address"]
    assert first["before"] is None
    assert first["after"]["settings"] == creation["settings"]
    assert first["after"]["credentials"] == "•••• changed"
    assert creation["credentials"]["password"] not in json.dumps([first, await detail(api, found[1])])
    change = await detail(api, found[1])
    assert (change["before"]["name"], change["after"]["name"]) == ("trades", "renamed")
    assert "credentials" not in change["after"]


async def test_every_service_that_exists_writes_down_what_is_done_through_it(
    api: httpx.AsyncClient, rows: Rows, installation: Installation, connector: Any
) -> None:
    whole = await fill(rows)
    installation.adapters.storage.put(whole.artifact.object_key, CONTENT)
    failed = await rows.run(state="failed")
    await api.post(f"/api/v1/runs/{failed.id}/retry")
    await api.post(f"/api/v1/runs/{failed.id}/cancel")
    await api.post(f"/api/v1/runs/{whole.run.id}/release")
    await api.get(f"/api/v1/artifacts/{whole.artifact.id}/content")
    await api.delete(f"/api/v1/webhooks/{whole.webhook.id}")
    await api.post(f"/api/v1/connectors/{connector.id}/preview", json={"query": "select trade_id from trades"})
    body = {
        "name": "partner",
        "kind": "sftp",
        "settings": dict(whole.destination.settings),
        "credentials": {"password": SECRET},
    }
    assert (await api.post("/api/v1/destinations", json=body)).status_code == 201
    hook = {"url": "https://192.0.2.1/hook?token=in-the-url", "event_types": ["*"]}
    await api.post("/api/v1/webhooks", json=hook)
    found = {one["action"]: one for one in await entries(api)}
    assert {
        "run.retried",
        "run.cancelled",
        "run.released",
        "artifact.downloaded",
        "webhook.disabled",
        "connector.previewed",
        "destination.created",
    } <= set(found)
    told = json.dumps([await detail(api, one) for one in found.values()])
    assert SECRET not in told
    assert "in-the-url" not in told
    released = await detail(api, found["run.released"])
    assert (released["before"]["is_held"], released["after"]["is_held"]) == (True, False)
    downloaded = await detail(api, found["artifact.downloaded"])
    assert downloaded["after"]["sha256"] == whole.artifact.sha256


async def test_a_change_that_is_refused_leaves_no_entry(api: httpx.AsyncClient, creation: dict[str, Any]) -> None:
    await api.post("/api/v1/connectors", json=creation)
    before = await entries(api)
    assert (await api.post("/api/v1/connectors", json=creation)).status_code == 409
    assert await entries(api) == before


async def test_entries_are_filtered_and_paged(
    api: httpx.AsyncClient, installation: Installation, owner: Person, migrated: TestDatabase
) -> None:
    other = await new_member(installation.database, owner.tenant, "acme", "other@example.test")
    await record_something(owner.scope(installation.database), 3)
    await record_something(other.scope(installation.database), 2)
    assert len(await entries(api)) == 5
    assert [one["number"] for one in await entries(api, actor_id=str(other.user_id))] == [5, 4]
    assert await entries(api, action="run.requested") == []
    assert len(await entries(api, action="connector.created", subject_kind="connector")) == 5
    assert await entries(api, subject_kind="run") == []
    assert [one["number"] for one in await entries(api, q="SOURCE 2")] == [3]
    assert len(await entries(api, q="other@")) == 2
    assert await entries(api, q="%") == []
    third = (await entries(api))[2]["at"]
    assert [one["number"] for one in await entries(api, since=third)] == [5, 4, 3]
    assert [one["number"] for one in await entries(api, until=third)] == [2, 1]
    seen, cursor = [], None
    while True:
        page = (await api.get(TRAIL, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [one["number"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    "query", ["cursor=AAA", "cursor=_____________________w", "action=nothing", "since=2026-01-01T00:00:00", "limit=0"]
)
async def test_a_filter_that_means_nothing_is_refused(api: httpx.AsyncClient, query: str) -> None:
    assert (await api.get(f"{TRAIL}?{query}")).status_code == 422


async def test_an_export_holds_the_chain_and_is_written_down_before_its_first_byte(
    api: httpx.AsyncClient, installation: Installation, owner: Person, stranger: Person
) -> None:
    await record_something(owner.scope(installation.database), 3)
    await record_something(stranger.scope(installation.database), 2)
    answer = await api.get(f"{TRAIL}/export", params={"format": "ndjson"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["number"] for line in lines] == [1, 2, 3]
    check = ChainCheck()
    for line in lines:
        check.follow({name: line[name] for name in HASHED_FIELDS}, line["hash"])
    assert check.finish(ChainHead(3, lines[-1]["hash"])) == ()
    [newest] = await entries(api, action="audit.exported")
    assert newest["number"] == 4
    assert (await detail(api, newest))["after"] == {"format": "ndjson", "filter": {}}


async def test_a_spreadsheet_gets_no_formula(api: httpx.AsyncClient, rows: Rows) -> None:
    name = '=HYPERLINK("http://192.0.2.1","x")'
    scope = rows.person.scope(rows.database)
    async with scope.transaction() as session:
        await scope.audit(session).record(AuditAction.REPORT_CREATED, AuditSubject("report", None, name))
    answer = await api.get(f"{TRAIL}/export", params={"q": "HYPERLINK"})
    assert answer.headers["content-type"].startswith("text/csv")
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert row["subject_label"] == "'" + name


async def test_a_long_export_is_complete(api: httpx.AsyncClient, owner: Person, migrated: TestDatabase) -> None:
    write_chain(migrated, owner.tenant, 2_500)
    text = (await api.get(f"{TRAIL}/export")).text
    assert [int(row["number"]) for row in csv.DictReader(io.StringIO(text))] == list(range(1, 2_501))


async def test_reading_does_not_allow_taking_out(sign_in: SignIn, installation: Installation, owner: Person) -> None:
    reader = await new_member(
        installation.database, owner.tenant, "acme", "reader@example.test", permissions=["audit:read"]
    )
    client = sign_in(reader)
    assert (await client.get(TRAIL)).status_code == 200
    assert (await client.get(f"{TRAIL}/export")).status_code == 403
    assert await entries(client) == []


async def test_a_touched_chain_is_told(
    api: httpx.AsyncClient, installation: Installation, owner: Person, migrated: TestDatabase
) -> None:
    await record_something(owner.scope(installation.database), 4)
    verdict = (await api.post(f"{TRAIL}/verify")).json()
    assert (verdict["is_intact"], verdict["is_complete"], verdict["entries"]) == (True, True, 4)
    assert verdict["head"].startswith("4:")
    touch(migrated, "update audit_entries set actor_label = 'nobody' where number = 2")
    verdict = (await api.post(f"{TRAIL}/verify")).json()
    assert verdict["is_intact"] is False
    assert [(one["kind"], one["number"]) for one in verdict["faults"]] == [("changed", 2)]
    assert [one["number"] for one in await entries(api, action="audit.verified")] == [6, 5]
