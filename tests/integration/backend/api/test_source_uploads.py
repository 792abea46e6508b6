"""Files come part by part, go on where they stopped, and are there as a whole or not at all."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from backend.config import Settings
from backend.domain.permissions import ALL_PERMISSIONS
from backend.persistence.session import SystemDatabase
from backend.services.source_upload_expiry import SourceUploadExpiry
from backend.services.source_uploads import EXPIRES_AFTER, PART_BYTES
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member
from tests.factories.routes import API
from tests.factories.rows import Rows

SignIn = Callable[[Person], httpx.AsyncClient]
TRADES = {
    "name": "trades",
    "file": {"format": "csv"},
    "columns": [{"name": "id", "type": "integer"}, {"name": "note", "type": "text"}],
}


async def new_connector(api: httpx.AsyncClient, **changes: object) -> str:
    body = {"name": "files", "kind": "files", "settings": {"tables": [TRADES]}, **changes}
    answer = await api.post(f"{API}/connectors", json=body)
    assert answer.status_code == 201, answer.text
    return f"{API}/connectors/{answer.json()['id']}"


async def begin(api: httpx.AsyncClient, connector: str, content: bytes, name: str = "a.csv", **more: object) -> str:
    body = {"name": name, "table": "trades", "size_bytes": len(content), **more}
    answer = await api.post(f"{connector}/uploads", json=body)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["offset"], answer.json()["part_bytes"]) == (0, PART_BYTES)
    return f"{connector}/uploads/{answer.json()['id']}"


async def send(api: httpx.AsyncClient, upload: str, offset: int, part: bytes) -> httpx.Response:
    return await api.patch(upload, content=part, headers={"Upload-Offset": str(offset)})


async def upload(api: httpx.AsyncClient, connector: str, content: bytes, name: str = "a.csv") -> str:
    begun = await begin(api, connector, content, name, sha256=hashlib.sha256(content).hexdigest())
    for offset in range(0, len(content), PART_BYTES):
        assert (await send(api, begun, offset, content[offset : offset + PART_BYTES])).status_code == 200
    completed = await api.post(f"{begun}/complete")
    assert completed.status_code == 200, completed.text
    return f"{connector}/files/{completed.json()['id']}"


async def rows_of(api: httpx.AsyncClient, connector: str) -> list[list[object]]:
    answer = await api.post(f"{connector}/preview", json={"query": "select * from files.trades order by id"})
    assert answer.status_code == 200, answer.text
    rows: list[list[object]] = answer.json()["rows"]
    return rows


async def test_a_file_of_several_parts_goes_on_where_it_stopped_and_is_seen_when_it_is_whole(api: httpx.AsyncClient):
    connector = await new_connector(api)
    content = b"id,note\n" + b"".join(b"%d,%s\n" % (number, b"x" * 1000) for number in range(9000))
    parts = [content[:PART_BYTES], content[PART_BYTES:]]
    begun = await begin(api, connector, content, sha256=hashlib.sha256(content).hexdigest())
    assert (await send(api, begun, 0, parts[0])).json()["offset"] == PART_BYTES
    seen = await api.get(begun)
    assert (seen.json()["offset"], seen.headers["upload-offset"]) == (PART_BYTES, str(PART_BYTES))
    assert [one["offset"] for one in (await api.get(f"{connector}/uploads")).json()["items"]] == [PART_BYTES]

    again = await send(api, begun, 0, parts[0])
    assert (again.status_code, again.json()["code"], again.json()["offset"]) == (409, "upload_offset_wrong", PART_BYTES)
    early = await api.post(f"{begun}/complete")
    assert (early.status_code, early.json()["code"]) == (409, "upload_incomplete")
    missing = await api.post(f"{connector}/preview", json={"query": "select * from files.trades"})
    assert (missing.status_code, missing.json()["code"]) == (422, "source_file_missing")

    assert (await send(api, begun, PART_BYTES, parts[1])).status_code == 200
    completed = await api.post(f"{begun}/complete")
    assert completed.status_code == 200, completed.text
    assert completed.json()["sha256"] == hashlib.sha256(content).hexdigest()
    assert (await api.get(f"{connector}/uploads")).json()["items"] == []
    assert [one["name"] for one in (await api.get(f"{connector}/files")).json()["items"]] == ["a.csv"]
    answer = await api.post(f"{connector}/preview", json={"query": "select count(*) as n, max(id) as m from trades"})
    assert answer.json()["rows"] == [[9000, 8999]]


@pytest.mark.parametrize("size", [0, PART_BYTES - 1, PART_BYTES + 1], ids=["empty", "short", "long"])
async def test_a_part_of_another_size_is_refused(api: httpx.AsyncClient, size: int):
    begun = await begin(api, await new_connector(api), b"x" * (PART_BYTES * 2))
    answer = await send(api, begun, 0, b"x" * size)
    assert (answer.status_code, answer.json()["code"]) == (422, "upload_part_wrong")
    assert (await api.get(begun)).json()["offset"] == 0


async def test_of_two_who_send_the_same_part_one_is_told_to_go_on(api: httpx.AsyncClient):
    connector = await new_connector(api)
    content = b"id,note\n1,x\n"
    begun = await begin(api, connector, content)
    answers = await asyncio.gather(*(send(api, begun, 0, content) for _ in range(2)))
    assert sorted(one.status_code for one in answers) == [200, 409]
    assert (await api.post(f"{begun}/complete")).status_code == 200
    assert await rows_of(api, connector) == [[1, "x"]]


async def test_bytes_with_another_hash_are_thrown_away(api: httpx.AsyncClient):
    connector = await new_connector(api)
    begun = await begin(api, connector, b"id,note\n", sha256="0" * 64)
    await send(api, begun, 0, b"id,note\n")
    answer = await api.post(f"{begun}/complete")
    assert (answer.status_code, answer.json()["code"]) == (422, "upload_hash_differs")
    assert (await api.get(begun)).status_code == 404
    assert (await api.get(f"{connector}/files")).json()["items"] == []


async def test_a_file_takes_the_place_of_one_of_the_same_name_and_goes_when_it_is_removed(
    api: httpx.AsyncClient, installation: Installation
):
    connector = await new_connector(api)
    await upload(api, connector, b"id,note\n1,old\n")
    await upload(api, connector, b"id,note\n2,other\n", "b.csv")
    file = await upload(api, connector, b"id,note\n1,new\n")
    assert await rows_of(api, connector) == [[1, "new"], [2, "other"]]
    assert (await api.delete(file)).status_code == 204
    assert (await api.delete(file)).status_code == 404
    assert await rows_of(api, connector) == [[2, "other"]]
    left = [one.key for one in installation.adapters.storage.list("tenants") if connector.rpartition("/")[2] in one.key]
    assert len(left) == 2, "one file and its label"
    actions = [one["action"] for one in (await api.get(f"{API}/audit-entries")).json()["items"]]
    assert (actions.count("source_file.uploaded"), actions.count("source_file.removed")) == (3, 1)


async def test_a_connector_that_is_removed_takes_its_files_and_uploads_along(
    api: httpx.AsyncClient, installation: Installation
):
    connector = await new_connector(api)
    await upload(api, connector, b"id,note\n")
    await send(api, await begin(api, connector, b"id,note\n", "b.csv"), 0, b"id,note\n")
    assert (await api.delete(connector)).status_code == 204
    identity = connector.rpartition("/")[2]
    assert [one.key for one in installation.adapters.storage.list("tenants") if identity in one.key] == []
    assert [one.key for one in installation.adapters.storage.open_uploads() if identity in one.key] == []


async def test_an_upload_can_be_aborted(api: httpx.AsyncClient):
    begun = await begin(api, await new_connector(api), b"x")
    assert (await api.delete(begun)).status_code == 204
    assert (await send(api, begun, 0, b"x")).status_code == 404


async def test_an_abandoned_upload_expires_and_one_that_goes_on_does_not(
    api: httpx.AsyncClient, installation: Installation, settings: Settings
):
    connector = await new_connector(api)
    begun = await begin(api, connector, b"x")
    now = (await api.get(begun)).json()["created_at"]
    system = SystemDatabase(settings.database.system_url.get_secret_value(), name="test")

    async def expired(after: timedelta) -> int:
        moment = installation.database.now() + after
        return await SourceUploadExpiry(
            installation.database, system, installation.adapters.storage, lambda: moment
        ).expire()

    assert now
    assert await expired(EXPIRES_AFTER - timedelta(minutes=1)) == 0
    assert (await api.get(begun)).status_code == 200
    assert await expired(EXPIRES_AFTER + timedelta(minutes=1)) == 1
    assert (await api.get(begun)).status_code == 404
    await system.dispose()


async def test_what_may_not_be_uploaded(api: httpx.AsyncClient, rows: Rows):
    connector = await new_connector(api)
    huge = await api.post(f"{connector}/uploads", json={"name": "a", "table": "t", "size_bytes": 2**50})
    assert (huge.status_code, huge.json()["code"]) == (413, "source_upload_too_large")
    other = f"{API}/connectors/{(await rows.connector()).id}"
    refused = await api.post(f"{other}/uploads", json={"name": "a", "table": "t", "size_bytes": 1})
    assert (refused.status_code, refused.json()["code"]) == (422, "connector_takes_no_files")
    for name in ("../a", "a/b", "", "a\x00"):
        answer = await api.post(f"{connector}/uploads", json={"name": name, "table": "t", "size_bytes": 1})
        assert answer.status_code == 422


async def test_files_of_another_tenant_or_without_permission_are_out_of_reach(
    api: httpx.AsyncClient, sign_in: SignIn, stranger: Person, owner: Person, installation: Installation
):
    connector = await new_connector(api)
    file = await upload(api, connector, b"id,note\n1,secret\n")
    begun = await begin(api, connector, b"x")
    theirs = sign_in(stranger)
    for answer in (
        await theirs.get(f"{connector}/files"),
        await theirs.get(begun),
        await send(theirs, begun, 0, b"x"),
        await theirs.delete(file),
        await theirs.post(f"{connector}/uploads", json={"name": "a", "table": "t", "size_bytes": 1}),
    ):
        assert answer.status_code == 404, answer.text
    reader = await new_member(
        installation.database,
        owner.tenant,
        "acme",
        "r@example.test",
        permissions=ALL_PERMISSIONS - {"connectors:write"},
    )
    assert (await sign_in(reader).get(f"{connector}/files")).status_code == 200
    assert (await send(sign_in(reader), begun, 0, b"x")).status_code == 403


async def test_files_in_the_inbox_are_found_by_the_reporting_date(
    api: httpx.AsyncClient, owner: Person, stranger: Person, installation: Installation
):
    table = {**TRADES, "location": "inbox", "prefix": "mifir/{reporting_date}/", "pattern": "*.csv"}
    connector = await new_connector(api, settings={"tables": [table]})
    for tenant, note in ((owner.tenant, "ours"), (stranger.tenant, "theirs")):
        for name in ("2026-11-20/b.csv", "2026-11-20/a.csv", "2026-11-20/a.txt", "2026-11-19/a.csv"):
            number = 2 if "b.csv" in name else 1
            installation.adapters.storage.put(
                f"tenants/{tenant}/inbox/mifir/{name}", f"id,note\n{number},{note}\n".encode()
            )
    body = {"query": "select * from files.trades", "parameters": {"reporting_date": "2026-11-20"}}
    answer = await api.post(f"{connector}/preview", json=body)
    assert answer.json()["rows"] == [[1, "ours"], [2, "ours"]]
    undated = await api.post(f"{connector}/preview", json={"query": "select * from files.trades"})
    assert (undated.status_code, undated.json()["code"]) == (422, "query_parameter_invalid")


@pytest.mark.parametrize("prefix", ["../../other", "/x", "a/../../b"])
async def test_a_prefix_stays_inside_of_the_inbox(api: httpx.AsyncClient, prefix: str):
    table = {**TRADES, "location": "inbox", "prefix": prefix}
    body = {"name": "files", "kind": "files", "settings": {"tables": [table]}}
    answer = await api.post(f"{API}/connectors", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "connector_settings_invalid")


async def test_a_test_of_the_connector_says_what_is_missing_step_by_step(api: httpx.AsyncClient):
    connector = await new_connector(api)
    steps = (await api.post(f"{connector}/test")).json()["steps"]
    assert [(one["name"], one["ok"]) for one in steps] == [("tables", True), ("files", False)]
    await upload(api, connector, b"id,note\n1,x\n")
    tested = (await api.post(f"{connector}/test")).json()
    assert (tested["ok"], tested["steps"][-1]["message"]) == (True, "1 rows were read.")


async def test_credentials_are_for_sources_that_ask_for_them(api: httpx.AsyncClient):
    body = {"name": "files", "kind": "files", "settings": {}, "credentials": {"username": "u", "password": "p"}}
    assert (await api.post(f"{API}/connectors", json=body)).json()["code"] == "connector_settings_invalid"
    server = {"host": "127.0.0.1", "database": "d", "ssl_mode": "disable"}
    body = {"name": "server", "kind": "postgresql", "settings": server}
    assert (await api.post(f"{API}/connectors", json=body)).json()["code"] == "connector_settings_invalid"


async def test_a_file_is_looked_at_and_what_it_seems_to_be_can_be_stored(api: httpx.AsyncClient):
    connector = await new_connector(api, settings={})
    file = await upload(api, connector, b"Trade ID;Price\n7;1,50\n8;2,25\n")
    found = (await api.post(f"{file}/detect")).json()
    assert [(one["name"], one["source"], one["type"]) for one in found["columns"]] == [
        ("trade_id", "Trade ID", "integer"),
        ("price", "Price", "decimal(18,2)"),
    ]
    columns = [{name: one[name] for name in ("name", "source", "type")} for one in found["columns"]]
    table = {"name": "trades", "file": found["file"], "values": found["values"], "columns": columns}
    changed = await api.patch(connector, json={"settings": {"tables": [table]}}, headers={"If-Match": "*"})
    assert changed.status_code == 200, changed.text
    answer = await api.post(f"{connector}/preview", json={"query": "select * from files.trades order by trade_id"})
    assert answer.json()["rows"] == [[7, "1.50"], [8, "2.25"]]
    actions = [one["action"] for one in (await api.get(f"{API}/audit-entries")).json()["items"]]
    assert "source_file.inspected" in actions
