"""Runs over HTTP: started, shown with steps and counts, stopped, released."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest

from backend.domain.runs import RunState
from backend.persistence.models.report import ReportVersion
from tests.factories.documents import QUERY, plain_document
from tests.factories.rows import AT, Rows
from tests.factories.whole_tenant import fill

API = "/api/v1"


@pytest.fixture
async def version(rows: Rows) -> ReportVersion:
    """A report that can be run, with one parameter."""
    connector = await rows.connector()
    source = {"connector_id": str(connector.id), "query": QUERY, "parameters": {"book": {"type": "text"}}}
    return await rows.version(await rows.report(), plain_document(connector.id, source=source))


async def test_a_started_run_is_pending_and_can_be_looked_at(api: httpx.AsyncClient, version: ReportVersion) -> None:
    body = {"reporting_date": "2026-11-19", "parameters": {"book": "A"}}
    started = await api.post(f"{API}/reports/{version.report_id}/runs", json=body)
    assert started.status_code == 202, started.text
    assert (started.json()["state"], started.json()["sequence"]) == ("pending", 1)
    shown = (await api.get(f"{API}/runs/{started.json()['id']}")).json()
    assert {name: shown[name] for name in started.json()} == started.json()
    assert shown["parameters"] == {"book": "A"}
    assert shown["report_version_id"] == str(version.id)
    assert [step["name"] for step in shown["steps"]] == [
        "extract",
        "validate_source",
        "transform",
        "validate_target",
        "render",
        "store",
        "hand_over",
    ]
    assert {(step["state"], step["rows"]) for step in shown["steps"]} == {("pending", 0)}
    assert shown["counts"] == dict.fromkeys(("rows_in", "rows_out", "set_aside", "filtered", "excluded", "held"), 0)
    assert (shown["set_aside_by_rule"], shown["reason"], shown["peak_rss_bytes"]) == ({}, None, 0)


async def test_an_equal_run_under_way_is_a_conflict_with_the_next_step(
    api: httpx.AsyncClient, version: ReportVersion
) -> None:
    body = {"reporting_date": "2026-11-19"}
    assert (await api.post(f"{API}/reports/{version.report_id}/runs", json=body)).status_code == 202
    again = await api.post(f"{API}/reports/{version.report_id}/runs", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "run_already_under_way")
    assert again.json()["fix"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reporting_date": "19.11.2026"},
        {"reporting_date": "2026-02-30"},
        {"reporting_date": "2026-11-19", "parameters": {"book": 7}},
        {"reporting_date": "2026-11-19", "parameters": {"unknown": "x"}},
        {"reporting_date": "2026-11-19", "parameters": []},
        {"reporting_date": "2026-11-19", "sequence": 7},
    ],
    ids=str,
)
async def test_a_wrong_request_starts_nothing(
    api: httpx.AsyncClient, version: ReportVersion, body: dict[str, Any]
) -> None:
    response = await api.post(f"{API}/reports/{version.report_id}/runs", json=body)
    assert response.status_code == 422, response.text
    assert (await api.get(f"{API}/runs")).json()["items"] == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_the_first_and_the_last_day_are_days(api: httpx.AsyncClient, version: ReportVersion, day: str) -> None:
    response = await api.post(f"{API}/reports/{version.report_id}/runs", json={"reporting_date": day})
    assert response.status_code == 202, response.text
    assert response.json()["reporting_date"] == day


async def test_a_run_shows_its_steps_counts_findings_files_and_deliveries(api: httpx.AsyncClient, rows: Rows) -> None:
    whole = await fill(rows)
    path = f"{API}/runs/{whole.run.id}"
    shown = (await api.get(path)).json()
    assert (shown["state"], shown["is_held"]) == ("partial", True)
    assert shown["steps"][0] == {"name": "extract", "state": "succeeded", "rows": 1, "seconds": 0.5}
    assert shown["set_aside_by_rule"] == {"OWN-01": 1}
    assert (await api.get(f"{path}/findings")).json()["items"] == [
        {
            "rule_id": "OWN-01",
            "severity": "correctable",
            "count": 1,
            "message": "The quantity must be positive.",
            "official": [],
        }
    ]
    (exception,) = (await api.get(f"{path}/exceptions")).json()["items"]
    assert (exception["row_number"], exception["record_key"], exception["rule_ids"]) == (7, "T-7", ["OWN-01"])
    (artifact,) = (await api.get(f"{path}/artifacts")).json()["items"]
    assert artifact["sha256"] == hashlib.sha256(b"reference,amount\r\nT-1,100.50\r\n").hexdigest()
    assert artifact["schema_check"] == {"status": "not_applicable", "errors": []}
    assert "object_key" not in artifact
    (delivery,) = (await api.get(f"{path}/deliveries")).json()["items"]
    assert (delivery["artifact_id"], delivery["state"]) == (str(whole.artifact.id), "pending")
    assert (delivery["artifact_name"], delivery["destination_name"]) == (whole.artifact.name, whole.destination.name)
    assert [one["number"] for one in delivery["tries"]] == [1]


async def test_a_run_is_stopped_retried_and_released_where_its_state_allows_it(
    api: httpx.AsyncClient, rows: Rows
) -> None:
    cases = {
        "cancel": (
            {RunState.PENDING: "cancelled", RunState.RUNNING: "cancelling", RunState.CANCELLING: "cancelling"},
            "run_already_finished",
        ),
        "retry": ({RunState.FAILED: "pending"}, "run_not_retryable"),
        "release": ({}, "run_not_held"),
    }
    for action, (allowed, code) in cases.items():
        for state in RunState:
            run = await rows.run(state=state)
            response = await api.post(f"{API}/runs/{run.id}/{action}")
            if state in allowed:
                assert (response.status_code, response.json()["state"]) == (200, allowed[state]), (action, state)
            else:
                assert (response.status_code, response.json()["code"]) == (409, code), (action, state)
    held = await rows.run(state=RunState.PARTIAL, is_held=True, finished_at=AT)
    released = await api.post(f"{API}/runs/{held.id}/release")
    assert (released.status_code, released.json()["is_held"]) == (200, False)


async def test_the_log_goes_on_where_it_was_left(api: httpx.AsyncClient, rows: Rows) -> None:
    run = await rows.run()
    for number in range(5):
        await rows.run_event(run, "log", {"event": f"event_{number}"})
        await rows.run_event(run, "progress", {"rows": number})
    await rows.run_event(run, "state", {"state": "running"})
    first = (await api.get(f"{API}/runs/{run.id}/log")).json()
    assert [item["kind"] for item in first["items"]] == ["log"] * 5 + ["state"], "progress is no log"
    assert first["items"][0]["entry"] == {"event": "event_0"}
    middle = first["items"][2]["sequence"]
    rest = (await api.get(f"{API}/runs/{run.id}/log", params={"after": middle})).json()
    assert rest["items"] == first["items"][3:]
    end = (await api.get(f"{API}/runs/{run.id}/log", params={"after": first["last_sequence"]})).json()
    assert end == {"items": [], "last_sequence": first["last_sequence"]}
