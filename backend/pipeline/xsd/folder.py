"""Schema documents laid out in a folder so that a compiler finds all of them and nothing else.

Compilers read one document of a namespace and pass over further ones: where a package has several, a document of our
own includes them. A wrapper imports every namespace; no location but the files of the folder remains.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from lxml import etree

from backend.pipeline.xsd.documents import XS, included_name
from backend.pipeline.xsd.finding import SchemaFileInvalid

_XS_NAMESPACE: Final = XS.strip("{}")
#: A schema without a target namespace could not import documents without one.
_WRAPPER: Final = "urn:openreg:wrapper"


def write_wrapper(folder: Path, documents: Mapping[str, etree._Element]) -> Path:
    """Write every document, by name, and the schema that imports them all; the documents' locations are changed."""
    places = {name: f"{number}.xsd" for number, name in enumerate(documents)}
    namespaces = _entries(documents)
    entries: dict[str, str] = {}
    for number, (namespace, names) in enumerate(namespaces.items()):
        if len(names) == 1:
            entries[namespace] = places[names[0]]
            continue
        entries[namespace] = f"all-{number}.xsd"
        includes = "".join(f"<xs:include schemaLocation={quoteattr(places[name])}/>" for name in names)
        _write(folder / entries[namespace], namespace, includes)
    for name, document in documents.items():
        _point(name, document, places, entries)
        (folder / places[name]).write_bytes(etree.tostring(document))
    imports = ""
    for namespace, place in entries.items():
        named = f"namespace={quoteattr(namespace)} " if namespace else ""
        imports += f"<xs:import {named}schemaLocation={quoteattr(place)}/>"
    wrapper = folder / "wrapper.xsd"
    _write(wrapper, _WRAPPER, imports)
    return wrapper


def namespace_of(document: etree._Element) -> str:
    """The namespace whose parts a document defines, empty for none."""
    return str(document.get("targetNamespace", ""))


def _entries(documents: Mapping[str, etree._Element]) -> dict[str, list[str]]:
    """By namespace the documents that no other one brings along."""
    included: dict[str, set[str]] = {}
    for name, document in documents.items():
        for node in document.iterfind(f"{XS}include"):
            if (other := included_name(node)) != name:
                included.setdefault(other, set()).add(namespace_of(document))
    found: dict[str, list[str]] = {}
    for name, document in documents.items():
        # A document without a namespace takes that of whoever includes it.
        if not included.get(name):
            found.setdefault(namespace_of(document), []).append(name)
    for name, document in documents.items():
        own = namespace_of(document)
        if own not in found and own in included.get(name, ()):
            found.setdefault(own, []).append(name)  # documents that include each other in a circle
    return found


def _point(name: str, document: etree._Element, places: Mapping[str, str], entries: Mapping[str, str]) -> None:
    """Only the files of the folder are left as places of what a document asks for."""
    for node in document.iterfind(f"{XS}import"):
        node.attrib.pop("schemaLocation", None)
        if (place := entries.get(node.get("namespace", ""))) is not None:
            node.set("schemaLocation", place)
    for node in document.iterfind(f"{XS}include"):
        wanted = included_name(node)
        if wanted not in places:
            raise SchemaFileInvalid(
                f"{name} takes parts from another file, {wanted or 'which it does not name'}, which is not there",
                fix="Put every schema that the schemas take parts from into the package.",
            )
        node.set("schemaLocation", places[wanted])


def _write(path: Path, namespace: str, content: str) -> None:
    target = f" targetNamespace={quoteattr(namespace)}" if namespace else ""
    path.write_text(f'<xs:schema xmlns:xs="{_XS_NAMESPACE}"{target}>{content}</xs:schema>', encoding="utf-8")
