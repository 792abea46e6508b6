"""Regulators' schemas of other messages than the pack's, taken as a user's own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
import xmlschema

from backend.pipeline.plan import PackageFiles
from backend.pipeline.xsd import read_schema_package
from tests.factories.memory_run import MadeFiles, run_table
from tests.factories.own_schemas import PACKAGE_ID

pytestmark = pytest.mark.schemas
STATUS = "Document/FinInstrmRptgStsAdvc/StsAdvc"
MARGIN = "Document/DerivsTradMrgnDataTxStatRpt"
PARTIES = "CtrPtyId/RptgCtrPty/Id/Lgl/Id/LEI", "CtrPtyId/OthrCtrPty/IdTp/Lgl/Id/LEI"


def run(table: pa.Table, schema: Path, folder: Path, **mapping: Any) -> MadeFiles:
    limit = mapping.pop("max_records", None)
    packages = {PACKAGE_ID: PackageFiles(schema.name, tuple(read_schema_package(schema.read_bytes())))}
    xml = {"schema_package_id": str(PACKAGE_ID), **mapping}
    output = {"format": "xml", "xml": xml, "file_name": "out_{file_number}", "max_records": limit}
    made = run_table(table, [output], folder, packages=packages)
    oracle = xmlschema.XMLSchema10(str(schema))
    for content in made.contents.values():
        oracle.validate(ET.fromstring(content))
    return made


def test_a_status_advice_of_mifir(official_schemas: Path, tmp_path: Path) -> None:
    table = pa.table(
        {
            "record": ["T1", "T2", "T3"],
            "status": ["ACPT", "RJCT", "NOPE"],
            "rules": [None, "CON-023|CON-024", None],
            "texts": [None, "Duplicate & more|", None],
        }
    )
    made = run(
        table,
        official_schemas / "iso20022-base" / "auth.031.001.01.xsd",
        tmp_path,
        record=f"{STATUS}/RcrdSts",
        elements={
            f"{STATUS}/MsgRptIdr": "{message_identifier}-{file_number}",
            f"{STATUS}/MsgSts/Sts": "PART",
            f"{STATUS}/MsgSts/Sttstcs/TtlNbOfRcrds": "{total_records:015}",
            f"{STATUS}/MsgSts/Sttstcs/NbOfRcrdsPerSts/DtldNbOfRcrds": "{record_count:015}",
            f"{STATUS}/MsgSts/Sttstcs/NbOfRcrdsPerSts/DtldSts": "RJCT",
        },
        fields={
            "OrgnlRcrdId": "record",
            "Sts": "status",
            "VldtnRule[*]/Id": "rules",
            "VldtnRule[*]/Desc": "texts",
        },
    )
    assert [(one["row_number"], one["rule_id"], one["columns"]) for one in made.findings] == [(3, "XSD-01", "status")]
    assert b"<Sts>RJCT</Sts><VldtnRule><Id>CON-023</Id><Desc>Duplicate &amp; more</Desc></VldtnRule>" in made.only
    assert b"<VldtnRule><Id>CON-024</Id></VldtnRule></RcrdSts>" in made.only


def test_a_margin_report_of_emir_split_into_pages(official_schemas: Path, tmp_path: Path) -> None:
    count = 5
    table = pa.table(
        {
            "reporting": ["5493001KJTIIGC8Y1R12"] * count,
            "other": ["549300DTUYXVMJXZNY75"] * count,
            "uti": [f"5493001KJTIIGC8Y1R12UTI{one}" for one in range(count)],
            "portfolio": [f"P{one}" for one in range(count)],
            "category": ["FLCL"] * count,
            "at": pa.array([datetime(2026, 1, 1, 6, tzinfo=UTC)] * count, pa.timestamp("us", "UTC")),
            "day": pa.array([date(2026, 1, 1)] * count, pa.date32()),
            "margin": pa.array([Decimal(f"{one}.00000000000000000001") for one in range(count)], pa.decimal128(38, 20)),
            "currency": ["EUR"] * count,
        }
    )
    made = run(
        table,
        official_schemas / "iso20022-base" / "auth.109.001.01.xsd",
        tmp_path,
        max_records=2,
        record=f"{MARGIN}/TradData/Stat",
        elements={
            f"{MARGIN}/RptHdr/NbRcrds": "{record_count}",
            f"{MARGIN}/RptHdr/MsgPgntn/PgNb": "{file_number}",
            f"{MARGIN}/RptHdr/MsgPgntn/LastPgInd": "{is_last}",
        },
        fields={
            PARTIES[0]: "reporting",
            PARTIES[1]: "other",
            "TxId/UnqTxIdr": "uti",
            "Coll/CollPrtflCd/Prtfl/Cd": "portfolio",
            "Coll/CollstnCtgy": "category",
            "RptgTmStmp": "at",
            "EvtDt": "day",
            "PstdMrgnOrColl/InitlMrgnPstdPreHrcut": "margin",
            "PstdMrgnOrColl/InitlMrgnPstdPreHrcut/@Ccy": "currency",
        },
    )
    pages = [made.contents[f"out_{number}.xml"] for number in (1, 2, 3)]
    assert [one.count(b"<Stat>") for one in pages] == [2, 2, 1]
    assert [b"<PgNb>%d</PgNb>" % number in one for number, one in enumerate(pages, 1)] == [True] * 3
    assert [b"<LastPgInd>true</LastPgInd>" in one for one in pages] == [False, False, True]
    assert b'<InitlMrgnPstdPreHrcut Ccy="EUR">4.00000000000000000001</InitlMrgnPstdPreHrcut>' in pages[2]
