"""Lists: newest first, cut into pages that together hold everything once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from backend.domain.runs import RunState
from tests.factories.rows import Rows

API = "/api/v1"
Make = Callable[[Rows], Awaitable[Any]]


async def new_run(rows: Rows) -> Any:
    return await rows.run()


MAKERS: dict[str, Make] = {
    "connectors": lambda rows: rows.connector(),
    "destinations": lambda rows: rows.destination(),
    "reports": lambda rows: rows.report(),
    "webhooks": lambda rows: rows.webhook(),
    "runs": new_run,
}


async def walk(api: httpx.AsyncClient, path: str, limit: int, **query: str) -> list[list[dict[str, Any]]]:
    pages: list[list[dict[str, Any]]] = []
    cursor: str | None = None
    while True:
        given = {"limit": str(limit), **query, **({"cursor": cursor} if cursor else {})}
        response = await api.get(path, params=given)
        assert response.status_code == 200, response.text
        pages.append(response.json()["items"])
        cursor = response.json()["next_cursor"]
        if cursor is None:
            return pages


@pytest.mark.parametrize("name", sorted(MAKERS))
async def test_the_pages_of_a_list_hold_everything_once_newest_first(
    api: httpx.AsyncClient, rows: Rows, strangers_rows: Rows, name: str
) -> None:
    stored = [str((await MAKERS[name](rows)).id) for _ in range(7)]
    await MAKERS[name](strangers_rows)
    pages = await walk(api, f"{API}/{name}", 3)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [item["id"] for page in pages for item in page] == stored[::-1]
    assert [len(page) for page in await walk(api, f"{API}/{name}", 7)] == [7]


@pytest.mark.parametrize("name", sorted(MAKERS))
@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=-1", "limit=x", "cursor=made-up", "cursor=" + "A" * 101]
)
async def test_a_page_that_cannot_be_is_refused(api: httpx.AsyncClient, name: str, query: str) -> None:
    response = await api.get(f"{API}/{name}?{query}")
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")


async def test_what_arrives_during_the_walk_moves_nothing(api: httpx.AsyncClient, rows: Rows) -> None:
    stored = [str((await rows.report()).id) for _ in range(4)]
    first = (await api.get(f"{API}/reports?limit=2")).json()
    await rows.report()
    second = (await api.get(f"{API}/reports", params={"limit": "2", "cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["items"] + second["items"]] == stored[::-1]


async def test_runs_are_narrowed_by_report_and_state_over_all_pages(api: httpx.AsyncClient, rows: Rows) -> None:
    version = await rows.version(await rows.report())
    wanted = [str((await rows.run(version, state=RunState.FAILED, sequence=number)).id) for number in range(1, 5)]
    await rows.run(version, state=RunState.SUCCEEDED, sequence=9)
    await rows.run(state=RunState.FAILED)
    pages = await walk(api, f"{API}/runs", 3, report_id=str(version.report_id), state="failed")
    assert [item["id"] for page in pages for item in page] == wanted[::-1]
    assert (await api.get(f"{API}/runs?state=unknown")).status_code == 422


async def test_findings_and_exceptions_of_a_run_come_in_pages(api: httpx.AsyncClient, rows: Rows) -> None:
    run = await rows.run()
    await rows.finding(run)
    exceptions = [str((await rows.exception(run, row_number=number)).id) for number in range(5)]
    pages = await walk(api, f"{API}/runs/{run.id}/exceptions", 2)
    assert [item["id"] for page in pages for item in page] == exceptions[::-1]
    details = await walk(api, f"{API}/runs/{run.id}/findings/details", 2, rule_id="OWN-01")
    assert [item["rule_id"] for page in details for item in page] == ["OWN-01"]
    assert await walk(api, f"{API}/runs/{run.id}/findings/details", 2, rule_id="OTHER") == [[]]
