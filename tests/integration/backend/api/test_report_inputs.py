"""Reports of several inputs over HTTP: checked, tried, previewed, saved, compared, handed over, and what they use."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from backend.persistence.models.audit import AuditEntry
from backend.persistence.models.connector import Connector
from tests.factories.documents import plain_document
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.source import SourceOfTrades

PATH = "/api/v1/reports"
DAY = "2026-11-19"
SignIn = Callable[[Person], httpx.AsyncClient]
DAYS = "select trade_date as day, count(*) as trades, min(price)::numeric(18, 6) as lowest from trades group by 1"
SIZES = (
    "select trade_id as ref, quantity * 2 as doubled from trades where quantity > 15 and :reporting_date is not null"
)
JOIN = """select s.*, z.doubled, s.price * 2 as twice
  from source s left join sizes z on z.ref = s.trade_id"""
FIELDS = {"reference": "trade_id", "doubled": "coalesce(doubled, 0)", "lowest": "lookup('days', trade_date, 'lowest')"}


@pytest.fixture
async def other(rows: Rows, source: SourceOfTrades) -> Connector:
    """A second connector of the owner."""
    return await rows.connector(source.settings, credentials=rows.box.seal(source.credentials), name="second")


def inputs_of(connector: Connector, **changes: dict[str, Any]) -> dict[str, Any]:
    """Two inputs, of which one has a key."""
    inputs = {"sizes": {"query": SIZES}, "days": {"query": DAYS, "key": ["day"]}}
    return {name: {"connector_id": str(connector.id), **one, **changes.get(name, {})} for name, one in inputs.items()}


def joined(connector: Connector, other: Connector, **changes: Any) -> dict[str, Any]:
    """A document of three inputs."""
    parts = {"inputs": inputs_of(other), "join": JOIN, "fields": FIELDS, **changes}
    return plain_document(connector.id, **parts)


async def checked(api: httpx.AsyncClient, document: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(f"{PATH}/check", json={"document": document})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_check_knows_what_expressions_see_and_where_it_comes_from(
    api: httpx.AsyncClient, connector: Connector, other: Connector
) -> None:
    found = await checked(api, joined(connector, other))
    assert (found["ok"], found["faults"]) == (True, [])
    seen = {one["name"]: (one["type"], one["origins"]) for one in found["source_columns"]}
    assert seen["doubled"] == ("integer", ["sizes.doubled"])
    assert seen["twice"] == ("decimal(18,6)", ["source.price"])
    assert seen["trade_id"] == ("text", ["source.trade_id"])
    assert [one["name"] for one in found["tables"]["days"]] == ["day", "trades", "lowest"]
    lowest = next(one for one in found["fields"] if one["name"] == "lowest")
    assert (lowest["columns"], lowest["lookups"]) == (["trade_date"], ["days.lowest"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"join": "select s.*\n  from source s left join sise z on true"}, ("/join", "unknown_input", (2, 27))),
        ({"join": "select s.*\n  from source s left joiin sizes z on true"}, ("/join", "syntax_error", (2, 17))),
        ({"join": "select s.*,\n       z.dubled from source s, sizes z"}, ("/join", "unknown_column", (2, 10))),
        ({"join": "select s.*, read_text('/etc/passwd') as x from source s"}, ("/join", "unknown_function", (1, 13))),
        ({"join": "select s.*, s.quantity / 2 as half from source s"}, ("/join", "not_allowed", (1, 13))),
        ({"filter": "lookup('dayz', trade_date, 'trades') > 1"}, ("/filter", "unknown_dataset", (1, 8))),
        ({"filter": "lookup('days', trade_id, 'trades') > 1"}, ("/filter", "type_mismatch", (1, 16))),
        ({"filter": "lookup('sizes', 'T', 'doubled') > 1"}, ("/filter", "key_not_declared", (1, 8))),
    ],
)
async def test_a_fault_is_named_with_its_place(
    api: httpx.AsyncClient,
    connector: Connector,
    other: Connector,
    changes: dict[str, Any],
    expected: tuple[str, str, tuple[int, int]],
) -> None:
    document = {**joined(connector, other, **changes), "record_key": []}
    (fault,) = (await checked(api, document))["faults"]
    assert (fault["pointer"], fault["code"], (fault["line"], fault["column"])) == expected, fault
    report = (await api.post(PATH, json={"name": "Refused", "slug": "refused"})).json()
    refused = await api.post(f"{PATH}/{report['id']}/versions", json={"document": document})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, expected[1])


async def test_every_fault_of_the_inputs_is_told_at_once(
    api: httpx.AsyncClient, connector: Connector, strangers_rows: Rows, source: SourceOfTrades
) -> None:
    foreign = await strangers_rows.connector(source.settings, credentials=strangers_rows.box.seal(source.credentials))
    inputs = inputs_of(connector, sizes={"query": "select nothing from trades"}, days={"key": ["dai"]})
    inputs["far"] = {"connector_id": str(foreign.id), "query": DAYS}
    inputs["case"] = {"connector_id": str(connector.id), "query": 'select 1 as a, 2 as "A"'}
    document = plain_document(connector.id, inputs=inputs)
    faults = {fault["pointer"]: fault["code"] for fault in (await checked(api, document))["faults"]}
    assert faults == {
        "/inputs/sizes/query": "source_column_unknown",
        "/inputs/days/key/0": "unknown_column",
        "/inputs/far/connector_id": "connector_not_found",
        "/inputs/case/query": "column_name_unusable",
    }


async def test_sample_rows_are_joined_and_looked_up_and_the_reading_is_written_down(
    api: httpx.AsyncClient, rows: Rows, connector: Connector, other: Connector
) -> None:
    body = {"document": joined(connector, other), "reporting_date": DAY}
    tried = await api.post(f"{PATH}/dry-run", json=body)
    assert tried.status_code == 200, tried.text
    values = [{one["name"]: one["value"] for one in row["target"]} for row in tried.json()["rows"]]
    assert values == [
        {"reference": "T-1", "doubled": 0, "lowest": "0.000001"},
        {"reference": "T-2", "doubled": 40, "lowest": "0.000001"},
    ]
    del body["document"]["fields"], body["document"]["outputs"]
    shown = (await api.post(f"{PATH}/join-preview", json=body)).json()
    assert shown["columns"] == ["trade_id", "quantity", "price", "trade_date", "doubled", "twice"]
    assert shown["rows"][1] == ["T-2", 20, "0.000001", DAY, 40, "0.000002"]
    async with rows.database.transaction(rows.person.tenant) as session:
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "report.tried"))).all()
    assert len(entries) == 2
    for entry in entries:
        assert entry.after is not None
        after = json.loads(entry.after)
        assert after["inputs"]["days"] == {"connector_id": str(other.id), "query": DAYS}
        assert after["join"] == JOIN


async def test_a_connector_that_only_an_input_reads_is_in_use(
    api: httpx.AsyncClient, connector: Connector, other: Connector
) -> None:
    report = (await api.post(PATH, json={"name": "Joined", "slug": "joined"})).json()
    saved = await api.post(f"{PATH}/{report['id']}/versions", json={"document": joined(connector, other)})
    assert saved.status_code == 201, saved.text
    shown = (await api.get(f"/api/v1/connectors/{other.id}")).json()
    assert [one["name"] for one in shown["used_by"]] == ["Joined"]
    listed = (await api.get("/api/v1/connectors")).json()["items"]
    assert {one["name"]: len(one["used_by"]) for one in listed} == {connector.name: 1, "second": 1}
    refused = await api.delete(f"/api/v1/connectors/{other.id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "connector_in_use")
    await api.post(f"{PATH}/{report['id']}/archive")
    assert (await api.delete(f"/api/v1/connectors/{other.id}")).status_code == 204


async def test_versions_show_what_changed_in_inputs_and_join(
    api: httpx.AsyncClient, connector: Connector, other: Connector
) -> None:
    report = (await api.post(PATH, json={"name": "Compared", "slug": "compared"})).json()
    path = f"{PATH}/{report['id']}/versions"
    await api.post(path, json={"document": joined(connector, other)})
    inputs = inputs_of(other, days={"query": DAYS.replace(" from", "\n  FROM")}, sizes={"missing": "fail"})
    inputs["more"] = {"connector_id": str(connector.id), "query": "select 1 as one"}
    changed = joined(connector, other, inputs=inputs, join=f"{JOIN}\n where z.doubled > 1")
    after = (await api.post(path, json={"document": changed})).json()
    first = (await api.get(path)).json()["items"][-1]
    diff = (await api.get(f"{path}/{after['id']}/compare?with={first['id']}")).json()["diff"]
    assert [(one["name"], one["kind"]) for one in diff["inputs"]] == [
        ("sizes", "changed"),
        ("days", "reformatted"),
        ("more", "added"),
    ]
    assert diff["join"]["kind"] == "changed"
    assert [line["text"] for line in diff["join"]["lines"] if line["kind"] == "added"] == [" where z.doubled > 1"]
    assert (diff["query"], diff["settings"], diff["is_formatting_only"]) == (None, [], False)


async def test_a_file_names_the_connector_of_each_input(
    api: httpx.AsyncClient, connector: Connector, other: Connector, sign_in: SignIn, strangers_rows: Rows
) -> None:
    report = (await api.post(PATH, json={"name": "Handed", "slug": "handed"})).json()
    await api.post(f"{PATH}/{report['id']}/versions", json={"document": joined(connector, other)})
    text = (await api.get(f"{PATH}/{report['id']}/export")).text
    assert str(other.id) not in text
    assert text.count("connector: second") == 2
    assert "  join: |" in text
    same = (await api.post(f"{PATH}/import?dry_run=true", json={"content": text})).json()
    assert (same["ok"], same["diff"]["is_empty"]) == (True, True), same
    far = sign_in(strangers_rows.person)
    missing = (await far.post(f"{PATH}/import?dry_run=true", json={"content": text})).json()
    found = {fault["pointer"]: fault["file_line"] for fault in missing["faults"]}
    lines = text.splitlines()
    assert set(found) == {"/source/connector", "/inputs/sizes/connector", "/inputs/days/connector"}
    assert all("connector:" in lines[line - 1] for line in found.values())
    for one in (connector, other):
        await strangers_rows.connector(one.settings, credentials=one.credentials, name=one.name)
    taken = await far.post(f"{PATH}/import", json={"content": text})
    assert taken.status_code == 200, taken.text
