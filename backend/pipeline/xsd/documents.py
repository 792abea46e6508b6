"""Schema documents read as untrusted input: hardened parsing, what they import, what forbids chunkwise checking."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from backend.pipeline.xsd.finding import SchemaFileInvalid

XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_IDENTITY: Final = frozenset(f"{XS}{name}" for name in ("unique", "key", "keyref"))
_CHANGING: Final = frozenset(f"{XS}{name}" for name in ("redefine", "override"))
_DOCUMENT_WIDE_TYPES: Final = frozenset({"ID", "IDREF", "IDREFS", "ENTITY", "ENTITIES", "NOTATION"})


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """One schema document: where it came from, what it defines, its content as read and the hash of that.

    ``includes`` are the names of the files whose parts it takes for its own.
    """

    name: str
    namespace: str
    sha256: str
    content: bytes
    imports: tuple[str, ...]
    includes: tuple[str, ...] = ()


def read_schema_file(name: str, content: bytes) -> SchemaFile:
    """Read one schema document; refuses document type declarations, changed parts of other files and other XML."""
    root = parse_schema(name, content)
    imports = tuple(node.get("namespace", "") for node in root.iterfind(f"{XS}import"))
    includes = tuple(map(included_name, root.iterfind(f"{XS}include")))
    return SchemaFile(
        name=name,
        namespace=root.get("targetNamespace", ""),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        imports=tuple(dict.fromkeys(imports)),
        includes=tuple(dict.fromkeys(includes)),
    )


def included_name(node: etree._Element) -> str:
    """The name of the file that an xs:include asks for; the packages of regulators have no folders that matter."""
    return str(node.get("schemaLocation", "")).rsplit("/", 1)[-1]


def check_locations(files: Sequence[SchemaFile]) -> None:
    """Raise SchemaFileInvalid when a file takes parts from one that the package does not have; none is fetched."""
    names = {file.name for file in files}
    namespaces = {file.namespace for file in files}
    for file in files:
        for node in parse_schema(file.name, file.content).iterfind("*"):
            location = node.get("schemaLocation", "")
            is_missing = (node.tag == f"{XS}include" and included_name(node) not in names) or (
                node.tag == f"{XS}import" and _is_remote(location) and node.get("namespace", "") not in namespaces
            )
            if is_missing or (node.tag == f"{XS}include" and _is_remote(location)):
                raise SchemaFileInvalid(
                    f"{file.name}, line {node.sourceline}: {location or 'an xs:include without a place'} "
                    "is not in the package, and nothing is fetched",
                    fix="Put every schema that the schemas take parts from into the package.",
                    extra={"file": file.name, "line": node.sourceline},
                )


def _is_remote(location: str) -> bool:
    return "://" in location


def parse_schema(name: str, content: bytes) -> etree._Element:
    """Parse untrusted schema text without entities, network or document type."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise SchemaFileInvalid(
            f"{name} is not well-formed XML: {error.msg}",
            fix="Take the file again from the regulator's package.",
            extra={"line": error.lineno, "column": error.offset},
        ) from error
    if root.getroottree().docinfo.doctype:
        raise SchemaFileInvalid(
            f"{name} has a document type declaration, which is not allowed in a schema",
            fix="Remove the DOCTYPE, or take the file again from the regulator's package.",
            extra={"file": name},
        )
    if root.tag != f"{XS}schema":
        raise SchemaFileInvalid(f"{name} is XML but no XML schema", fix="Install files whose root is xs:schema.")
    changing = next((node for node in root if node.tag in _CHANGING), None)
    if changing is not None:
        raise SchemaFileInvalid(
            f"{name}, line {changing.sourceline}: xs:{etree.QName(changing).localname} changes parts of another file, "
            "which is not supported",
            fix="Use the regulator's self-contained schema of this message.",
            extra={"line": changing.sourceline},
        )
    return root


def has_document_wide_constraints(root: etree._Element) -> bool:
    """Whether the schema compares values across a document: identity constraints or ID-like types."""
    for node in root.iter(*_IDENTITY, f"{XS}element", f"{XS}attribute", f"{XS}restriction", f"{XS}list", f"{XS}union"):
        if node.tag in _IDENTITY:
            return True
        types = " ".join(node.get(name, "") for name in ("type", "base", "itemType", "memberTypes"))
        if any(name.rpartition(":")[2] in _DOCUMENT_WIDE_TYPES for name in types.split() if _is_xs(node, name)):
            return True
    return False


def repeats_freely(root: etree._Element, path: tuple[str, ...]) -> bool:
    """Whether the element at the path below the document element may stand 1 to any number of times.

    Resolves local elements of named and anonymous types; what it cannot follow counts as no.
    """
    found = next((node for node in root.iterfind(f"{XS}element") if node.get("name") == path[0]), None)
    for name in path[1:]:
        if found is None:
            return False
        found = next((node for node in _local_elements(root, found) if node.get("name") == name), None)
    return found is not None and found.get("maxOccurs") == "unbounded" and found.get("minOccurs", "1") in {"0", "1"}


def _local_elements(root: etree._Element, element: etree._Element) -> Iterator[etree._Element]:
    name = element.get("type", "").rpartition(":")[2]
    owner = element.find(f"{XS}complexType")
    if name:
        owner = next((node for node in root.iterfind(f"{XS}complexType") if node.get("name") == name), None)
    if owner is not None:
        yield from owner.iterfind(f"{XS}sequence/{XS}element")


def _is_xs(node: etree._Element, name: str) -> bool:
    prefix = name.rpartition(":")[0] or None
    return bool(node.nsmap.get(prefix) == XS.strip("{}"))
