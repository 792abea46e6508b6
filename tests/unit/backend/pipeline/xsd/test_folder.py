"""Packages of several files: parts of a namespace in two of them, includes with and without a namespace, circles."""

from __future__ import annotations

import pytest

from backend.pipeline.xsd import ElementTree, SchemaFile, SchemaFileInvalid, SchemaSet, admit_schema_package
from tests.factories.own_schemas import archive_of

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'


def schema(content: str, namespace: str = "urn:a") -> str:
    target = f' targetNamespace="{namespace}" xmlns="{namespace}" elementFormDefault="qualified"' if namespace else ""
    return f"<xs:schema {XS}{target}>{content}</xs:schema>"


LEAF = '<xs:element name="Leaf" type="Short"/>'
SHORT = """<xs:simpleType name="Short"><xs:restriction base="xs:string"><xs:maxLength value="3"/></xs:restriction>
</xs:simpleType>"""


@pytest.mark.parametrize(
    "parts",
    [
        {"a": schema('<xs:include schemaLocation="b.xsd"/>' + LEAF), "b": schema(SHORT)},
        {"a": schema('<xs:include schemaLocation="deep/folder/b.xsd"/>' + LEAF), "b": schema(SHORT, "")},
        {"b": schema('<xs:include schemaLocation="a.xsd"/>' + SHORT),
         "a": schema('<xs:include schemaLocation="b.xsd"/>' + LEAF)},
        {"a": schema('<xs:include schemaLocation="b.xsd"/>' + LEAF), "b": schema(SHORT),
         "c": schema('<xs:element name="Other" type="xs:int"/>')},
        {"a": schema(LEAF + SHORT),
         "b": schema('<xs:import namespace="urn:a" schemaLocation="https://192.0.2.1/a.xsd"/>'
                     '<xs:element name="Far" xmlns:a="urn:a" type="a:Short"/>', "urn:b")},
    ],
    ids=["include", "no namespace", "a circle", "two files of a namespace", "a remote place of what is there"],
)  # fmt: skip
def test_the_files_of_a_package_find_each_other(parts: dict[str, str]) -> None:
    files = files_of(parts)
    tree = ElementTree(files)
    assert "{urn:a}Leaf" in [one.step for one in tree.roots()]
    schemas = SchemaSet.of_package(files, "{urn:a}Leaf")
    assert schemas.validate(b'<Leaf xmlns="urn:a">abc</Leaf>') == []
    assert schemas.validate(b'<Leaf xmlns="urn:a">abcd</Leaf>')


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"a": schema('\n<xs:include schemaLocation="gone.xsd"/>' + LEAF)}, r"a\.xsd, line 2: gone\.xsd is not in"),
        ({"a": schema("<xs:include/>" + LEAF)}, r"a\.xsd, line 1: an xs:include without a place"),
        ({"a": schema('<xs:include schemaLocation="http://192.0.2.1/a.xsd"/>')},
         r"line 1: http://192\.0\.2\.1/a\.xsd"),
        ({"a": schema('<xs:import namespace="urn:x" schemaLocation="http://192.0.2.1/x.xsd"/>')},
         r"http://192\.0\.2\.1"),
        ({"a": schema('<xs:redefine schemaLocation="b.xsd"/>'), "b": schema(SHORT)}, r"a\.xsd, line 1: xs:redefine"),
        ({"a": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + schema("&e;")},
         r"a\.xsd has a document type"),
    ],
    ids=["missing", "unnamed", "remote include", "remote import", "redefine", "external entity"],
)  # fmt: skip
def test_what_would_come_from_elsewhere_is_refused_with_its_place(parts: dict[str, str], reason: str) -> None:
    with pytest.raises(SchemaFileInvalid, match=reason):
        files_of(parts)


def files_of(parts: dict[str, str]) -> list[SchemaFile]:
    """A package with exactly these files."""
    return admit_schema_package(archive_of({f"{name}.xsd": content for name, content in parts.items()}))
