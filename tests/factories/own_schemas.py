"""A schema package that no regulator made: attributes, repeating groups, choices, two namespaces, an include.

``orders.xsd`` has elements of its namespace and local ones of none side by side; ``parties.xsd`` has a namespace of its
own and qualifies everything; ``types.xsd`` has no namespace and takes that of ``orders.xsd``, which includes it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from backend.domain.expressions.types import BOOLEAN, DATE, TEXT, TIMESTAMP, DataType, decimal
from backend.domain.reports.xml_options import XmlOptions
from backend.pipeline.xsd import SchemaFile, read_schema_package

ORDERS_NAMESPACE: Final = "urn:test:orders"
PARTIES_NAMESPACE: Final = "urn:test:parties"
PACKAGE_ID: Final = UUID("5f0c1a52-0000-4000-8000-000000000001")
_XS: Final = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
ORDERS: Final = f"""<xs:schema {_XS} targetNamespace="{ORDERS_NAMESPACE}" xmlns="{ORDERS_NAMESPACE}"
    xmlns:p="{PARTIES_NAMESPACE}">
  <xs:include schemaLocation="types.xsd"/>
  <xs:import namespace="{PARTIES_NAMESPACE}" schemaLocation="parties.xsd"/>
  <xs:element name="Orders"><xs:complexType><xs:sequence>
    <xs:element name="Head"><xs:complexType><xs:sequence>
      <xs:element name="Created" type="xs:dateTime"/>
      <xs:element name="Page" type="xs:positiveInteger"/>
      <xs:element name="Last" type="xs:boolean"/>
      <xs:choice><xs:element name="Test" type="xs:boolean"/><xs:element name="Live" type="xs:boolean"/></xs:choice>
    </xs:sequence><xs:attribute name="count" type="xs:positiveInteger" use="required"/></xs:complexType></xs:element>
    <xs:element ref="Order" maxOccurs="unbounded"/>
    <xs:element name="Total" type="xs:nonNegativeInteger"/>
  </xs:sequence><xs:attribute name="version" type="Version" use="required"/></xs:complexType></xs:element>
  <xs:element name="Order" type="Order"/>
  <xs:complexType name="Order"><xs:sequence>
    <xs:element name="Placed" type="xs:date"/>
    <xs:element name="At" type="xs:dateTime" minOccurs="0"/>
    <xs:choice>
      <xs:element name="Price" type="Amount"/>
      <xs:sequence><xs:element name="Rate" type="Rate"/><xs:element name="Basis" type="Code"/></xs:sequence>
      <xs:element name="Pending"><xs:complexType/></xs:element>
    </xs:choice>
    <xs:element name="Urgent" type="xs:boolean" minOccurs="0"/>
    <xs:element ref="p:Party" maxOccurs="3"/>
    <xs:element name="Line" minOccurs="0" maxOccurs="4"><xs:complexType><xs:sequence>
      <xs:element name="Item" type="xs:token"/><xs:element name="Count" type="xs:int" minOccurs="0"/>
    </xs:sequence><xs:attribute name="no" type="xs:positiveInteger" use="required"/></xs:complexType></xs:element>
    <xs:element name="Note" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="Parent" type="Order" minOccurs="0"/>
  </xs:sequence>
  <xs:attribute name="id" type="Identifier" use="required"/><xs:attribute name="lang" type="xs:language"/>
  </xs:complexType>
</xs:schema>"""
TYPES: Final = f"""<xs:schema {_XS}>
  <xs:simpleType name="Version"><xs:restriction base="xs:string"><xs:pattern value="[0-9]\\.[0-9]"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="Identifier"><xs:restriction base="xs:string"><xs:pattern value="[A-Z]{{2}}[0-9]{{1,6}}"/>
  </xs:restriction></xs:simpleType>
  <xs:simpleType name="Code"><xs:restriction base="xs:string"><xs:enumeration value="A/360"/>
    <xs:enumeration value="A/365"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Rate"><xs:restriction base="xs:decimal"><xs:totalDigits value="6"/>
    <xs:fractionDigits value="4"/><xs:maxExclusive value="1.5"/></xs:restriction></xs:simpleType>
  <xs:complexType name="Amount"><xs:simpleContent><xs:extension base="AmountValue">
    <xs:attribute name="ccy" use="required"><xs:simpleType><xs:restriction base="xs:string"><xs:length value="3"/>
    </xs:restriction></xs:simpleType></xs:attribute></xs:extension></xs:simpleContent></xs:complexType>
  <xs:simpleType name="AmountValue"><xs:restriction base="xs:decimal"><xs:minInclusive value="0"/>
    <xs:fractionDigits value="5"/></xs:restriction></xs:simpleType>
</xs:schema>"""
PARTIES: Final = f"""<xs:schema {_XS} targetNamespace="{PARTIES_NAMESPACE}" xmlns="{PARTIES_NAMESPACE}"
    elementFormDefault="qualified" attributeFormDefault="qualified">
  <xs:element name="Party"><xs:complexType><xs:sequence>
    <xs:element name="Name"><xs:simpleType><xs:restriction base="xs:string"><xs:minLength value="1"/>
      <xs:maxLength value="20"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="Country" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
      <xs:pattern value="[A-Z]{{2,2}}"/></xs:restriction></xs:simpleType></xs:element>
  </xs:sequence><xs:attribute name="role" type="xs:string"/></xs:complexType></xs:element>
</xs:schema>"""
#: What stands around the records, and below which paths the fields stand.
ELEMENTS: Final = {
    "Orders/@version": "1.0",
    "Orders/Head/@count": "{record_count}",
    "Orders/Head/Created": "{created_at}",
    "Orders/Head/Page": "{file_number}",
    "Orders/Head/Last": "{is_last}",
    "Orders/Head/Test": "true",
    "Orders/Total": "{total_records}",
}
FIELDS: Final = {
    "@id": "id",
    "@lang": "lang",
    "Placed": "placed",
    "At": "at",
    "Price": "price",
    "Price/@ccy": "ccy",
    "Rate": "rate",
    "Basis": "basis",
    "Urgent": "urgent",
    "Party/Name": "buyer",
    "Party/@role": "buyer_role",
    "Party[2]/Name": "seller",
    "Party[2]/Country": "seller_country",
    "Line[*]/@no": "line_numbers",
    "Line[*]/Item": "line_items",
    "Line[*]/Count": "line_counts",
    "Note[*]": "notes",
}


def own_package(**changes: str) -> bytes:
    """The package as it is uploaded; ``changes`` replace files by name without ``.xsd``."""
    files = {"orders": ORDERS, "parties": PARTIES, "types": TYPES, **changes}
    return archive_of({f"{name}.xsd": content for name, content in files.items()})


def archive_of(files: Mapping[str, str]) -> bytes:
    """A zip of files by name."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def own_files(**changes: str) -> tuple[SchemaFile, ...]:
    """The files of the package, read."""
    return tuple(read_schema_package(own_package(**changes)))


def own_options(**changes: Any) -> XmlOptions:
    """A mapping of everything that the package has."""
    given = {"schema_package_id": PACKAGE_ID, "record": "Orders/Order", "elements": ELEMENTS, "fields": FIELDS}
    return XmlOptions.model_validate({**given, **changes})


def own_types() -> dict[str, DataType]:
    """The types of the fields that are mapped."""
    kinds = {"placed": DATE, "at": TIMESTAMP, "price": decimal(18, 6), "rate": decimal(10, 5), "urgent": BOOLEAN}
    return {**dict.fromkeys(FIELDS.values(), TEXT), **kinds}
