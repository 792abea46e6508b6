"""Lists of runs: filters, order, counts by state, and the file for a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import httpx

from tests.factories.rows import AT, Rows

PATH = "/api/v1/runs"


async def ids(api: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await api.get(PATH, params=params)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def test_runs_are_found_by_the_beginning_of_their_id_and_by_their_report(
    api: httpx.AsyncClient, rows: Rows
) -> None:
    alpha = await rows.run(await rows.version(await rows.report(name="Alpha daily")))
    beta = await rows.run(await rows.version(await rows.report(name="Beta")))
    assert await ids(api, q=str(alpha.id)) == [str(alpha.id)]
    assert await ids(api, q=str(beta.id)[:34]) == [str(beta.id)]
    assert await ids(api, q="DAILY") == [str(alpha.id)]
    assert await ids(api, q="100%") == []
    shown = (await api.get(PATH, params={"report_id": str(beta.report_id)})).json()["items"]
    assert [(one["report_name"], one["version"]) for one in shown] == [("Beta", "1.0")]


async def test_states_dates_and_order(api: httpx.AsyncClient, rows: Rows) -> None:
    version = await rows.version(await rows.report())
    first = await rows.run(version, reporting_date=date(2026, 11, 18), state="failed", finished_at=AT)
    second = await rows.run(version, reporting_date=date(2026, 11, 16), state="succeeded", finished_at=AT)
    third = await rows.run(version, reporting_date=date(2026, 11, 17), is_held=True, state="partial", finished_at=AT)
    one, two, three = (str(run.id) for run in (first, second, third))
    assert await ids(api) == [three, two, one]
    assert await ids(api, state=["failed", "succeeded"]) == [two, one]
    assert await ids(api, sort="reporting_date") == [two, three, one]
    assert await ids(api, reporting_from="2026-11-17", reporting_to="2026-11-17") == [three]
    assert await ids(api, is_held="true") == [three]
    assert await ids(api, since="2026-11-21T00:00:00Z") == []
    page = (await api.get(PATH, params={"sort": "-reporting_date", "limit": 2})).json()
    assert [run["id"] for run in page["items"]] == [one, three]
    assert await ids(api, sort="-reporting_date", cursor=page["next_cursor"]) == [two]
    other = await api.get(PATH, params={"sort": "reporting_date", "cursor": page["next_cursor"]})
    assert (other.status_code, other.json()["code"]) == (422, "cursor_invalid")


async def test_runs_are_found_by_how_their_deliveries_stand(api: httpx.AsyncClient, rows: Rows) -> None:
    delivered, failed = await rows.run(), await rows.run()
    await rows.run()
    destination = await rows.destination()
    await rows.delivery(await rows.artifact(delivered), destination, state="delivered", finished_at=AT)
    for number in (1, 2):
        artifact = await rows.artifact(failed, file_number=number)
        await rows.delivery(artifact, destination, state="failed", finished_at=AT)
    assert await ids(api, delivery_state="failed") == [str(failed.id)]
    counts = (await api.get(f"{PATH}/counts", params={"delivery_state": "delivered"})).json()["items"]
    assert sum(one["count"] for one in counts) == 1


async def test_counts_are_by_state_whatever_states_are_shown(api: httpx.AsyncClient, rows: Rows) -> None:
    await rows.run(state="failed", finished_at=AT)
    await rows.run()
    counts = (await api.get(f"{PATH}/counts", params={"state": "failed"})).json()["items"]
    assert {one["state"]: one["count"] for one in counts if one["count"]} == {"failed": 1, "pending": 1}
    assert len(counts) == 7


async def test_the_export_has_every_run_and_no_formula(api: httpx.AsyncClient, rows: Rows) -> None:
    run = await rows.run(await rows.version(await rows.report(name='=HYPERLINK("x")')))
    answer = await api.get(f"{PATH}/export")
    assert answer.headers["content-type"].startswith("text/csv")
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(one["id"], one["report_name"]) for one in found] == [(str(run.id), '\'=HYPERLINK("x")')]
