"""Data quality over HTTP: days with their indicators, limits, measuring again, the file."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import httpx
import pytest

from backend.core.clock import utc_now
from backend.persistence.models.run import Run
from tests.factories.rows import Rows

PATH = "/api/v1/quality"
TERMS: dict[str, Any] = {
    "due_time": "18:00:00",
    "due_days": 1,
    "thresholds": {"completeness": {"warning": "0.99", "critical": "0.5"}, "timeliness": {"warning": "0"}},
    "hold_days": 5,
}


@pytest.fixture
async def run(rows: Rows) -> Run:
    """A complete run of today."""
    counts = {"rows_in": 10, "rows_out": 8, "set_aside": 1, "filtered": 0, "excluded": 0, "held": 1, "with_findings": 2}
    version = await rows.version(await rows.report(name="Daily"))
    return await rows.run(version, state="partial", reporting_date=today(), finished_at=utc_now(), **counts)


def today() -> date:
    return utc_now().date()


def days(**more: Any) -> dict[str, Any]:
    return {"first": today().isoformat(), "last": today().isoformat(), **more}


async def measure(api: httpx.AsyncClient) -> None:
    answer = await api.post(f"{PATH}/measure", json=days())
    assert (answer.status_code, answer.json()) == (200, {"days": 1}), answer.text


async def test_a_day_is_shown_with_its_indicators_and_what_is_unknown_is_null(api: httpx.AsyncClient, run: Run) -> None:
    await measure(api)
    (day,) = (await api.get(f"{PATH}/days", params=days(report_id=str(run.report_id)))).json()["items"]
    assert {name: one["value"] for name, one in day["indicators"].items()} == {
        "completeness": "0.800000",
        "timeliness": None,
        "validity": "0.777778",
        "rejection_rate": None,
        "amendments": "0.000000",
        "repeats": "0.000000",
    }
    assert (day["run_id"], day["expected"], day["reported"], day["severity"]) == (str(run.id), 10, 8, None)
    (report,) = (await api.get(f"{PATH}/reports")).json()["items"]
    assert (report["report_name"], report["latest"]) == ("Daily", day)


async def test_limits_are_kept_audited_and_seen_in_every_day(api: httpx.AsyncClient, run: Run) -> None:
    path = f"{PATH}/terms/{run.report_id}"
    assert (await api.get(path)).json() == {"due_time": None, "due_days": 1, "thresholds": {}, "hold_days": 3}
    await measure(api)
    assert (await api.put(path, json=TERMS)).status_code == 200
    kept = (await api.get(path)).json()
    assert kept["thresholds"]["completeness"] == {"warning": "0.99", "critical": "0.5"}
    assert (kept["due_time"], kept["hold_days"]) == ("18:00:00", 5)
    (day,) = (await api.get(f"{PATH}/days", params=days())).json()["items"]
    assert (day["severity"], day["indicators"]["completeness"]["severity"]) == ("warning", "warning")
    assert day["due_at"] is not None
    entries = (await api.get("/api/v1/audit-entries", params={"action": "quality.terms_changed"})).json()["items"]
    assert len(entries) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"due_days": 31},
        {"hold_days": 0},
        {"thresholds": {"beauty": {"warning": "1"}}},
        {"thresholds": {"validity": {}}},
        {"thresholds": {"validity": {"warning": "a lot"}}},
        {"due_time": "18:00:00+02:00"},
        {"due_time": "25:00"},
    ],
    ids=str,
)
async def test_limits_that_mean_nothing_are_refused(api: httpx.AsyncClient, run: Run, change: dict[str, Any]) -> None:
    assert (await api.put(f"{PATH}/terms/{run.report_id}", json={**TERMS, **change})).status_code == 422


async def test_a_range_has_an_end_after_its_beginning_and_is_bounded(api: httpx.AsyncClient) -> None:
    for first, last in (("2026-01-02", "2026-01-01"), ("2025-01-01", "2026-01-02")):
        params = {"first": first, "last": last}
        for answer in (
            await api.get(f"{PATH}/days", params=params),
            await api.get(f"{PATH}/days/export", params=params),
            await api.post(f"{PATH}/measure", json=params),
        ):
            assert (answer.status_code, answer.json()["code"]) == (422, "quality_range_too_long")
    assert (await api.get(f"{PATH}/days", params={"first": "2025-01-01", "last": "2026-01-01"})).status_code == 200


async def test_the_file_has_a_line_per_day_and_nothing_for_what_is_unknown(api: httpx.AsyncClient, run: Run) -> None:
    await measure(api)
    answer = await api.get(f"{PATH}/days/export", params=days())
    (line,) = csv.DictReader(io.StringIO(answer.text))
    assert (line["completeness"], line["rejection_rate"], line["severity"]) == ("0.800000", "", "")


async def test_limits_of_a_report_that_is_not_there_are_not_there(api: httpx.AsyncClient, strangers_rows: Rows) -> None:
    theirs = await strangers_rows.report()
    for answer in (
        await api.get(f"{PATH}/terms/{theirs.id}"),
        await api.put(f"{PATH}/terms/{theirs.id}", json=TERMS),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "report_not_found")
