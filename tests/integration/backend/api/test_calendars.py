"""Calendars over HTTP: made, changed in versions, looked at by year, removed."""

from __future__ import annotations

from typing import Any

import httpx

from backend.persistence.models.calendar import CalendarContent
from backend.persistence.models.connector import Connector
from tests.factories.documents import plain_document
from tests.factories.rows import Rows

PATH = "/api/v1/calendars"
OWN = {
    "name": "HOUSE",
    "title": "Our house",
    "definition": {
        "based_on": "TARGET",
        "added": [{"date": "2026-12-24", "name": "Christmas Eve"}],
        "removed": ["2026-05-01"],
    },
}


async def _days(api: httpx.AsyncClient, path: str, year: int = 2026) -> dict[str, Any]:
    answer = await api.get(f"{PATH}/{path}/days", params={"year": year})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_calendar_shows_its_days_and_keeps_its_versions(api: httpx.AsyncClient, rows: Rows) -> None:
    created = await api.post(PATH, json=OWN)
    assert created.status_code == 201, created.text
    calendar = created.json()
    year = await _days(api, calendar["id"])
    assert [one["date"] for one in year["days"]] == [
        "2026-01-01",
        "2026-04-03",
        "2026-04-06",
        "2026-12-24",
        "2026-12-25",
        "2026-12-26",
    ]
    assert [one["is_own"] for one in year["days"]] == [False, False, False, True, False, False]
    assert year["removed"] == [{"date": "2026-05-01", "name": "Labour Day", "is_own": False}]
    shown = await api.get(f"{PATH}/{calendar['id']}")
    change = {"definition": {"based_on": "DE", "weekend": [6]}, "title": "Another"}
    changed = await api.patch(f"{PATH}/{calendar['id']}", json=change, headers={"If-Match": shown.headers["ETag"]})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["version"], changed.json()["title"]) == (2, "Another")
    stale = await api.patch(f"{PATH}/{calendar['id']}", json=change, headers={"If-Match": shown.headers["ETag"]})
    assert stale.status_code == 412
    versions = (await api.get(f"{PATH}/{calendar['id']}/versions")).json()["items"]
    assert [(one["number"], one["definition"]["based_on"]) for one in versions] == [(2, "DE"), (1, "TARGET")]
    async with rows.database.transaction(rows.person.tenant) as session:
        content = await session.get(CalendarContent, (rows.person.tenant, versions[1]["sha256"]))
        assert content is not None
        assert "2026-12-24" in str(content.days)
    retitled = await api.patch(f"{PATH}/{calendar['id']}", json={"title": "Only the title"})
    assert retitled.json()["version"] == 2
    assert (await api.delete(f"{PATH}/{calendar['id']}")).status_code == 204
    assert (await api.get(f"{PATH}/{calendar['id']}")).json()["code"] == "calendar_not_found"


async def test_a_name_is_taken_once_and_never_that_of_a_national_calendar(api: httpx.AsyncClient) -> None:
    assert (await api.post(PATH, json=OWN)).status_code == 201
    for body in (OWN, {**OWN, "name": "TARGET"}):
        answer = await api.post(PATH, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "calendar_name_taken")
    names = [one["name"] for one in (await api.get(PATH)).json()["items"]]
    assert names == ["HOUSE"]


async def test_a_definition_is_looked_at_before_it_is_stored(api: httpx.AsyncClient) -> None:
    answer = await api.post(f"{PATH}/preview", json={"definition": {"based_on": "FR"}, "year": 2027})
    assert "2027-07-14" in [one["date"] for one in answer.json()["days"]]
    refused = await api.post(f"{PATH}/preview", json={"definition": {"based_on": "QQ"}, "year": 2027})
    assert (refused.status_code, refused.json()["code"]) == (422, "calendar_base_unknown")


async def test_national_calendars_are_listed_and_shown(api: httpx.AsyncClient) -> None:
    listed = (await api.get(f"{PATH}/national")).json()
    assert listed["items"][0]["code"] == "TARGET"
    assert {"DE", "FR", "XETR"} <= {one["code"] for one in listed["items"]}
    assert (await api.get(f"{PATH}/national/SA")).json()["weekend"] == [4, 5]
    assert (await _days(api, "national/DE"))["days"][0]["date"] == "2026-01-01"
    assert (await api.get(f"{PATH}/national/QQ")).status_code == 404


async def test_an_unknown_calendar_is_a_fault_of_the_document_with_a_suggestion(
    api: httpx.AsyncClient, connector: Connector
) -> None:
    document = plain_document(connector.id, fields={"reference": "business_day(trade_date, 1, 'TARGT')"})
    answer = (await api.post("/api/v1/reports/check", json={"document": document})).json()
    (fault,) = answer["faults"]
    assert (fault["pointer"], fault["code"], fault["suggestion"]) == ("/fields/reference", "unknown_calendar", "TARGET")
    report = (await api.post("/api/v1/reports", json={"name": "Days", "slug": "days"})).json()
    refused = await api.post(f"/api/v1/reports/{report['id']}/versions", json={"document": document})
    assert refused.json()["errors"][0]["code"] == "unknown_calendar"
    assert (await api.post(PATH, json={**OWN, "name": "TARGT"})).status_code == 201
    assert (await api.post("/api/v1/reports/check", json={"document": document})).json()["faults"] == []


async def test_a_calendar_that_a_version_counts_with_stays(api: httpx.AsyncClient, connector: Connector) -> None:
    calendar = (await api.post(PATH, json=OWN)).json()
    report = (await api.post("/api/v1/reports", json={"name": "Days", "slug": "days"})).json()
    document = plain_document(connector.id, fields={"reference": "business_day(trade_date, 1, 'HOUSE')"})
    saved = await api.post(f"/api/v1/reports/{report['id']}/versions", json={"document": document})
    assert saved.status_code == 201, saved.text
    refused = await api.delete(f"{PATH}/{calendar['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "calendar_in_use")
    assert "Days" in refused.json()["detail"]
    tried = await api.post("/api/v1/reports/dry-run", json={"document": document, "reporting_date": "2026-11-19"})
    assert {one["target"][0]["value"] for one in tried.json()["rows"]} == {"2026-11-20"}
