"""Reads the file: one record after the other as leaves in document order, without holding the document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lxml import etree

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:auth.016.001.01"
TextLeaf = tuple[str, str]


def read_records(path: Path) -> Iterator[list[TextLeaf]]:
    """The leaves of every record, in file order; an element without text and children is a leaf with empty text."""
    for record in _elements(path):
        leaves: list[TextLeaf] = []
        _collect(record, "", leaves)
        yield leaves


def read_keys(path: Path) -> list[tuple[str, str, str]]:
    """(reference, executing entity, ``New`` or ``Cxl``) of every record, in file order."""
    keys = []
    for record in _elements(path):
        form = record[0]
        reference, entity = (form.findtext(f"{{{NAMESPACE}}}{name}") or "" for name in ("TxId", "ExctgPty"))
        keys.append((reference, entity, _name(form)))
    return keys


def _elements(path: Path) -> Iterator[etree._Element]:
    name = f"{{{NAMESPACE}}}Tx"
    parsing = etree.iterparse(str(path), tag=name, resolve_entities=False, no_network=True, huge_tree=True)
    for _, element in parsing:
        parent = element.getparent()
        # The details of a transaction are called Tx as well; the record is the one below the report.
        if parent is not None and _name(parent) == "FinInstrmRptgTxRpt":
            yield element
            element.clear()
            while element.getprevious() is not None:
                del parent[0]


def _collect(element: etree._Element, path: str, leaves: list[TextLeaf]) -> None:
    seen: dict[str, int] = {}
    for child in element:
        name = _name(child)
        seen[name] = seen.get(name, 0) + 1
        step = name if seen[name] == 1 else f"{name}[{seen[name]}]"
        below = f"{path}/{step}" if path else step
        if len(child):
            _collect(child, below, leaves)
        else:
            leaves.append((below, child.text or ""))
        leaves.extend((f"{below}/@{attribute}", value) for attribute, value in child.attrib.items())


def _name(element: etree._Element) -> str:
    return str(element.tag).removeprefix(f"{{{NAMESPACE}}}")
