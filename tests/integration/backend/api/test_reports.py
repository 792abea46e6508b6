"""Reports and versions: what is saved is known to work, one version is active, and the schema is published."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import jsonschema
import pytest
from sqlalchemy import select

from backend.domain.reports.document import ReportDocument
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.models.connector import Connector
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.webhook import Event
from tests.factories.documents import own_rule, plain_document
from tests.factories.rows import Rows

PATH = "/api/v1/reports"


@pytest.fixture
async def report(rows: Rows) -> Report:
    """A report without versions."""
    return await rows.report()


async def save(api: httpx.AsyncClient, report: Report, document: dict[str, Any]) -> httpx.Response:
    return await api.post(f"{PATH}/{report.id}/versions", json={"document": document})


async def states_of(rows: Rows, report: Report) -> list[str]:
    async with rows.database.transaction(rows.person.tenant) as session:
        query = select(ReportVersion.state).where(ReportVersion.report_id == report.id).order_by(ReportVersion.major)
        return list((await session.scalars(query)).all())


async def test_the_published_schema_accepts_what_is_saved(
    api: httpx.AsyncClient, report: Report, connector: Connector
) -> None:
    schema = (await api.get(f"{PATH}/document-schema")).json()
    document = plain_document(connector.id, rules=[own_rule()])
    jsonschema.validate(document, schema)
    saved = await save(api, report, document)
    assert saved.status_code == 201, saved.text
    jsonschema.validate(saved.json()["document"], schema)


async def test_a_saved_version_is_a_draft_with_its_number_and_whole_document(
    api: httpx.AsyncClient, report: Report, connector: Connector
) -> None:
    document = plain_document(connector.id)
    first, second = await save(api, report, document), await save(api, report, document)
    assert [(one.json()["number"], one.json()["state"]) for one in (first, second)] == [
        ("1.0", "draft"),
        ("2.0", "draft"),
    ]
    kept = first.json()["document"]
    assert kept == ReportDocument.model_validate(document).model_dump(mode="json")
    assert (kept["fields"], kept["source"]["query"]) == (document["fields"], document["source"]["query"])
    listed = (await api.get(f"{PATH}/{report.id}/versions")).json()["items"]
    assert [one["number"] for one in listed] == ["2.0", "1.0"]
    assert (await api.get(f"{PATH}/{report.id}/versions/{first.json()['id']}")).json() == first.json()


async def test_the_order_of_the_fields_is_the_authors(
    api: httpx.AsyncClient, report: Report, connector: Connector
) -> None:
    fields = {"zulu": "trade_id", "alpha": "quantity", "mike": "price", "reference": "trade_id"}
    saved = await save(api, report, plain_document(connector.id, fields=fields))
    found = await api.get(f"{PATH}/{report.id}/versions/{saved.json()['id']}")
    assert list(found.json()["document"]["fields"]) == list(fields)


async def test_versions_saved_at_once_get_numbers_of_their_own(
    api: httpx.AsyncClient, report: Report, connector: Connector
) -> None:
    document = plain_document(connector.id)
    saved = await asyncio.gather(*(save(api, report, document) for _ in range(8)))
    assert [one.status_code for one in saved] == [201] * 8, [one.text for one in saved if one.status_code != 201]
    assert sorted(one.json()["number"] for one in saved) == [f"{number}.0" for number in range(1, 9)]


async def test_every_fault_of_a_document_is_told_with_its_place(
    api: httpx.AsyncClient, rows: Rows, report: Report, connector: Connector
) -> None:
    document = plain_document(
        connector.id, fields={"reference": "trade_idd", "amount": "quantity +"}, rules=[own_rule(expression="price")]
    )
    response = await save(api, report, document)
    assert (response.status_code, response.json()["code"]) == (422, "report_document_invalid")
    errors = {error["pointer"]: error for error in response.json()["errors"]}
    assert set(errors) == {"/fields/reference", "/fields/amount", "/rules/0/expression"}
    assert errors["/fields/reference"]["code"] == "unknown_column"
    assert errors["/fields/reference"]["suggestion"] == "trade_id"
    assert (errors["/fields/reference"]["line"], errors["/fields/reference"]["column"]) == (1, 1)
    assert await states_of(rows, report) == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"pack": "unknown-pack"}, "/pack"),
        ({"unknown": 1}, "/unknown"),
        ({"outputs": [{"format": "pdf"}]}, "/outputs/0/format"),
        ({"deliver_to": ["01a202ec-88cf-74a3-9b06-6d1f4a0b7a10"]}, "/deliver_to/0"),
    ],
    ids=str,
)
async def test_a_wrong_part_of_a_document_is_pointed_at(
    api: httpx.AsyncClient, report: Report, connector: Connector, changes: dict[str, Any], pointer: str
) -> None:
    response = await save(api, report, plain_document(connector.id, **changes))
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize("query", ["select nothing from trades", "delete from trades", "select 1 as a, 2 as a"])
async def test_a_query_that_its_source_refuses_is_not_saved(
    api: httpx.AsyncClient, rows: Rows, report: Report, connector: Connector, query: str
) -> None:
    source = {"connector_id": str(connector.id), "query": query}
    response = await save(api, report, plain_document(connector.id, source=source))
    assert response.status_code == 422, response.text
    assert response.json()["fix"]
    assert await states_of(rows, report) == []


async def test_activating_a_version_archives_the_one_before_and_is_announced(
    api: httpx.AsyncClient, rows: Rows, report: Report
) -> None:
    first = await rows.version(report, state=ReportVersionState.APPROVED)
    second = await rows.version(report, state=ReportVersionState.APPROVED, major=2)
    for version in (first, second):
        response = await api.post(f"{PATH}/{report.id}/versions/{version.id}/activate")
        assert (response.status_code, response.json()["state"]) == (200, "active")
        assert response.json()["activated_at"]
    assert await states_of(rows, report) == ["archived", "active"]
    async with rows.database.transaction(rows.person.tenant) as session:
        events = (await session.scalars(select(Event).order_by(Event.sequence))).all()
    assert [(event.type, event.subject_id) for event in events] == [
        ("report_version.activated", first.id),
        ("report_version.archived", first.id),
        ("report_version.activated", second.id),
    ]


@pytest.mark.parametrize("state", [ReportVersionState.ACTIVE, ReportVersionState.ARCHIVED])
async def test_a_version_that_is_active_or_archived_cannot_be_activated(
    api: httpx.AsyncClient, rows: Rows, report: Report, state: ReportVersionState
) -> None:
    version = await rows.version(report, state=state)
    response = await api.post(f"{PATH}/{report.id}/versions/{version.id}/activate")
    assert (response.status_code, response.json()["code"]) == (409, "version_transition_refused")
    assert await states_of(rows, report) == [state]


@pytest.mark.parametrize("has_active", [True, False])
async def test_of_versions_activated_at_once_exactly_one_stays_active(
    api: httpx.AsyncClient, rows: Rows, report: Report, has_active: bool
) -> None:
    if has_active:
        await rows.version(report)
    approved = [await rows.version(report, state=ReportVersionState.APPROVED, major=number) for number in range(2, 10)]
    responses = await asyncio.gather(
        *(api.post(f"{PATH}/{report.id}/versions/{version.id}/activate") for version in approved)
    )
    assert {response.status_code for response in responses} <= {200, 409}, [response.text for response in responses]
    states = await states_of(rows, report)
    assert states.count("active") == 1


async def test_a_slug_belongs_to_one_report_also_when_many_ask_at_once(api: httpx.AsyncClient) -> None:
    body = {"name": "Daily", "slug": "daily"}
    responses = await asyncio.gather(*(api.post(PATH, json=body) for _ in range(10)))
    assert sorted(response.status_code for response in responses) == [201] + [409] * 9
    assert {response.json()["code"] for response in responses if response.status_code == 409} == {"report_slug_taken"}


@pytest.mark.parametrize("slug", ["", "Upper", "with blank", "-first", "a/b", "ü", "x" * 64, "a\n", ".."])
async def test_a_slug_that_cannot_stand_in_a_file_name_is_refused(api: httpx.AsyncClient, slug: str) -> None:
    response = await api.post(PATH, json={"name": "Daily", "slug": slug})
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == ["/body/slug"]


async def test_a_pack_is_described_with_fields_columns_and_rules(api: httpx.AsyncClient) -> None:
    packs = (await api.get("/api/v1/regulations")).json()
    assert "mifir-rts22" in packs["items"]
    assert [one["title"] for one in packs["packs"]] == ["MiFIR transaction reporting (RTS 22)"]
    pack = (await api.get("/api/v1/regulations/mifir-rts22")).json()
    assert [field["number"] for field in pack["fields"]] == list(range(1, 66))
    assert {"transaction_reference_number", "report_status"} <= {column["name"] for column in pack["columns"]}
    assert {rule["severity"] for rule in pack["rules"]} <= {"blocking", "correctable", "warning"}
    columns = {column["name"]: column for column in pack["columns"]}
    assert columns["trading_capacity"]["codes"] == ["DEAL", "MTCH", "AOTC"]
    assert columns["buyer_lei"]["pattern"]
    assert columns["buyer_lei"]["codes"] is None
    assert {field["condition_source"] for field in pack["fields"]} == {"verified", "unverified", None}
    assert (await api.get("/api/v1/regulations/unknown")).status_code == 404
    assert (await api.get("/api/v1/regulations/..%2f..%2fetc")).status_code == 404


async def test_the_function_table_is_told_to_editors(api: httpx.AsyncClient) -> None:
    functions = {one["name"]: one for one in (await api.get("/api/v1/expressions/functions")).json()["items"]}
    assert functions["substr"]["aliases"] == ["substring"]
    assert functions["substr"]["is_callable"]
    assert not functions["cast"]["is_callable"]
    assert all(one["form"] and one["summary"] and one["example"] for one in functions.values())
