"""Whole runs into XML by an own package: what the files hold, part by part, whatever became of the process."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest

from backend.pipeline.errors import RunBlocked
from backend.pipeline.plan import PackageFiles
from backend.pipeline.xsd import SchemaSet
from tests.factories.memory_run import MADE, MadeFiles, run_table
from tests.factories.own_schemas import ELEMENTS, FIELDS, PACKAGE_ID, own_files, own_options

FILES = own_files()
PACKAGES = {PACKAGE_ID: PackageFiles("orders.zip", FILES)}
ORDER = "{urn:test:orders}Order"
PARTY = "{urn:test:parties}"


def orders(count: int, **changes: Sequence[Any]) -> pa.Table:
    """Orders whose values are all different, some of them absent."""
    days = [date(2026, 1, 1) + timedelta(days=one) for one in range(count)]
    priced = [one % 3 != 0 for one in range(count)]
    columns: dict[str, tuple[Sequence[Any], pa.DataType]] = {
        "id": ([f"AB{one}" for one in range(count)], pa.string()),
        "lang": (["de" if one % 2 else None for one in range(count)], pa.string()),
        "placed": (days, pa.date32()),
        "at": ([datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=one * 1100) for one in range(count)],
               pa.timestamp("us", "UTC")),
        "price": ([Decimal(one) / 8 if priced[one] else None for one in range(count)], pa.decimal128(18, 6)),
        "ccy": (["EUR" if one else None for one in priced], pa.string()),
        "rate": ([None if priced[one] else Decimal(one).scaleb(-4) for one in range(count)], pa.decimal128(10, 5)),
        "basis": ([None if one else "A/360" for one in priced], pa.string()),
        "urgent": ([one % 2 == 0 for one in range(count)], pa.bool_()),
        "buyer": ([f"<{one}> & Söhne" for one in range(count)], pa.string()),
        "buyer_role": (["a\tb" if one % 5 == 0 else None for one in range(count)], pa.string()),
        "seller": ([f"S{one}" for one in range(count)], pa.string()),
        "seller_country": (["FR" if one % 2 else None for one in range(count)], pa.string()),
        "line_numbers": ([_parts("", one % 4) for one in range(count)], pa.string()),
        "line_items": ([_parts("item ", one % 4) for one in range(count)], pa.string()),
        "line_counts": ([None] * count, pa.string()),
        "notes": ([_parts(f"n{one}.", one % 3) for one in range(count)], pa.string()),
    }  # fmt: skip
    return pa.table({name: pa.array(changes.get(name, values), kind) for name, (values, kind) in columns.items()})


def _parts(prefix: str, count: int) -> str | None:
    return "|".join(f"{prefix}{part}" for part in range(1, count + 1)) or None


def run(table: pa.Table, folder: Path, **changes: Any) -> MadeFiles:
    settings = {
        name: changes.pop(name) for name in list(changes) if name in {"kill_after", "smallest_part", "on_empty"}
    }
    packages = changes.pop("packages", PACKAGES)
    xml = own_options(**changes.pop("options", {})).model_dump(mode="json")
    output = {"format": "xml", "xml": xml, "file_name": "orders_{file_number}", **changes}
    return run_table(table, [output], folder, packages=packages, **settings)


def read(made: MadeFiles) -> list[ET.Element]:
    """The files in order, each of them valid by the schema."""
    schemas = SchemaSet.of_package(FILES, "{urn:test:orders}Orders")
    contents = [made.contents[one.name] for one in sorted(made.files, key=lambda one: one.file_number)]
    assert all(schemas.validate(one) == [] for one in contents)
    assert all(one.schema_status == "valid" for one in made.files)
    return [ET.fromstring(one) for one in contents]


def values(order: ET.Element) -> dict[str, Any]:
    """What an independent reader finds of a record, as its source had it."""
    price, lines = order.find("Price"), order.findall("Line")
    buyer, seller = order.findall(f"{PARTY}Party")
    rate, at = order.findtext("Rate"), order.findtext("At")
    return {
        "id": order.get("id"),
        "lang": order.get("lang"),
        "placed": date.fromisoformat(order.findtext("Placed") or ""),
        "at": datetime.fromisoformat(at or ""),
        "price": None if price is None else Decimal(price.text or ""),
        "ccy": None if price is None else price.get("ccy"),
        "rate": None if rate is None else Decimal(rate),
        "basis": order.findtext("Basis"),
        "urgent": order.findtext("Urgent") == "true",
        "buyer": buyer.findtext(f"{PARTY}Name"),
        "buyer_role": buyer.get(f"{PARTY}role"),
        "seller": seller.findtext(f"{PARTY}Name"),
        "seller_country": seller.findtext(f"{PARTY}Country"),
        "line_numbers": "|".join(str(one.get("no")) for one in lines) or None,
        "line_items": "|".join(str(one.findtext("Item")) for one in lines) or None,
        "line_counts": None,
        "notes": "|".join(str(one.text) for one in order.findall("Note")) or None,
    }


def heads(files: Sequence[ET.Element]) -> list[tuple[str | None, ...]]:
    return [
        (head.get("count"), head.findtext("Page"), head.findtext("Last"), one.findtext("Total"))
        for one in files
        for head in one.findall("Head")
    ]


def test_an_independent_reader_finds_every_value_as_the_source_had_it(tmp_path: Path) -> None:
    table = orders(40)
    (file,) = read(run(table, tmp_path))
    assert [values(one) for one in file.findall(ORDER)] == table.to_pylist()
    assert heads([file]) == [("40", "1", "true", "40")]
    assert file.findtext("Head/Created") == MADE.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("packaging", ["none", "gzip"])
@pytest.mark.parametrize("limit", [{"max_records": 9}, {"max_bytes": 4_000}], ids=str)
def test_counts_and_flags_are_right_in_every_part(tmp_path: Path, limit: Mapping[str, int], packaging: str) -> None:
    table = orders(40)
    made = run(table, tmp_path, packaging=packaging, **limit)
    if packaging == "gzip":
        unpacked = {name: gzip.decompress(content) for name, content in made.contents.items()}
        made = MadeFiles(unpacked, made.files, made.findings)
    files = read(made)
    parts = [one.findall(ORDER) for one in files]
    assert [values(one)["id"] for part in parts for one in part] == table["id"].to_pylist()
    last = len(files)
    assert last > 3
    assert heads(files) == [
        (str(len(part)), str(number), str(number == last).lower(), "40") for number, part in enumerate(parts, 1)
    ]
    if "max_bytes" in limit:
        assert all(len(one) <= limit["max_bytes"] for one in made.contents.values())


def test_a_killed_run_goes_on_and_gives_the_same_bytes(tmp_path: Path) -> None:
    table = orders(20)
    assert (
        run(table, tmp_path, kill_after=[1, 2], max_records=8).contents == run(table, tmp_path, max_records=8).contents
    )


def test_records_that_the_schema_refuses_are_set_aside_and_the_others_written(tmp_path: Path) -> None:
    table = orders(8, id=["AB0", "ab1", "AB2", "AB3", "AB4", "AB5", "AB6", None], lang=[*["x y"], *[None] * 7])
    made = run(table, tmp_path)
    (file,) = read(made)
    assert [one.get("id") for one in file.findall(ORDER)] == ["AB2", "AB3", "AB4", "AB5", "AB6"]
    found = sorted((one["row_number"], one["rule_id"], one["severity"], one["columns"]) for one in made.findings)
    assert found == [
        (1, "XSD-01", "correctable", "lang"),
        (2, "XSD-01", "correctable", "id"),
        (8, "XSD-01", "correctable", "id"),
    ]


def test_a_file_that_the_schema_refuses_as_a_whole_is_not_left_behind(tmp_path: Path) -> None:
    unique = '<xs:unique name="once"><xs:selector xpath="o:Order"/><xs:field xpath="@id"/></xs:unique>'
    content = next(one.content.decode() for one in FILES if one.name == "orders.xsd")
    content = content.replace("<xs:schema ", '<xs:schema xmlns:o="urn:test:orders" ', 1)
    end = '</xs:complexType></xs:element>\n  <xs:element name="Order"'
    changed = own_files(orders=content.replace(end, end.replace("</xs:element>", f"{unique}</xs:element>")))
    packages = {PACKAGE_ID: PackageFiles("orders.zip", changed)}
    table = orders(20)
    assert run(table, tmp_path, packages=packages).files
    twice = table.set_column(0, "id", pa.array([f"AB{one % 19}" for one in range(20)]))
    with pytest.raises(RunBlocked, match=r"orders_1\.xml, line"):
        run(twice, tmp_path, packages=packages)


def test_a_text_that_no_value_of_the_run_makes_right_stops_the_run(tmp_path: Path) -> None:
    elements = {**ELEMENTS, "Orders/Head/Page": "{report}"}
    with pytest.raises(RunBlocked, match="XSD"):
        run(orders(5), tmp_path, options={"elements": elements})


def test_facts_of_the_run_stand_in_every_record(tmp_path: Path) -> None:
    fields = {path: name for path, name in FIELDS.items() if path not in {"Note[*]", "@lang"}}
    elements = {**ELEMENTS, "Orders/Order/@lang": "de", "Orders/Order/Note": "{message_identifier} & {reporting_date}"}
    (file,) = read(run(orders(4), tmp_path, options={"elements": elements, "fields": fields}))
    assert {(one.get("lang"), one.findtext("Note")) for one in file.findall(ORDER)} == {
        ("de", "MEMORY & 2026-11-19")
    }  # fmt: skip


def test_an_empty_day_as_a_file_needs_a_schema_that_allows_it(tmp_path: Path) -> None:
    with pytest.raises(RunBlocked, match="Total"):
        run(orders(0), tmp_path, on_empty="nil_report", options={"elements": {**ELEMENTS, "Orders/Head/@count": "1"}})
