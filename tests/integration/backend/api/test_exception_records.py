"""Records of exceptions over HTTP: amending, resubmitting, their way, and statistics; what is asked wrongly too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.core.ids import new_id
from backend.domain.runs import RunState
from backend.persistence.models.exception import RunException
from backend.persistence.models.run import Run
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member
from tests.factories.routes import API
from tests.factories.rows import AT, REPORTING_DATE, Rows

PATH = f"{API}/exceptions"
NEW = {"frame": "source", "column": "quantity", "new": "1"}
DELTA = {**NEW, "old": None}


@pytest.fixture
async def run(rows: Rows) -> Run:
    return await rows.run(state=RunState.PARTIAL, finished_at=AT)


@pytest.fixture
async def exception(rows: Rows, run: Run) -> RunException:
    return await rows.exception(run)


@pytest.fixture
async def theirs(strangers_rows: Rows) -> RunException:
    """An exception of another tenant."""
    return await strangers_rows.exception(await strangers_rows.run(state=RunState.PARTIAL, finished_at=AT))


def items(*some: object) -> list[dict[str, str]]:
    return [{"id": str(one)} for one in some]


def problem(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_what_cannot_be_resubmitted_says_why(
    api: httpx.AsyncClient, rows: Rows, exception: RunException, theirs: RunException
) -> None:
    unfinished = await rows.exception(await rows.run(state=RunState.RUNNING))
    for body, expected in (
        ({"items": items(exception.id)}, (409, "run_not_supplementable")),
        ({"items": items(unfinished.id)}, (409, "exception_run_unfinished")),
        ({"items": items(theirs.id)}, (404, "exception_not_found")),
        ({"items": items(exception.id, theirs.id)}, (404, "exception_not_found")),
        ({"items": [{"id": str(exception.id), "revision": 9}]}, (412, "precondition_failed")),
        ({"items": []}, (422, "request_invalid")),
        ({"items": items(exception.id, exception.id)}, (422, "request_invalid")),
        ({"items": items(*(new_id() for _ in range(501)))}, (422, "request_invalid")),
        ({"items": items(exception.id), "action": "delete"}, (422, "request_invalid")),
    ):
        assert problem(await api.post(f"{PATH}/resubmit", json=body)) == expected, body
    assert (await api.get(f"{PATH}/{exception.id}/history")).json()["items"] == []


async def test_what_cannot_be_amended_says_why(
    api: httpx.AsyncClient, exception: RunException, theirs: RunException
) -> None:
    reason = {"reason": "A typo."}
    for body, expected in (
        ({"items": items(exception.id), "changes": [NEW], **reason}, (409, "records_unavailable")),
        ({"items": items(theirs.id), "changes": [NEW], **reason}, (404, "exception_not_found")),
        ({"items": items(exception.id), "changes": [NEW]}, (422, "request_invalid")),
        ({"items": items(exception.id), "changes": [], **reason}, (422, "request_invalid")),
        ({"items": items(exception.id), "changes": [{**NEW, "expression": "1"}], **reason}, (422, "request_invalid")),
        ({"items": items(exception.id), "changes": [{**NEW, "frame": "both"}], **reason}, (422, "request_invalid")),
    ):
        for path in ("amend", "amend/preview") if "reason" in body and expected[0] != 422 else ("amend",):
            sent = body if path == "amend" else {name: body[name] for name in ("items", "changes")}
            assert problem(await api.post(f"{PATH}/{path}", json=sent)) == expected, body
    one = {"changes": [DELTA], **reason}
    for identity, headers, expected in (
        (exception.id, {"If-Match": '"1"'}, (412, "precondition_failed")),
        (theirs.id, {"If-Match": '"1"'}, (404, "exception_not_found")),
        (exception.id, {}, (409, "records_unavailable")),
    ):
        answer = await api.post(f"{PATH}/{identity}/amendments", json=one, headers=headers)
        assert problem(answer) == expected, headers


async def test_the_way_of_a_record_is_shown_to_its_own_tenant_only(
    api: httpx.AsyncClient, run: Run, theirs: RunException
) -> None:
    for path, expected in (
        (f"{run.id}/records/7/lineage", (409, "records_unavailable")),
        (f"{theirs.run_id}/records/7/lineage", (404, "run_not_found")),
        (f"{run.id}/records/0/lineage", (422, "request_invalid")),
        (f"{run.id}/records/seven/lineage", (422, "request_invalid")),
    ):
        assert problem(await api.get(f"{API}/runs/{path}")) == expected, path
    for identity, expected in ((run.id, (409, "records_unavailable")), (theirs.run_id, (404, "run_not_found"))):
        opened = await api.post(f"{API}/runs/{identity}/records/8/exception", json={"reason": "A wrong venue."})
        assert problem(opened) == expected


async def test_statistics_count_what_the_tenant_has(
    api: httpx.AsyncClient, rows: Rows, run: Run, theirs: RunException
) -> None:
    late, early = AT - timedelta(days=1), AT + timedelta(days=3650)
    for number, due in enumerate((late, late, early), 1):
        await rows.exception(run, row_number=number, record_key=f"T-{number}", due_at=due)
    wanted: dict[str, Any] = {"since": REPORTING_DATE.isoformat(), "until": REPORTING_DATE.isoformat()}
    found = (await api.get(f"{PATH}/statistics", params=wanted)).json()
    assert sum(one["count"] for one in found["ages"]) == 3
    assert found["overdue"] == 2
    assert [one["report_id"] for one in found["days"]] == [str(run.report_id)]
    others = await api.get(f"{PATH}/statistics", params={**wanted, "report_id": str(theirs.report_id)})
    assert others.status_code == 200
    assert (others.json()["days"], others.json()["causes"], others.json()["overdue"]) == ([], [], 0)
    for params in ({"since": "yesterday"}, {"report_id": "7"}):
        assert problem(await api.get(f"{PATH}/statistics", params=params)) == (422, "request_invalid")


async def test_who_may_only_look_changes_nothing_and_who_may_not_sees_nothing(
    sign_in: Callable[[Person], httpx.AsyncClient], installation: Installation, rows: Rows, exception: RunException
) -> None:
    async def somebody(name: str, *permissions: str) -> httpx.AsyncClient:
        email = f"{name}@example.test"
        tenant = rows.person.tenant
        return sign_in(await new_member(installation.database, tenant, "acme", email, permissions=[*permissions]))

    reader, outsider = await somebody("reader", "exceptions:read"), await somebody("outsider", "connectors:read")
    chosen = {"items": items(exception.id)}
    one = f"{PATH}/{exception.id}/amendments"
    written = (
        (f"{PATH}/resubmit", chosen),
        (f"{PATH}/amend", {**chosen, "changes": [NEW], "reason": "A typo."}),
        (f"{PATH}/amend/preview", {**chosen, "changes": [NEW]}),
        (one, {"changes": [DELTA], "reason": "A typo."}),
        (f"{API}/runs/{exception.run_id}/records/8/exception", {"reason": "A wrong venue."}),
    )
    for path, body in written:
        for person in (reader, outsider):
            answer = await person.post(path, json=body, headers={"If-Match": '"1"'})
            assert problem(answer) == (403, "permission_missing"), path
    for path in (f"{PATH}/statistics", f"{API}/runs/{exception.run_id}/records/7/lineage"):
        assert problem(await outsider.get(path)) == (403, "permission_missing")
        assert (await reader.get(path)).status_code != 403
