"""A small wrapper with two namespaces, built like the official ones: a strict wildcard holds the document."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backend.pipeline.xsd import SchemaSet, schema_set

WRAPPER, LETTER = "urn:test:wrapper", "urn:test:letter"
ROOT = f"{{{WRAPPER}}}File"
RECORD = tuple(f"{{{LETTER}}}{name}" for name in ("Letter", "Lines", "Line"))
WRAPPER_SCHEMA = f"""
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{WRAPPER}" elementFormDefault="qualified">
  <xs:element name="File"><xs:complexType><xs:sequence>
    <xs:element name="Sender"><xs:simpleType><xs:restriction base="xs:string">
      <xs:minLength value="1"/></xs:restriction></xs:simpleType></xs:element>
    <xs:any namespace="##any" processContents="strict"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
LETTER_SCHEMA = f"""
<xs:schema xmlns="{LETTER}" xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{LETTER}"
    elementFormDefault="qualified">
  <xs:element name="Letter" type="Letter"/>
  <xs:complexType name="Letter"><xs:sequence><xs:element name="Lines" type="Lines"/></xs:sequence></xs:complexType>
  <xs:complexType name="Lines"><xs:sequence>
    <xs:element name="Line" type="Line" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
  <xs:complexType name="Line"><xs:simpleContent><xs:extension base="Word">
    <xs:attribute name="Tone" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType>
  <xs:simpleType name="Word"><xs:restriction base="xs:string">
    <xs:pattern value="[a-z]{{1,9}}"/></xs:restriction></xs:simpleType>
</xs:schema>"""
HEADER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<File xmlns="{WRAPPER}"><Sender>me</Sender><Letter xmlns="{LETTER}"><Lines>\n'
).encode()
FOOTER = b"</Lines></Letter></File>\n"


def letter(*lines: str) -> bytes:
    """A file with these lines, one line of text each."""
    return HEADER + "".join(f"<Line>{line}</Line>\n" for line in lines).encode() + FOOTER


@pytest.fixture
def write_letter() -> Callable[..., bytes]:
    return letter


@pytest.fixture
def files() -> dict[str, bytes]:
    return {WRAPPER: WRAPPER_SCHEMA.encode(), LETTER: LETTER_SCHEMA.encode()}


@pytest.fixture
def make_set(files: dict[str, bytes]) -> Callable[..., SchemaSet]:
    def make(changes: dict[str, bytes] | None = None) -> SchemaSet:
        return SchemaSet.from_files({**files, **(changes or {})}, ROOT, RECORD)

    return make


@pytest.fixture(params=["libxml2", "lxml"])
def letter_set(
    request: pytest.FixtureRequest, make_set: Callable[..., SchemaSet], monkeypatch: pytest.MonkeyPatch
) -> SchemaSet:
    """The schema set on the system's libxml2, and as it runs where that library is missing."""
    if request.param == "lxml":
        monkeypatch.setattr(schema_set, "find_libxml2", lambda: None)
    return make_set()
