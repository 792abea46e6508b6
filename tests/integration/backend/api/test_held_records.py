"""Held records over HTTP: found, counted, decided about by hand with a reason, exported."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx

from backend.core.ids import new_id
from tests.factories.rows import AT, Rows

PATH = "/api/v1/held-records"


async def ids(api: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await api.get(PATH, params=params)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def decide(api: httpx.AsyncClient, decision: str, *records: Any, reason: str = "It is so.") -> httpx.Response:
    body = {"ids": [str(getattr(one, "id", one)) for one in records], "decision": decision, "reason": reason}
    return await api.post(f"{PATH}/decide", json=body)


async def test_records_are_listed_newest_first_with_their_report_and_reason(api: httpx.AsyncClient, rows: Rows) -> None:
    version = await rows.version(await rows.report(name="Daily"))
    run = await rows.run(version, state="succeeded", finished_at=AT)
    first = await rows.held_record(run)
    second = await rows.held_record(run, row_number=8, record_key="50% off", code="OTHER", state="excluded")
    assert await ids(api) == [str(second.id), str(first.id)]
    assert await ids(api, q="0%") == [str(second.id)]
    assert await ids(api, state="held") == [str(first.id)]
    assert await ids(api, code="OTHER", run_id=str(run.id)) == [str(second.id)]
    assert await ids(api, report_id=str(new_id())) == []
    page = (await api.get(PATH, params={"limit": 1})).json()
    assert await ids(api, cursor=page["next_cursor"]) == [str(first.id)]
    assert page["items"][0] | {"held_at": None} == {
        "id": str(second.id),
        "run_id": str(run.id),
        "report_id": str(run.report_id),
        "report_name": "Daily",
        "reporting_date": run.reporting_date.isoformat(),
        "row_number": 8,
        "record_key": "50% off",
        "code": "OTHER",
        "reason": "The price has not arrived.",
        "state": "excluded",
        "held_at": None,
        "looked_at": None,
        "decided_at": None,
        "decided_by": None,
        "note": None,
        "supplemental_run_id": None,
    }


async def test_records_are_counted_by_state_whatever_state_is_asked_for(api: httpx.AsyncClient, rows: Rows) -> None:
    run = await rows.run()
    for number, state in enumerate(("held", "held", "released"), 1):
        await rows.held_record(run, row_number=number, state=state)
    counts = (await api.get(f"{PATH}/counts", params={"run_id": str(run.id)})).json()["items"]
    assert {one["state"]: one["count"] for one in counts} == {"held": 2, "released": 1, "reported": 0, "excluded": 0}
    assert not any(one["is_more"] for one in counts)


async def test_a_person_releases_and_excludes_with_a_reason_that_is_kept(api: httpx.AsyncClient, rows: Rows) -> None:
    run = await rows.run()
    first, second = await rows.held_record(run), await rows.held_record(run, row_number=8)
    decided = await decide(api, "release", first, second, reason=" The bank has called. ")
    assert decided.json() == {"count": 2}
    listed = (await api.get(PATH)).json()["items"]
    assert {(one["state"], one["note"]) for one in listed} == {("released", "The bank has called.")}
    assert all(one["decided_at"] and one["decided_by"] for one in listed)
    assert (await decide(api, "exclude", second)).json() == {"count": 1}
    entries = (await api.get("/api/v1/audit-entries", params={"subject_id": str(second.id)})).json()["items"]
    assert [(one["action"], one["note"]) for one in entries] == [("held_record.excluded", "It is so.")]


async def test_a_decision_is_about_all_records_or_none(
    api: httpx.AsyncClient, rows: Rows, strangers_rows: Rows
) -> None:
    run = await rows.run()
    waiting, closed = await rows.held_record(run), await rows.held_record(run, row_number=8, state="reported")
    refused = await decide(api, "release", waiting, closed)
    assert (refused.status_code, refused.json()["code"]) == (409, "held_record_transition_refused")
    theirs = await strangers_rows.held_record(await strangers_rows.run())
    unknown = await decide(api, "release", waiting, theirs)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "held_record_not_found")
    assert (await decide(api, "release", waiting, reason=" ")).status_code == 422
    assert await ids(api, state="held") == [str(waiting.id)]


async def test_the_file_holds_what_the_filters_leave_and_no_formula(api: httpx.AsyncClient, rows: Rows) -> None:
    run = await rows.run()
    await rows.held_record(run, record_key="=1+1")
    await rows.held_record(run, row_number=8, state="excluded")
    answer = await api.get(f"{PATH}/export", params={"state": "held"})
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(one["record_key"], one["row_number"], one["state"]) for one in lines] == [("'=1+1", "7", "held")]


async def test_a_look_is_asked_for_where_something_waits(api: httpx.AsyncClient, rows: Rows) -> None:
    await rows.held_record(await rows.run(state="succeeded", held=1, finished_at=AT))
    # The run has failed: nothing of it is reported, so nothing of it waits.
    await rows.held_record(await rows.run(state="failed", held=1, finished_at=AT))
    asked = await api.post(f"{PATH}/review", json={})
    assert (asked.status_code, asked.json()) == (202, {"runs": 1})


async def test_a_run_of_which_nothing_is_released_reports_nothing(
    api: httpx.AsyncClient, rows: Rows, strangers_rows: Rows
) -> None:
    run = await rows.run(state="succeeded", finished_at=AT)
    await rows.held_record(run)
    theirs = await strangers_rows.run()
    for one, problem in ((run, (409, "nothing_released")), (theirs, (404, "run_not_found"))):
        answer = await api.post(f"{PATH}/report", json={"run_id": str(one.id)})
        assert (answer.status_code, answer.json()["code"]) == problem
