"""Reports into XML by an own schema package: beside the pack's message, and through the queue of exceptions."""

from __future__ import annotations

import io
import zipfile
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from backend.api.schemas.record_lineage import RecordLineageAnswer
from backend.core.ids import RunId
from backend.domain.artifacts import SchemaStatus
from backend.domain.exceptions import AmendmentFrame, ExceptionState
from backend.domain.reports.analysis import ReportDocumentInvalid
from backend.domain.runs import RunState
from backend.pipeline.xsd import SchemaSet
from backend.services.exception_amendments import Change
from backend.services.exceptions import Chosen
from tests.factories.own_schemas import own_files, own_options, own_package
from tests.harness.installation import Installation, SourceAddress
from tests.integration.backend.runs.test_resubmission import Desk

ROWS = """
SELECT CASE WHEN n = 7 THEN 'ab7' ELSE 'AB' || n END AS id, DATE '2026-11-20' AS placed,
       (n + 0.25)::numeric(18,6) AS price, 'Buyer ' || n AS buyer, '1|2' AS numbers, 'tea|cups' AS items
  FROM generate_series(1, 1200) AS n ORDER BY n
"""
FIELDS = {
    "@id": "id",
    "Placed": "placed",
    "Price": "price",
    "Price/@ccy": "currency",
    "Party/Name": "buyer",
    "Line[*]/@no": "numbers",
    "Line[*]/Item": "items",
}
ORDER = "{urn:test:orders}Order"


async def document(installation: Installation, source: SourceAddress, package: UUID) -> dict[str, object]:
    xml = own_options(schema_package_id=package, fields=FIELDS).model_dump(mode="json")
    names = ("id", "placed", "price", "buyer", "numbers", "items")
    return {
        "source": {"connector_id": str(await installation.add_connector(source)), "query": ROWS},
        "fields": {**{name: name for name in names}, "currency": "'EUR'"},
        "outputs": [{"format": "xml", "xml": xml, "file_name": "orders_{sequence}"}],
        "record_key": ["id"],
    }


def orders(content: bytes) -> list[ET.Element]:
    assert SchemaSet.of_package(own_files(), "{urn:test:orders}Orders").validate(content) == []
    return ET.fromstring(content).findall(ORDER)


async def test_a_refused_record_is_amended_and_reported_by_a_supplemental_run(
    installation: Installation, demo_source: SourceAddress
) -> None:
    package = await installation.schemas.install(installation.scope, "orders.zip", own_package())
    report = await installation.add_report(await document(installation, demo_source, package.id))
    run = (await installation.run(report)).run
    assert (run.state, run.rows_out, run.set_aside) == (RunState.PARTIAL, 1199, 1), run.reason
    assert run.schema_packages[str(package.id)]["sha256"] == package.sha256
    (file,) = await installation.runs.artifacts(RunId(run.id))
    assert file.schema_status == SchemaStatus.VALID
    written = orders(installation.content(file))
    assert (len(written), written[0].get("id"), written[6].get("id")) == (1199, "AB1", "AB8")
    # What is installed later under the same name changes nothing for what was bound before.
    later = own_package(types=own_files()[2].content.decode().replace("[A-Z]{2}[0-9]", "[0-9]"))
    await installation.schemas.install(installation.scope, "orders.zip", later)

    desk = Desk(installation)
    found = (await desk.of(run))[7]
    change = Change(AmendmentFrame.SOURCE, "id", new="AB7")
    await desk.amendments.amend([Chosen(found.id)], [change], "Small letters.")
    (made,) = await desk.resubmission.resubmit([Chosen(found.id)])
    view = await installation.finish(RunId(made.run.id))
    assert view.run.state == RunState.SUCCEEDED, view.run.reason
    (second,) = await installation.runs.artifacts(RunId(made.run.id))
    (order,) = orders(installation.content(second))
    assert (order.get("id"), order.findtext("Price"), len(order.findall("Line"))) == ("AB7", "7.25", 2)

    answer = RecordLineageAnswer.of(await desk.lineages.trace(run.id, 7))
    assert answer.exception is not None
    assert answer.exception.state == ExceptionState.RESOLVED
    assert [(one.rule_id, one.columns) for one in answer.exception.findings] == [("XSD-01", ["id"])]
    assert {one.column: one.xpath for one in answer.target}["items"] == "Orders/Order/Line[*]/Item"


async def test_the_pack_and_an_own_schema_write_the_same_records(
    installation: Installation, demo_source: SourceAddress, schema_archive: bytes | None
) -> None:
    if schema_archive is not None:
        await installation.schemas.install(installation.scope, "mifir.zip", schema_archive)
    schema = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="Trades"><xs:complexType>
      <xs:sequence><xs:element name="Trade" maxOccurs="unbounded"><xs:complexType>
        <xs:attribute name="ref" type="xs:NMTOKEN" use="required"/></xs:complexType></xs:element>
      </xs:sequence></xs:complexType></xs:element></xs:schema>"""
    package = await installation.schemas.install(installation.scope, "trades.xsd", schema.encode())
    fields = {"@ref": "transaction_reference_number"}
    xml = {"schema_package_id": str(package.id), "record": "Trades/Trade", "fields": fields}
    outputs = [
        {"format": "xml", "packaging": "zip"},
        {"format": "xml", "xml": xml, "file_name": "own_{reporting_date}_{sequence}"},
    ]
    view = await installation.run(await installation.add_demo_report(demo_source, outputs=outputs))
    assert view.run.rows_out > 0, view.run.reason
    files = {one.output_number: one for one in await installation.runs.artifacts(RunId(view.run.id))}
    status = SchemaStatus.VALID if schema_archive is not None else SchemaStatus.UNVERIFIED
    assert [files[number].schema_status for number in (0, 1)] == [status, SchemaStatus.VALID]
    with zipfile.ZipFile(io.BytesIO(installation.content(files[0]))) as packed:
        message = packed.read(packed.namelist()[0])
    own = ET.fromstring(installation.content(files[1]))
    namespace = "{urn:iso:std:iso:20022:tech:xsd:auth.016.001.01}"
    references = [one.text for one in ET.fromstring(message).iter(f"{namespace}TxId")]
    assert [one.get("ref") for one in own] == references
    assert len(references) == view.run.rows_out


async def test_a_package_of_another_tenant_is_not_there(installation: Installation, demo_source: SourceAddress) -> None:
    wanted = await document(installation, demo_source, UUID(int=9))
    with pytest.raises(ReportDocumentInvalid) as refused:
        await installation.add_report(wanted)
    (fault,) = refused.value.extra["errors"]
    assert (fault["pointer"], fault["code"]) == ("/outputs/0/xml/schema_package_id", "schema_package_not_found")
