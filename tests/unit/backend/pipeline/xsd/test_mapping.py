"""Own XML: what the schemas say of a mapping, fault by fault, and how names are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, TEXT, TIMESTAMP, DataType, decimal
from backend.domain.reports.outputs import Output
from backend.pipeline.xsd import SchemaFile, SchemaSetInvalid
from backend.pipeline.xsd.documents import read_schema_file
from backend.pipeline.xsd.message import XmlMessage, mapping_faults
from tests.factories.own_schemas import ELEMENTS, FIELDS, own_files, own_options, own_types

FILES = own_files()
TYPES = own_types()


def faults(
    *,
    elements: Mapping[str, str | None] | None = None,
    fields: Mapping[str, str | None] | None = None,
    types: Mapping[str, DataType] = TYPES,
    files: tuple[SchemaFile, ...] = FILES,
    **changes: Any,
) -> list[tuple[str, str, str | None]]:
    """The faults of a mapping that differs from one without; None takes a path away."""
    given = own_options(
        elements={path: text for path, text in {**ELEMENTS, **(elements or {})}.items() if text is not None},
        fields={path: name for path, name in {**FIELDS, **(fields or {})}.items() if name is not None},
    ).model_dump(mode="json")
    output = Output.model_validate({"format": "xml", "xml": {**given, **changes}})
    found = mapping_faults(files, output, types, dict.fromkeys(TYPES, "x"))
    return [(one.pointer, one.code, one.suggestion) for one in found]


def test_a_mapping_that_fits_has_no_fault() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"fields": {"Plcaed": "placed", "Placed": None}}, ("/fields/Plcaed", "xml_path_unknown", "Placed")),
        ({"fields": {"Party/Nmae": "lang"}}, ("/fields/Party~1Nmae", "xml_path_unknown", "Name")),
        ({"fields": {"Price/@ccyy": "ccy"}}, ("/fields/Price~1@ccyy", "xml_attribute_unknown", "ccy")),
        ({"fields": {"Party": "lang"}}, ("/fields/Party", "xml_path_has_children", "Party/Name")),
        ({"fields": {"Placed": None}}, ("/record", "xml_element_missing", "Placed")),
        ({"fields": {"@id": None}}, ("/record", "xml_attribute_missing", "@id")),
        ({"fields": {"Price/@ccy": None}}, ("/fields/Price", "xml_attribute_missing", "Price/@ccy")),
        ({"fields": {"Basis": None}}, ("/record", "xml_element_missing", "Basis")),
        ({"fields": {"Price": None, "Price/@ccy": None, "Rate": None, "Basis": None}},
         ("/record", "xml_element_missing", "Price")),
        ({"fields": {"Party[4]/Name": "lang"}}, ("/fields/Party[4]~1Name", "xml_repeats_too_often", None)),
        ({"fields": {"Urgent[2]": "urgent"}}, ("/fields/Urgent[2]", "xml_repeats_too_often", None)),
        ({"fields": {"@lang": "langg"}}, ("/fields/@lang", "xml_field_unknown", "lang")),
        ({"elements": {"Orders/Order/Pending": "x"}},
         ("/elements/Orders~1Order~1Pending", "xml_path_has_children", None)),
        ({"elements": {"Orders/Head/Live": "true"}}, ("/elements/Orders~1Head~1Live", "xml_choice_taken_twice", None)),
        ({"elements": {"Orders/Total": None}}, ("/record", "xml_element_missing", "Orders/Total")),
        ({"elements": {"Orders/@version": "one"}}, ("/elements/Orders~1@version", "xml_text_invalid", None)),
        ({"elements": {"Orders/Order/Note": "x"}, "fields": {"Note[*]": "notes"}}, None),
        ({"elements": {"Orders/Order/@lang": "{file_number}"}, "fields": {"@lang": None}},
         ("/elements/Orders~1Order~1@lang", "xml_text_of_file", None)),
        ({"elements": {"Orders/Order/@lang": "de"}}, ("/elements/Orders~1Order~1@lang", "xml_path_given_twice", None)),
        ({"record": "Orders/Head", "elements": dict.fromkeys(ELEMENTS)}, None),
        ({"types": {**TYPES, "placed": TIMESTAMP}}, ("/fields/Placed", "xml_type_unfit", None)),
        ({"types": {**TYPES, "price": DOUBLE}}, ("/fields/Price", "xml_type_unfit", None)),
        ({"types": {**TYPES, "notes": DATE}}, ("/fields/Note[*]", "xml_type_unfit", None)),
    ],
    ids=str,
)  # fmt: skip
def test_a_fault_is_named_with_its_place(changes: dict[str, Any], fault: tuple[str, str, str | None] | None) -> None:
    if fault is None:
        with pytest.raises((ValueError, AssertionError)):
            assert faults(**changes) == []
    else:
        assert fault in [(pointer, code, near if fault[2] else None) for pointer, code, near in faults(**changes)]


def test_a_record_that_may_stand_three_times_needs_files_of_three() -> None:
    changed = own_files(orders=_orders().replace('ref="Order" maxOccurs="unbounded"', 'ref="Order" maxOccurs="3"'))
    assert faults(files=changed) == [("/record", "xml_record_repeats", None)]
    options = own_options().model_dump(mode="json")
    given = {"format": "xml", "xml": options, "max_records": 3, "file_name": "{file_number}"}
    assert list(mapping_faults(changed, Output.model_validate(given), TYPES, dict.fromkeys(TYPES, "x"))) == []


def test_elements_of_no_namespace_stand_beside_prefixed_ones() -> None:
    message = XmlMessage(FILES, own_options())
    assert '<n1:Orders xmlns:n1="urn:test:orders" xmlns:n2="urn:test:parties" version="1.0"><Head ' in message.header
    assert message.record_path == ("{urn:test:orders}Orders", "{urn:test:orders}Order")


OUTER = """<xs:element name="File"><xs:complexType><xs:sequence><xs:element name="Id" type="xs:int"/>
  <xs:any namespace="##other"/></xs:sequence></xs:complexType></xs:element>"""
INNER = """<xs:element name="Doc"><xs:complexType><xs:sequence>
  <xs:element name="Row" maxOccurs="unbounded"><xs:complexType><xs:sequence>
    <xs:element name="V" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>"""


def test_where_all_elements_have_a_namespace_the_default_one_changes_with_it() -> None:
    files = (read_schema_file("a.xsd", _schema("urn:a", OUTER)), read_schema_file("b.xsd", _schema("urn:b", INNER)))
    options = own_options(record="File/Doc/Row", elements={"File/Id": "7"}, fields={"V": "lang"})
    message = XmlMessage(files, options)
    assert message.header.splitlines()[1] == '<File xmlns="urn:a"><Id>7</Id><Doc xmlns="urn:b">'
    assert message.footer == "</Doc></File>\n"
    document = f"{message.header}<Row><V>x</V></Row>{message.footer}".encode()
    assert message.schema_set().validate(document) == []


PAIRS = """<xs:element name="File"><xs:complexType><xs:sequence><xs:element name="Row" maxOccurs="unbounded">
  <xs:complexType><xs:sequence minOccurs="0" maxOccurs="3"><xs:element name="Key" type="xs:string"/>
    <xs:element name="Value" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType>
  </xs:element></xs:sequence></xs:complexType></xs:element>"""


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Key": "lang", "Value": "notes", "Key[2]": "ccy", "Value[2]": "basis"}, None),
        ({"Key[*]": "lang", "Value[*]": "notes"}, None),
        ({"Key": "lang", "Key[4]": "notes"}, "xml_repeats_too_often"),
        ({"Key": "lang", "Value[2]": "notes"}, "xml_element_missing"),
    ],
    ids=str,
)
def test_a_group_without_an_element_of_its_own_repeats_as_its_elements_do(
    fields: Mapping[str, str], code: str | None
) -> None:
    files = (read_schema_file("a.xsd", _schema("urn:a", PAIRS)),)
    options = own_options(record="File/Row", elements={}, fields=fields)
    output = Output.model_validate({"format": "xml", "xml": options.model_dump(mode="json")})
    assert [one.code for one in mapping_faults(files, output, TYPES, dict.fromkeys(TYPES, "x"))] == (
        [code] if code else []
    )
    if code is None:
        message = XmlMessage(files, options)
        shape = message.shape(dict.fromkeys(message.repeated, 2), None)
        written = [one.name for _, one in shape.record.walk() if one.name]
        assert written == ["Key", "Value", "Key", "Value"]
        assert set(message.limits.values()) <= {3}


def test_recursion_is_followed_as_far_as_it_is_wanted() -> None:
    deep = {f"Parent/Parent/{path}": name for path, name in FIELDS.items() if "[*]" not in path and path != "@lang"}
    assert [code for _, code, _ in faults(fields=deep)] == ["xml_attribute_missing"] + ["xml_element_missing"] * 3


def test_a_package_that_lost_what_was_mapped_is_no_message() -> None:
    changed = own_files(orders=_orders().replace('name="Urgent"', 'name="Hurried"'))
    with pytest.raises(SchemaSetInvalid, match="Urgent"):
        XmlMessage(changed, own_options())


def test_numbers_and_flags_fit_texts_and_each_other() -> None:
    texts = {**TYPES, "placed": TEXT, "price": TEXT, "urgent": TEXT, "lang": BOOLEAN, "rate": decimal(38, 0)}
    assert faults(types=texts) == []


def _orders() -> str:
    return next(one.content.decode() for one in FILES if one.name == "orders.xsd")


def _schema(namespace: str, content: str) -> bytes:
    return (
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{namespace}" '
        f'elementFormDefault="qualified">{content}</xs:schema>'
    ).encode()
