"""Decisions about eligibility over HTTP: counted, and found for a single record."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import httpx
import polars as pl
import pytest

from backend.domain.object_keys import decisions_key, run_prefix
from backend.persistence.models.eligibility import RunDecision
from backend.persistence.models.run import Run, RunRowGroup
from backend.pipeline.findings import DECISION_SCHEMA
from backend.services import run_decisions
from tests.factories.installation import Installation
from tests.factories.rows import AT, Rows

FIRST = [(1, "T-1", "report", None), (2, "T-2", "hold", "WAIT"), (4, "T-4", "exclude", "SMALL")]
LAST = [(11, "T-11", "report", "KEEP"), (12, "T-12", "hold", "WAIT")]


@pytest.fixture
async def run(rows: Rows, installation: Installation) -> Run:
    """Three row groups of five rows; all rows of the second are filtered out."""
    run = await rows.run()
    keys = [_stored(installation, run, number, found) for number, found in ((0, FIRST), (1, []), (2, LAST))]
    async with rows.database.transaction(run.tenant_id) as session:
        for number, key in enumerate(keys):
            session.add(
                RunRowGroup(
                    run_id=run.id,
                    tenant_id=run.tenant_id,
                    number=number,
                    fencing_token=1,
                    rows_in=5,
                    rows_out=0,
                    set_aside=0,
                    filtered=0,
                    decisions_key=key,
                    committed_at=AT,
                )
            )
        for code, kind, count in (("SMALL", "exclude", 1), ("WAIT", "hold", 2)):
            reason = f"Because of {code}."
            session.add(
                RunDecision(
                    run_id=run.id, tenant_id=run.tenant_id, code=code, decision=kind, reason=reason, count=count
                )
            )
    return run


def _stored(installation: Installation, run: Run, number: int, found: Sequence[tuple[object, ...]]) -> str | None:
    if not found:
        return None
    key, content = decisions_key(run_prefix(run.tenant_id, run.id), number), io.BytesIO()
    pl.DataFrame(found, schema=DECISION_SCHEMA, orient="row").write_parquet(content)
    installation.adapters.storage.put(key, content.getvalue())
    return key


async def found(api: httpx.AsyncClient, run: Run, **params: str | int) -> list[int]:
    answer = await api.get(f"/api/v1/runs/{run.id}/decisions", params=params)
    assert answer.status_code == 200, answer.text
    return [one["row_number"] for one in answer.json()["items"]]


async def test_a_record_is_found_by_its_key_with_what_was_decided(api: httpx.AsyncClient, run: Run) -> None:
    answer = await api.get(f"/api/v1/runs/{run.id}/decisions", params={"key": "T-4"})
    assert answer.json() == {
        "items": [{"row_number": 4, "record_key": "T-4", "decision": "exclude", "code": "SMALL"}],
        "next_cursor": None,
    }
    assert await found(api, run, decision="hold") == [2, 12]
    assert await found(api, run, code="KEEP") == [11]
    assert await found(api, run, key="nobody") == []


async def test_pages_follow_each_other_without_a_gap_also_when_a_search_is_cut_short(
    api: httpx.AsyncClient, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for groups in (100, 1):
        monkeypatch.setattr(run_decisions, "MAX_GROUPS", groups)
        rows, cursor = [], None
        while True:
            params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await api.get(f"/api/v1/runs/{run.id}/decisions", params=params)).json()
            rows += [one["row_number"] for one in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert rows == [1, 2, 4, 11, 12]


async def test_decisions_are_counted_with_their_reasons(api: httpx.AsyncClient, run: Run) -> None:
    counts = (await api.get(f"/api/v1/runs/{run.id}/decisions/counts")).json()["items"]
    assert counts == [
        {"code": "WAIT", "decision": "hold", "reason": "Because of WAIT.", "count": 2},
        {"code": "SMALL", "decision": "exclude", "reason": "Because of SMALL.", "count": 1},
    ]


async def test_the_file_holds_what_the_filters_leave(api: httpx.AsyncClient, run: Run) -> None:
    answer = await api.get(f"/api/v1/runs/{run.id}/decisions/export", params={"decision": "report"})
    assert list(csv.reader(io.StringIO(answer.text))) == [
        ["row_number", "record_key", "decision", "code"],
        ["1", "T-1", "report", ""],
        ["11", "T-11", "report", "KEEP"],
    ]


async def test_a_run_that_is_not_there_has_no_decisions(api: httpx.AsyncClient, strangers_rows: Rows) -> None:
    theirs = await strangers_rows.run()
    for path in ("decisions", "decisions/counts", "decisions/export"):
        answer = await api.get(f"/api/v1/runs/{theirs.id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "run_not_found")
