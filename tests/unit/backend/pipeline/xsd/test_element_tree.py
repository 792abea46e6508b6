"""The element tree: types, facets, choices, attributes, recursion, as the schemas say and no further than asked."""

from __future__ import annotations

import pytest

from backend.core.errors import OpenRegError
from backend.pipeline.xsd import ElementTree, SchemaSetInvalid
from backend.pipeline.xsd.documents import read_schema_file

SCHEMA = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a"
    xmlns="urn:a" xmlns:b="urn:b" elementFormDefault="qualified">
  <xs:import namespace="urn:b" schemaLocation="http://192.0.2.1/never-fetched.xsd"/>
  <xs:element name="Report" type="Report">
    <xs:annotation><xs:documentation>A report of reports.</xs:documentation></xs:annotation>
  </xs:element>
  <xs:complexType name="Report"><xs:sequence>
    <xs:element name="Id" type="Id"/>
    <xs:choice minOccurs="0" maxOccurs="unbounded">
      <xs:element name="Part" type="Report"/><xs:element ref="b:Amount"/>
    </xs:choice>
    <xs:choice>
      <xs:element name="Yes" form="unqualified"/><xs:element name="No" minOccurs="2" maxOccurs="5"/>
    </xs:choice>
  </xs:sequence><xs:attribute name="lang" type="xs:language"/></xs:complexType>
  <xs:simpleType name="Id"><xs:restriction base="xs:string"><xs:pattern value="[A-Z]{3}"/><xs:maxLength value="3"/>
  </xs:restriction></xs:simpleType>
</xs:schema>"""
AMOUNT = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:b" xmlns="urn:b">
  <xs:element name="Amount"><xs:complexType><xs:simpleContent><xs:extension base="Amount">
    <xs:attribute name="Ccy" type="Ccy" use="required"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>
  <xs:simpleType name="Amount"><xs:restriction base="xs:decimal"><xs:totalDigits value="18"/>
    <xs:fractionDigits value="5"/><xs:minInclusive value="0"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Ccy"><xs:restriction base="xs:string"><xs:enumeration value="EUR"/><xs:enumeration value="USD"/>
  </xs:restriction></xs:simpleType>
</xs:schema>"""


@pytest.fixture(scope="module")
def tree() -> ElementTree:
    return ElementTree([read_schema_file("a.xsd", SCHEMA), read_schema_file("b.xsd", AMOUNT)])


def test_the_roots_are_the_global_elements_of_all_schemas(tree: ElementTree) -> None:
    report, amount = tree.roots()
    assert (report.step, report.documentation, report.has_children) == ("{urn:a}Report", "A report of reports.", True)
    assert (amount.name, amount.namespace, amount.has_children) == ("Amount", "urn:b", False)
    assert [(one.name, one.required) for one in report.attributes] == [("lang", False)]


def test_children_say_what_they_may_hold_how_often_and_which_exclude_each_other(tree: ElementTree) -> None:
    children = tree.children(["{urn:a}Report"])
    assert [(one.step, one.minimum, one.maximum, one.choice) for one in children] == [
        ("{urn:a}Id", 1, 1, None),
        ("{urn:a}Part", 1, 1, 1),
        ("{urn:b}Amount", 1, 1, 1),
        ("Yes", 1, 1, 2),
        ("{urn:a}No", 2, 5, 2),
    ]
    identifier, _, amount, *_ = children
    assert identifier.type.facets == {"pattern": "[A-Z]{3}", "maxLength": "3"}
    assert amount.type.primitive == "decimal"
    assert amount.type.facets == {"totalDigits": "18", "fractionDigits": "5", "minInclusive": "0"}
    assert [(one.name, one.namespace, one.required, one.type.codes) for one in amount.attributes] == [
        ("Ccy", "", True, ("EUR", "USD"))
    ]


def test_an_element_inside_itself_opens_as_far_as_somebody_asks(tree: ElementTree) -> None:
    steps = ["{urn:a}Report", *["{urn:a}Part"] * 30]
    assert [one.name for one in tree.children(steps)] == ["Id", "Part", "Amount", "Yes", "No"]


@pytest.mark.parametrize("steps", [[], ["{urn:a}Other"], ["{urn:a}Report", "{urn:a}Id", "{urn:a}Id"], ["Report"]])
def test_an_element_that_is_not_there_is_not_found(tree: ElementTree, steps: list[str]) -> None:
    with pytest.raises(OpenRegError) as raised:
        tree.children(steps)
    assert raised.value.code == "schema_element_not_found"


@pytest.mark.parametrize(
    "schemas",
    [[SCHEMA, SCHEMA], [SCHEMA.replace(b'type="Id"', b'type="Nothing"'), AMOUNT]],
    ids=["one namespace twice", "a type that nobody defines"],
)
def test_schemas_that_do_not_fit_together_are_refused(schemas: list[bytes]) -> None:
    files = [read_schema_file(f"{number}.xsd", content) for number, content in enumerate(schemas)]
    with pytest.raises(SchemaSetInvalid):
        ElementTree(files)
