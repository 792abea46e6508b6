"""XML by an own schema package in the report's document: checked as it is written, exported by hash, imported again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from backend.persistence.models.connector import Connector
from tests.factories.documents import plain_document
from tests.factories.own_schemas import own_package
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.source import SourceOfTrades

PATH = "/api/v1/reports"
SignIn = Callable[[Person], httpx.AsyncClient]
SCHEMA = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t"
    elementFormDefault="qualified">
  <xs:element name="Trades"><xs:complexType><xs:sequence><xs:element name="Trade" maxOccurs="unbounded">
    <xs:complexType><xs:sequence><xs:element name="Amount" type="xs:decimal"/></xs:sequence>
    <xs:attribute name="ref" type="xs:string" use="required"/></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element></xs:schema>"""


async def install(api: httpx.AsyncClient, content: bytes = SCHEMA) -> str:
    files = {"file": ("trades.xsd", content, "application/xml")}
    answer = await api.post("/api/v1/schema-packages", files=files)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def written(connector: Connector, package: str, **fields: str) -> dict[str, Any]:
    named = {"@ref": "reference", "Amount": "amount", **fields}
    xml = {"schema_package_id": package, "record": "Trades/Trade", "fields": named}
    return plain_document(connector.id, outputs=[{"format": "csv"}, {"format": "xml", "xml": xml}])


async def faults(api: httpx.AsyncClient, document: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    answer = await api.post(f"{PATH}/check", json={"document": document})
    assert answer.status_code == 200, answer.text
    return [(one["pointer"], one["code"], one.get("suggestion")) for one in answer.json()["faults"]]


async def test_a_mapping_is_checked_while_it_is_written(api: httpx.AsyncClient, connector: Connector) -> None:
    package = await install(api)
    assert await faults(api, written(connector, package)) == []
    wrong = written(connector, package, Amuont="amount", **{"@ref": "referenc"})
    assert await faults(api, wrong) == [
        ("/outputs/1/xml/fields/Amuont", "xml_path_unknown", "Amount"),
        ("/outputs/1/xml/fields/@ref", "xml_field_unknown", "reference"),
    ]
    # An output whose form is wrong hides nothing of the others, and they keep their numbers.
    wrong["outputs"][0] = {"format": "no such"}
    assert ("/outputs/1/xml/fields/Amuont", "xml_path_unknown", "Amount") in await faults(api, wrong)
    nowhere = written(connector, "5f0c1a52-0000-4000-8000-000000000009")
    assert await faults(api, nowhere) == [
        ("/outputs/1/xml/schema_package_id", "schema_package_not_found", None)
    ]  # fmt: skip


async def test_another_tenant_has_no_part_in_a_package(
    api: httpx.AsyncClient, connector: Connector, sign_in: SignIn, strangers_rows: Rows
) -> None:
    theirs = await install(sign_in(strangers_rows.person))
    assert [code for _, code, _ in await faults(api, written(connector, theirs))] == ["schema_package_not_found"]


async def test_a_report_is_taken_in_where_its_package_is(
    api: httpx.AsyncClient,
    rows: Rows,
    connector: Connector,
    sign_in: SignIn,
    strangers_rows: Rows,
    source: SourceOfTrades,
) -> None:
    package = await install(api)
    report = await rows.report(name="Daily", slug="daily")
    await rows.version(report, written(connector, package))
    text = (await api.get(f"{PATH}/{report.id}/export")).text
    assert package not in text
    assert "name: trades.xsd" in text
    same = (await api.post(f"{PATH}/import?dry_run=true", json={"content": text})).json()
    assert (same["ok"], same["diff"]["is_empty"]) == (True, True), same
    other, box = sign_in(strangers_rows.person), strangers_rows.box
    await strangers_rows.connector(source.settings, name=connector.name, credentials=box.seal(source.credentials))
    await install(other, own_package())
    missing = (await other.post(f"{PATH}/import?dry_run=true", json={"content": text})).json()
    (fault,) = missing["faults"]
    assert (fault["pointer"], fault["code"]) == ("/outputs/1/xml/schema_package", "schema_package_not_found")
    assert "trades.xsd" in fault["detail"]
    assert text.splitlines()[fault["file_line"] - 1].strip() == "name: trades.xsd"
    own = await install(other)
    made = (await other.post(f"{PATH}/import", json={"content": text})).json()
    version = (await other.get(f"{PATH}/{made['report_id']}/versions/{made['version']['id']}")).json()
    assert version["document"]["outputs"][1]["xml"]["schema_package_id"] == own
