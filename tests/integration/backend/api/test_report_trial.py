"""Dry runs over HTTP: sample rows to records, nothing kept, everything refused that a run would refuse."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from backend.persistence.models.audit import AuditEntry
from backend.persistence.models.connector import Connector
from backend.persistence.models.run import Run
from tests.factories.documents import own_rule, plain_document
from tests.factories.rows import Rows

PATH = "/api/v1/reports/dry-run"
DAY = "2026-11-19"


async def tried(api: httpx.AsyncClient, document: dict[str, Any], **more: Any) -> httpx.Response:
    return await api.post(PATH, json={"document": document, "reporting_date": DAY, **more})


async def test_rows_of_the_source_become_records_and_findings(
    api: httpx.AsyncClient, rows: Rows, connector: Connector
) -> None:
    answer = await tried(api, plain_document(connector.id, rules=[own_rule(expression="quantity > 10")]))
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["counts"] == {
        "reported": 1,
        "set_aside": 1,
        "filtered": 0,
        "excluded": 0,
        "held": 0,
        "blocked": 0,
    }
    first, second = shown["rows"]
    assert (first["outcome"], first["records"]) == ("set_aside", [])
    assert [finding["rule_id"] for finding in first["findings"]] == ["OWN-01"]
    assert second["source"] == {"trade_id": "T-2", "quantity": 20, "price": "0.000001", "trade_date": DAY}
    assert [(one["name"], one["value"]) for one in second["target"]] == [("reference", "T-2"), ("amount", "0.000020")]
    assert second["records"] == [{"format": "csv", "text": "T-2,0.00002"}]
    assert (shown["schema_status"], shown["output_fault"], shown["masked_columns"]) == ("unverified", None, [])
    async with rows.database.transaction(rows.person.tenant) as session:
        assert (await session.scalars(select(Run))).all() == []
        actions = (await session.scalars(select(AuditEntry.action))).all()
    assert "report.tried" in actions


async def test_the_limit_bounds_the_rows_and_an_empty_day_is_an_answer(
    api: httpx.AsyncClient, connector: Connector
) -> None:
    document = plain_document(connector.id)
    assert len((await tried(api, document, limit=1)).json()["rows"]) == 1
    empty = await api.post(PATH, json={"document": document, "reporting_date": "2020-01-01"})
    assert (empty.status_code, empty.json()["rows"]) == (200, [])
    assert (await tried(api, document, limit=51)).status_code == 422


@pytest.mark.parametrize(
    ("changes", "more", "code"),
    [
        ({"fields": {"reference": "nothing"}}, {}, "report_document_invalid"),
        ({}, {"parameters": {"unknown": 1}}, "run_parameter_invalid"),
    ],
)
async def test_what_a_run_would_refuse_is_refused(
    api: httpx.AsyncClient, connector: Connector, changes: dict[str, Any], more: dict[str, Any], code: str
) -> None:
    refused = await tried(api, plain_document(connector.id, **changes), **more)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_a_source_that_is_away_is_named(api: httpx.AsyncClient, rows: Rows) -> None:
    away = await tried(api, plain_document((await rows.connector()).id))
    assert (away.status_code, away.json()["code"]) == (503, "source_connection_refused")
