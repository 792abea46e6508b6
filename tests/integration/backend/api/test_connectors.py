"""Connectors: stored with their secrets out of sight, tested step by step, asked for a few rows."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import Any

import httpx
import pytest

from backend.persistence.models.connector import Connector
from tests.factories.documents import plain_document
from tests.factories.rows import Rows
from tests.factories.source import PASSWORD, SourceOfTrades

PATH = "/api/v1/connectors"


async def test_no_answer_shows_the_credentials_and_the_row_holds_ciphertext(
    api: httpx.AsyncClient, rows: Rows, creation: dict[str, Any]
) -> None:
    created = await api.post(PATH, json=creation)
    assert created.status_code == 201, created.text
    identity = created.json()["id"]
    answers = [
        created,
        await api.get(PATH),
        await api.get(f"{PATH}/{identity}"),
        await api.post(f"{PATH}/{identity}/test"),
    ]
    for answer in answers:
        assert answer.is_success
        assert PASSWORD not in answer.text
        assert "credentials" not in answer.text
    stored = await rows.fresh(Connector, identity)
    assert PASSWORD.encode() not in stored.credentials
    assert rows.box.open(stored.credentials) == creation["credentials"]
    assert created.json()["settings"] == creation["settings"]


async def test_a_connector_is_tested_step_by_step(api: httpx.AsyncClient, connector: Connector) -> None:
    answer = (await api.post(f"{PATH}/{connector.id}/test")).json()
    assert answer["ok"] is True
    assert len(answer["steps"]) >= 3
    assert all(step["ok"] and step["name"] and step["message"] for step in answer["steps"])


async def test_a_test_ends_at_the_step_that_fails_with_the_next_step(
    api: httpx.AsyncClient, rows: Rows, connector: Connector
) -> None:
    wrong = await rows.connector(
        connector.settings, credentials=rows.box.seal({"username": "nobody", "password": "hunter2"})
    )
    response = await api.post(f"{PATH}/{wrong.id}/test")
    answer = response.json()
    assert (response.status_code, answer["ok"]) == (200, False)
    assert [step["ok"] for step in answer["steps"]][-1] is False
    assert answer["steps"][-1]["fix"]
    assert "hunter2" not in response.text


async def test_a_preview_shows_the_first_rows_with_their_types_exactly(
    api: httpx.AsyncClient, connector: Connector
) -> None:
    query = "select trade_id, quantity, price, trade_date from trades where trade_date >= :day order by trade_id"
    body = {"query": query, "parameters": {"day": "2026-11-18"}, "limit": 2}
    response = await api.post(f"{PATH}/{connector.id}/preview", json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert [column["name"] for column in answer["columns"]] == ["trade_id", "quantity", "price", "trade_date"]
    assert [column["type"] for column in answer["columns"]] == ["text", "integer", "decimal(18,6)", "date"]
    assert answer["rows"] == [
        ["T-1", 10, "1.500000", "2026-11-19"],
        ["T-2", 20, "0.000001", "2026-11-19"],
    ]


async def test_a_plan_says_how_the_source_would_find_the_rows(api: httpx.AsyncClient, connector: Connector) -> None:
    kinds = {one["kind"]: one for one in (await api.get(f"{PATH}/kinds")).json()["items"]}
    assert kinds["postgresql"]["explains"]
    body = {"query": "select price from trades where trade_date = :day", "parameters": {"day": "2026-11-18"}}
    response = await api.post(f"{PATH}/{connector.id}/explain", json=body)
    assert response.status_code == 200, response.text
    assert "trades" in response.json()["lines"][0]
    refused = await api.post(f"{PATH}/{connector.id}/explain", json={"query": "delete from trades"})
    assert (refused.status_code, refused.json()["code"]) == (422, "query_refused")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("select nothing from trades", 422),
        ("select * from no_such_table", 422),
        ("selec 1", 422),
        ("delete from trades", 422),
        ("select 1; select 2", 422),
        ("select trade_id as a, quantity as a from trades", 422),
        ("select * from trades where trade_id = :missing", 422),
    ],
)
async def test_a_query_that_cannot_be_run_is_refused_with_a_reason(
    api: httpx.AsyncClient, connector: Connector, query: str, status: int
) -> None:
    response = await api.post(f"{PATH}/{connector.id}/preview", json={"query": query})
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] not in {"internal_error", "connector_error"}


async def test_a_source_that_is_down_is_unavailable_and_not_our_fault(api: httpx.AsyncClient, rows: Rows) -> None:
    away = await rows.connector()
    response = await api.post(f"{PATH}/{away.id}/preview", json={"query": "select 1"})
    assert (response.status_code, response.json()["code"]) == (503, "source_connection_refused")
    assert response.json()["fix"]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "oracle-of-delphi"},
        {"settings": {}},
        {"settings": {"host": "db", "database": "d", "port": 0}},
        {"settings": {"host": "db", "database": "d", "unknown": 1}},
        {"settings": {"host": "db", "database": "d", "password": "hunter2"}},
        {"credentials": {"username": "u"}},
        {"credentials": {"username": "u", "password": "hunter2", "more": "hunter2"}},
        {"name": ""},
        {"name": "x" * 201},
        {"extra": 1},
    ],
    ids=str,
)
async def test_a_wrong_connector_is_refused_without_repeating_its_secrets(
    api: httpx.AsyncClient, creation: dict[str, Any], changes: dict[str, Any]
) -> None:
    response = await api.post(PATH, json={**creation, **changes})
    assert response.status_code == 422, response.text
    assert PASSWORD not in response.text
    assert "hunter2" not in response.text
    assert (await api.get(PATH)).json()["items"] == []


async def test_a_name_belongs_to_one_connector_also_when_many_ask_at_once(
    api: httpx.AsyncClient, creation: dict[str, Any]
) -> None:
    responses = await asyncio.gather(*(api.post(PATH, json=creation) for _ in range(10)))
    assert sorted(response.status_code for response in responses) == [201] + [409] * 9
    assert {response.json()["code"] for response in responses if response.status_code == 409} == {
        "connector_name_taken"
    }


async def test_a_connector_that_was_removed_is_gone_and_its_name_is_free(
    api: httpx.AsyncClient, creation: dict[str, Any]
) -> None:
    identity = (await api.post(PATH, json=creation)).json()["id"]
    assert (await api.delete(f"{PATH}/{identity}")).status_code == 204
    assert (await api.get(f"{PATH}/{identity}")).status_code == 404
    assert (await api.delete(f"{PATH}/{identity}")).status_code == 404
    assert (await api.post(PATH, json=creation)).status_code == 201


async def test_a_connector_is_changed_on_the_state_that_was_seen(
    api: httpx.AsyncClient, connector: Connector, source: SourceOfTrades
) -> None:
    path = f"{PATH}/{connector.id}"
    seen = (await api.get(path)).headers["etag"]
    changed = await api.patch(path, json={"name": "renamed"}, headers={"If-Match": seen})
    assert (changed.status_code, changed.json()["name"]) == (200, "renamed"), changed.text
    stale = await api.patch(path, json={"name": "again"}, headers={"If-Match": seen})
    assert (stale.status_code, stale.headers["etag"]) == (412, changed.headers["etag"])
    harmless = {**source.settings, "statement_timeout_seconds": 60}
    assert (await api.patch(path, json={"settings": harmless})).status_code == 200
    assert (await api.post(f"{path}/test")).json()["ok"], "the stored credentials still sign in"


@pytest.mark.parametrize("change", [{"host": "elsewhere.example"}, {"port": 1}, {"ssl_mode": "require"}], ids=str)
async def test_stored_credentials_are_never_sent_to_another_address(
    api: httpx.AsyncClient, connector: Connector, source: SourceOfTrades, change: dict[str, Any]
) -> None:
    settings = {**source.settings, **change}
    refused = await api.patch(f"{PATH}/{connector.id}", json={"settings": settings})
    assert (refused.status_code, refused.json()["code"]) == (422, "connector_credentials_needed")
    accepted = await api.patch(f"{PATH}/{connector.id}", json={"settings": settings, "credentials": source.credentials})
    assert accepted.status_code == 200, accepted.text
    assert source.credentials["password"] not in accepted.text


async def test_settings_are_tried_before_they_are_stored(api: httpx.AsyncClient, creation: dict[str, Any]) -> None:
    trial = {name: value for name, value in creation.items() if name != "name"}
    assert (await api.post(f"{PATH}/test", json=trial)).json()["ok"]
    wrong = {**trial, "credentials": {**trial["credentials"], "password": "wrong"}}
    steps = (await api.post(f"{PATH}/test", json=wrong)).json()["steps"]
    assert [(one["name"], one["ok"]) for one in steps][-1] == ("sign_in", False)
    assert (await api.get(PATH)).json()["items"] == []


async def test_a_source_is_browsed_by_schema_table_and_column(api: httpx.AsyncClient, connector: Connector) -> None:
    path = f"{PATH}/{connector.id}"
    assert (await api.get(f"{path}/schemas")).json()["items"] == ["public"]
    tables = (await api.get(f"{path}/tables", params={"schema": "public", "q": "TRAD"})).json()
    assert tables == {"items": [{"schema_name": "public", "name": "trades", "is_view": False}], "is_truncated": False}
    columns = (await api.get(f"{path}/columns", params={"schema": "public", "table": "trades", "q": "pri"})).json()
    assert [(one["name"], one["type"]) for one in columns["items"]] == [("price", "decimal(18,6)")]
    unknown = await api.get(f"{path}/columns", params={"schema": "public", "table": "nothing"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "source_table_unknown")


async def test_a_connector_that_reports_read_through_is_not_removed(
    api: httpx.AsyncClient, rows: Rows, connector: Connector
) -> None:
    report = await rows.report(name="Daily")
    await rows.version(report, plain_document(connector.id))
    shown = (await api.get(f"{PATH}/{connector.id}")).json()
    assert shown["used_by"] == [{"report_id": str(report.id), "name": "Daily"}]
    refused = await api.delete(f"{PATH}/{connector.id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "connector_in_use")
    await api.post(f"/api/v1/reports/{report.id}/archive")
    assert (await api.delete(f"{PATH}/{connector.id}")).status_code == 204


async def test_a_kind_tells_the_form_of_its_settings(api: httpx.AsyncClient) -> None:
    kinds = {one["kind"]: one for one in (await api.get(f"{PATH}/kinds")).json()["items"]}
    assert {"host", "port", "database", "ssl_mode"} <= set(kinds["postgresql"]["settings_schema"]["properties"])


async def test_the_steps_of_a_test_arrive_one_by_one(api: httpx.AsyncClient, creation: dict[str, Any]) -> None:
    trial = {name: value for name, value in creation.items() if name != "name"}
    headers = {"Accept": "text/event-stream"}
    answer = await api.post(f"{PATH}/test", json=trial, headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = [part.split("\n") for part in answer.text.strip().split("\n\n")]
    assert [lines[0] for lines in told] == ["event: step"] * 5 + ["event: result"]
    steps = [json.loads(lines[1].removeprefix("data: ")) for lines in told[:-1]]
    assert [step["name"] for step in steps] == ["dns", "tcp", "tls", "sign_in", "permission"]
    assert json.loads(told[-1][1].removeprefix("data: ")) == {"ok": True, "steps": steps}
    wrong = await api.post(f"{PATH}/test", json={**trial, "settings": {}}, headers=headers)
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "application/problem+json")


async def test_a_connector_remembers_how_its_last_test_went(
    api: httpx.AsyncClient, rows: Rows, connector: Connector, source: SourceOfTrades
) -> None:
    path = f"{PATH}/{connector.id}"
    assert (await api.get(path)).json()["tested_at"] is None
    await api.post(f"{path}/test")
    first = await api.get(path)
    assert first.json()["tested_at"] is not None
    assert first.json()["failed_step"] is None
    wrong = {"username": source.credentials["username"], "password": "not this one"}
    changed = await api.patch(path, json={"credentials": wrong}, headers={"If-Match": first.headers["etag"]})
    assert changed.json()["tested_at"] is None, "what is stored now was not tested"
    await api.post(f"{path}/test")
    assert (await api.get(path)).json()["failed_step"] == "sign_in"


async def test_health_shows_the_last_tests_the_next_and_the_last_run(
    api: httpx.AsyncClient, rows: Rows, connector: Connector, source: SourceOfTrades
) -> None:
    path = f"{PATH}/{connector.id}"
    empty = {"is_failing": False, "retest_every_hours": None, "next_test_at": None, "tests": [], "last_run": None}
    assert (await api.get(f"{path}/health")).json() == empty
    report = await rows.report(name="Transactions of the day")
    version = await rows.version(report, connector_id=connector.id)
    await rows.run(version, rows_in=7)
    newest = await rows.run(version, rows_in=12, state="failed", reporting_date=date(2026, 11, 20))
    await rows.run(rows_in=99)  # through another connector
    for _ in range(2):
        await api.post(f"{path}/test")
    health = (await api.get(f"{path}/health")).json()
    assert [one["failed_step"] for one in health["tests"]] == [None, None]
    assert health["tests"][0]["at"] > health["tests"][1]["at"]
    assert all(one["milliseconds"] > 0 for one in health["tests"])
    run = health["last_run"]
    assert (run["run_id"], run["report_name"]) == (str(newest.id), "Transactions of the day")
    assert (run["state"], run["rows_in"]) == ("failed", 12)
    changed = {**source.settings, "statement_timeout_seconds": 60}
    await api.patch(path, json={"settings": changed})
    assert (await api.get(f"{path}/health")).json()["tests"] == [], "what is stored now was not tested"


async def test_tests_by_the_clock_are_asked_for_and_ended(api: httpx.AsyncClient, connector: Connector) -> None:
    path = f"{PATH}/{connector.id}"
    for wrong in (-1, 721):
        assert (await api.patch(path, json={"retest_every_hours": wrong})).status_code == 422
    assert (await api.patch(path, json={"retest_every_hours": 24})).status_code == 200
    health = (await api.get(f"{path}/health")).json()
    assert health["retest_every_hours"] == 24
    assert health["next_test_at"] is not None, "the first is due at once"
    await api.patch(path, json={"name": "another name"})
    assert (await api.get(f"{path}/health")).json()["retest_every_hours"] == 24
    await api.patch(path, json={"retest_every_hours": 0})
    ended = (await api.get(f"{path}/health")).json()
    assert (ended["retest_every_hours"], ended["next_test_at"]) == (None, None)
