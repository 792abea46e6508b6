"""Own XML: records that a schema would refuse are found before they are written, for the reason the schema has."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest
import xmlschema

from backend.domain.reports.page_texts import Page, run_facts
from backend.pipeline.expressions.columns import polars_type
from backend.pipeline.rendering.schema_xml import SchemaRecords, SchemaXmlRenderer
from backend.pipeline.xsd.message import XmlMessage
from tests.factories.own_schemas import own_files, own_options, own_types

TYPES = own_types()
RUN = run_facts(
    report="orders",
    reporting_date=date(2026, 11, 9),
    sequence=1,
    version="1.0",
    created_at=datetime(2026, 11, 10, 6, 7, 8, tzinfo=UTC),
    message_identifier="OR1",
)
#: An order with a price, and one with a rate.
PRICED: Mapping[str, Any] = {
    "id": "AB1",
    "lang": "de",
    "placed": date(2026, 11, 9),
    "at": datetime(2026, 11, 9, 7, 0, 0, 120_000, tzinfo=UTC),
    "price": Decimal("1.500000"),
    "ccy": "EUR",
    "urgent": False,
    "buyer": " Ä & <B> ",
    "buyer_role": 'says "x"',
    "seller": "S",
    "seller_country": "DE",
    "line_numbers": "1|2|3",
    "line_items": "tea|milk & sugar|cups",
    "line_counts": "2||-7",
    "notes": "one|two\nlines",
}
RATED: Mapping[str, Any] = {
    "id": "ZZ999999",
    "placed": date(2026, 1, 1),
    "rate": Decimal("-1.2345"),
    "basis": "A/360",
    "buyer": "B",
}


@pytest.fixture(scope="module")
def records() -> SchemaRecords:
    return SchemaRecords(XmlMessage(own_files(), own_options()), TYPES, RUN, "XSD-01")


def frame(*rows: Mapping[str, Any]) -> pl.DataFrame:
    schema = {name: polars_type(kind) for name, kind in TYPES.items()}
    return pl.DataFrame([{name: row.get(name) for name in TYPES} for row in rows], schema=schema)


def document(records: SchemaRecords, target: pl.DataFrame) -> bytes:
    renderer = SchemaXmlRenderer(records, RUN)
    page = Page(1, 1, target.height, target.height)
    return renderer.header(page) + renderer.render(target) + renderer.footer(page)


def test_the_file_is_valid_and_holds_every_value(records: SchemaRecords) -> None:
    target = frame(PRICED, RATED)
    assert records.find_failures(target) == []
    made = document(records, target)
    assert records.message.schema_set().validate(made) == []
    found = ET.fromstring(made)
    orders = found.findall("{urn:test:orders}Order")
    assert [one.get("id") for one in orders] == ["AB1", "ZZ999999"]
    first, second = orders
    party = "{urn:test:parties}"
    assert [one.tag.rpartition("}")[2] for one in first] == [
        "Placed", "At", "Price", "Urgent", "Party", "Party", "Line", "Line", "Line", "Note", "Note",
    ]  # fmt: skip
    assert (first.findtext("At"), first.findtext("Price"), first.find("Price").get("ccy")) == (
        "2026-11-09T07:00:00.120Z", "1.5", "EUR",
    )  # fmt: skip
    assert [one.findtext(f"{party}Name") for one in first.iter(f"{party}Party")] == [" Ä & <B> ", "S"]
    assert first.find(f"{party}Party").get(f"{party}role") == 'says "x"'
    assert [(one.get("no"), one.findtext("Item"), one.findtext("Count")) for one in first.iter("Line")] == [
        ("1", "tea", "2"), ("2", "milk & sugar", None), ("3", "cups", "-7"),
    ]  # fmt: skip
    assert [one.text for one in first.iter("Note")] == ["one", "two\nlines"]
    assert (second.findtext("Rate"), second.findtext("Basis"), second.find("Price")) == ("-1.2345", "A/360", None)
    assert (found.find("Head").get("count"), found.findtext("Head/Last"), found.findtext("Total")) == ("2", "true", "2")


def test_records_rendered_together_are_those_rendered_one_by_one(records: SchemaRecords) -> None:
    together = frame(PRICED, RATED, {**RATED, "notes": "a|b|c|d|e|f"})
    single = b"".join(records.render(together.slice(place, 1)) for place in range(together.height))
    assert records.render(together) == single


@pytest.mark.parametrize(
    ("change", "fields", "reason"),
    [
        ({"id": "x1"}, ("id",), "form"),
        ({"id": None}, ("id",), "needs a value"),
        ({"lang": "not_a_language!"}, ("lang",), "language"),
        ({"price": Decimal("-0.1")}, ("price",), "at least 0"),
        ({"price": Decimal("1.234567")}, ("price",), "5 digits"),
        ({"ccy": "EURO"}, ("ccy",), "3 to 3"),
        ({"ccy": None}, ("ccy",), "needs a value"),
        ({"price": None}, ("ccy",), "missing"),
        ({"rate": Decimal("1.2"), "basis": "A/360"}, ("price", "rate"), "exactly one"),
        ({"price": None, "ccy": None, "rate": Decimal("1.5"), "basis": "A/360"}, ("rate",), "less than 1.5"),
        ({"price": None, "ccy": None, "rate": Decimal("123.4567"), "basis": "A/360"}, ("rate",), "6 digits"),
        ({"price": None, "ccy": None, "rate": Decimal("1.2")}, ("basis",), "needs a value"),
        ({"price": None, "ccy": None, "rate": Decimal("1.2"), "basis": "30/360"}, ("basis",), "one of A/360"),
        ({"buyer": "x" * 21}, ("buyer",), "1 to 20"),
        ({"buyer": "bell \x07"}, ("buyer",), "forbids"),
        ({"seller": None}, ("seller",), "needs a value"),
        ({"seller_country": "de"}, ("seller_country",), "form"),
        ({"line_items": "a|b"}, ("line_numbers", "line_items", "line_counts"), "equal numbers"),
        ({"line_numbers": "1|0|2"}, ("line_numbers",), "positiveInteger"),
        ({"line_counts": "1|2|x"}, ("line_counts",), "int"),
        ({"line_counts": "1|2|2147483648"}, ("line_counts",), "int"),
        ({"line_items": "a| b|c"}, ("line_items",), "white space"),
        ({"line_numbers": "1|2|3|4|5", "line_items": "a|b|c|d|e", "line_counts": None}, ("line_numbers",), "4 time"),
        ({"line_numbers": None, "line_counts": None}, ("line_numbers",), "needs a value"),
        ({"notes": "a||b"}, ("notes",), "empty"),
        ({"notes": ""}, ("notes",), "empty"),
    ],
    ids=str,
)
def test_a_record_that_the_schema_refuses_is_found_with_field_and_reason(
    records: SchemaRecords, change: Mapping[str, Any], fields: tuple[str, ...], reason: str
) -> None:
    found = records.find_failures(frame(RATED, {**PRICED, **change}))
    assert found
    assert all(one.rule_id == "XSD-01" and one.rows.to_list() == [False, True] for one in found)
    assert any(set(fields) <= set(one.columns) and reason in one.message for one in found), found


def test_whatever_passes_the_checks_the_schema_takes_and_whatever_it_refuses_they_find(
    records: SchemaRecords, tmp_path: Path
) -> None:
    """Two readers of the schema that know nothing of the checks: libxml2 and xmlschema."""
    schemas = records.message.schema_set()
    for one in own_files():
        (tmp_path / one.name).write_bytes(one.content)
    oracle = xmlschema.XMLSchema10(str(tmp_path / "orders.xsd"))
    values: dict[str, list[Any]] = {
        "id": ["AB1", "a1", None],
        "lang": ["de", None, "d e"],
        "price": [Decimal(0), Decimal("2.5"), None],
        "ccy": ["EUR", None],
        "rate": [None, Decimal("1.4999"), Decimal("1.5")],
        "basis": [None, "A/365"],
        "seller": [None, "S", ""],
        "seller_country": [None, "FR", "F"],
        "line_numbers": [None, "1|2", "1"],
        "line_items": [None, "a|b", "a"],
    }
    chance = random.Random(7)
    rows = [{**RATED, **{name: chance.choice(some) for name, some in values.items()}} for _ in range(80)]
    rows += [RATED, PRICED]
    target = frame(*rows)
    refused = pl.Series([False]).new_from_index(0, target.height)
    for one in records.find_failures(target):
        refused = refused | one.rows
    assert 0 < refused.sum() < target.height
    for place in range(target.height):
        made = document(records, target.slice(place, 1))
        is_valid = not schemas.validate(made)
        assert is_valid is not refused[place], (target.row(place, named=True), schemas.validate(made))
        assert oracle.is_valid(ET.fromstring(made)) is is_valid


@pytest.mark.parametrize(
    "toy",
    [
        lambda made: made.replace(b"n2:Name", b"Name"),
        lambda made: made.replace(b"n1:Order ", b"Order ").replace(b"/n1:Order>", b"/Order>"),
        lambda made: made.replace(b' ccy="EUR"', b""),
        lambda made: made.replace(b"<Placed>2026-11-09</Placed>", b"").replace(
            b"</At>", b"</At><Placed>2026-11-09</Placed>"
        ),
    ],
    ids=["wrong namespace of a child", "no namespace of the record", "an attribute dropped", "order ignored"],
)
def test_a_writer_that_is_careless_is_refused(records: SchemaRecords, toy: Any) -> None:
    made = document(records, frame(PRICED))
    assert toy(made) != made
    assert records.message.schema_set().validate(toy(made))
