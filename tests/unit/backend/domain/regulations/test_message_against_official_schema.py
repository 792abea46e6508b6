"""The message of the pack, compared node by node with the schema ESMA publishes; nothing may differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from backend.domain.expressions.types import Kind
from backend.domain.regulations.loader import read_pack
from backend.domain.regulations.model import UNBOUNDED, Element, Format, Pack, TargetColumn

pytestmark = [pytest.mark.schemas, pytest.mark.thorough]

XS = "{http://www.w3.org/2001/XMLSchema}"
REPORTING = "auth.016.001.01_ESMAUG_Reporting_1.1.0.xsd"


@dataclass
class Child:
    """One element declaration of the schema."""

    name: str
    type: str
    minimum: int
    maximum: int


class Xsd:
    """Just enough of a schema reader for the guideline files: named types, sequences, choices, restrictions."""

    def __init__(self, path: Path) -> None:
        root = etree.parse(str(path)).getroot()
        self.types = {node.get("name"): node for node in root if node.tag in {f"{XS}complexType", f"{XS}simpleType"}}

    def children(self, name: str) -> list[Child]:
        return [
            Child(
                node.get("name"),
                node.get("type"),
                int(node.get("minOccurs", "1")),
                UNBOUNDED if node.get("maxOccurs") == "unbounded" else int(node.get("maxOccurs", "1")),
            )
            for node in self.types[name].iter(f"{XS}element")
        ]

    def is_choice(self, name: str) -> bool:
        return self.types[name].find(f"{XS}choice") is not None

    def is_leaf(self, name: str) -> bool:
        return not self.children(name)

    def attributes(self, name: str) -> dict[str, tuple[str, bool]]:
        nodes = self.types[name].iter(f"{XS}attribute")
        return {node.get("name"): (node.get("type"), node.get("use") == "required") for node in nodes}

    def facets(self, name: str) -> dict[str, Any]:
        node = self.types[name]
        extension = node.find(f"{XS}simpleContent/{XS}extension")
        if extension is not None:
            return self.facets(extension.get("base"))
        restriction = node.find(f"{XS}restriction")
        found: dict[str, Any] = {"base": restriction.get("base")}
        codes = [facet.get("value") for facet in restriction if facet.tag == f"{XS}enumeration"]
        if codes:
            found["enumeration"] = set(codes)
        for facet in restriction:
            if facet.tag != f"{XS}enumeration":
                found[facet.tag.removeprefix(XS)] = facet.get("value")
        return found


BASES = {
    Kind.TEXT: "xs:string",
    Kind.DECIMAL: "xs:decimal",
    Kind.INTEGER: "xs:decimal",
    Kind.BOOLEAN: "xs:boolean",
    Kind.DATE: "xs:date",
    Kind.TIMESTAMP: "xs:dateTime",
}


def plain(pattern: str) -> str:
    """The pattern without the notations that mean nothing: ``{2,2}``, ``{1}``, a group around letters."""
    pattern = pattern.replace("([A-Z]|[0-9])", "[A-Z0-9]")
    pattern = re.sub(r"\{(\d+),\1\}", r"{\1}", pattern).replace("{1}", "")
    return re.sub(r"\(([^()|]*)\)(?![{*+?])", r"\1", pattern)


def our_facets(facets: Format, allowed: tuple[str, ...] | None) -> dict[str, Any]:
    found: dict[str, Any] = {"base": BASES[facets.kind]}
    codes = set(facets.code_list or ()) & set(allowed) if allowed else set(facets.code_list or ())
    if codes:
        found["enumeration"] = codes
    if facets.pattern:
        found["pattern"] = plain(facets.pattern)
    for name, value in (
        ("minLength", facets.min_length),
        ("maxLength", facets.max_length),
        ("totalDigits", facets.total_digits),
        ("fractionDigits", facets.fraction_digits),
        ("minExclusive" if facets.exclusive_minimum else "minInclusive", facets.minimum),
    ):
        if value is not None:
            found[name] = str(value)
    return found


def their_facets(xsd: Xsd, name: str) -> dict[str, Any]:
    found = xsd.facets(name)
    if "pattern" in found:
        found["pattern"] = plain(found["pattern"])
        if re.fullmatch(r"[A-Z]+(\|[A-Z]+)*", found["pattern"]):  # a list of words written as a pattern
            found["enumeration"] = set(found.pop("pattern").split("|"))
    return found


def differences(xsd: Xsd, element: Element, name: str, path: str, columns: Mapping[str, TargetColumn]) -> Iterator[str]:
    """Every difference between one element of ours and the type the schema gives it, and below."""
    if element.column is not None:
        yield from leaf_differences(xsd, element, name, path, columns)
        return
    if xsd.is_leaf(name):
        yield f"{path}: a value in the schema"
        return
    if element.choice != xsd.is_choice(name):
        yield f"{path}: choice {element.choice}"
    groups = [(key, list(copies)) for key, copies in groupby(element.children, lambda child: child.name)]
    theirs = xsd.children(name)
    if [key for key, _ in groups] != [child.name for child in theirs]:
        yield f"{path}: has {[key for key, _ in groups]}, the schema {[child.name for child in theirs]}"
        return
    for (key, copies), child in zip(groups, theirs, strict=True):
        below = f"{path}/{key}"
        yield from occurrence_differences(copies, child, below, columns, in_choice=element.choice)
        for copy in copies:
            yield from differences(xsd, copy, child.type, below, columns)


def occurrence_differences(
    copies: list[Element], child: Child, path: str, columns: Mapping[str, TargetColumn], *, in_choice: bool
) -> Iterator[str]:
    first, *further = copies
    if [copy.instance for copy in copies] != list(range(1, len(copies) + 1)):
        yield f"{path}: instances {[copy.instance for copy in copies]}"
    if first.required != (child.minimum == 1 and not in_choice):
        yield f"{path}: required {first.required}"
    if any(copy.required for copy in further):
        yield f"{path}: a second instance is required"
    if first.column is not None and columns[first.column].repeats != child.maximum:
        yield f"{path}: {columns[first.column].repeats} times, the schema {child.maximum}"
    if first.column is None and bool(further) != (child.maximum > 1):
        yield f"{path}: {len(copies)} instances, the schema {child.maximum}"


def leaf_differences(
    xsd: Xsd, element: Element, name: str, path: str, columns: Mapping[str, TargetColumn]
) -> Iterator[str]:
    assert element.column is not None
    if not xsd.is_leaf(name):
        yield f"{path}: a group in the schema"
        return
    allowed = element.when.values if element.when and element.when.column == element.column else None
    ours, theirs = our_facets(columns[element.column].format, allowed), their_facets(xsd, name)
    if ours != theirs:
        yield f"{path}: {ours}, the schema {theirs}"
    wanted = xsd.attributes(name)
    if [attribute for attribute, _ in element.attributes] != list(wanted):
        yield f"{path}: attributes {element.attributes}, the schema {list(wanted)}"
        return
    for attribute, column in element.attributes:
        type_name, is_required = wanted[attribute]
        if not is_required or our_facets(columns[column].format, None) != their_facets(xsd, type_name):
            yield f"{path}/@{attribute}: differs from the schema"


def all_differences(folder: Path, pack: Pack) -> list[str]:
    xsd = Xsd(folder / REPORTING)
    return list(differences(xsd, pack.message.record, "ReportingTransactionType1Choice__1", "Tx", pack.columns))


def test_the_tree_and_every_facet_equal_the_official_schema(mifir_schemas: Path, pack: Pack) -> None:
    assert all_differences(mifir_schemas, pack) == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("fraction_digits: 13", "fraction_digits: 12", "Pric/Pric/MntryVal/Amt"),
        ("total_digits: 11", "total_digits: 12", "Pctg"),
        ("minimum: 0, exclusive_minimum: true}\n  positive", "minimum: 0}\n  positive", "Qty/Unit"),
        ("max_length: 350", "max_length: 351", "FullNm"),
        ('"[A-Z0-9]{1,35}"', '"[A-Z0-9]{1,36}"', "CmplxTradCmpntId"),
        ("repeats: 13", "repeats: 12", "OTCPstTradInd"),
        ("repeats: unbounded", "repeats: 9", "Bskt/ISIN"),
        ("{element: NetAmt, ", "{element: NetAmt, required: true, ", "NetAmt"),
        ("{element: TradVn, required: true, ", "{element: TradVn, ", "TradVn"),
        ("    choice: true\n    children:\n      - element: Pric\n", "    children:\n      - element: Pric\n", "Pric"),
        ("values: [NIDN, CCPT]", "values: [NIDN]", "SchmeNm/Cd"),
        ("{element: Buyr, required: true, use: side, with: {prefix: buyer}}\n", "", "New"),
    ],
)
def test_a_message_that_departs_from_the_schema_is_found(
    mifir_schemas: Path, pack_folder: Path, old: str, new: str, place: str
) -> None:
    path = pack_folder / "message.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    if old.startswith("{element: Buyr"):  # removed and put behind the seller: same elements, other order
        seller = "        - {element: Sellr, required: true, use: side, with: {prefix: seller}}\n"
        text = text.replace(f"        - {old}", "").replace(seller, f"{seller}        - {old}")
    else:
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    found = all_differences(mifir_schemas, read_pack(pack_folder))
    assert any(place in difference for difference in found), found


def test_a_group_that_lost_its_second_instance_is_found(mifir_schemas: Path, pack: Pack) -> None:
    xsd = Xsd(mifir_schemas / REPORTING)
    record = without_second_instances(pack.message.record, "DcsnMakr")
    found = list(differences(xsd, record, "ReportingTransactionType1Choice__1", "Tx", pack.columns))
    assert found == [f"Tx/New/{side}/DcsnMakr: 1 instances, the schema {UNBOUNDED}" for side in ("Buyr", "Sellr")]


def without_second_instances(element: Element, name: str) -> Element:
    kept = (child for child in element.children if child.name != name or child.instance == 1)
    return replace(element, children=tuple(without_second_instances(child, name) for child in kept))


def test_every_place_of_every_column_resolves_in_the_official_schema(mifir_schemas: Path, pack: Pack) -> None:
    xsd = Xsd(mifir_schemas / REPORTING)
    for column in pack.columns.values():
        assert column.xpaths, column.name
        for xpath in column.xpaths:
            assert resolves(xsd, xpath), f"{column.name}: {xpath}"


def resolves(xsd: Xsd, xpath: str) -> bool:
    name = "ReportingTransactionType1Choice__1"
    for part in xpath.split("/"):
        if part.startswith("@"):
            return part[1:] in xsd.attributes(name)
        found = [child for child in xsd.children(name) if child.name == re.sub(r"\[\d+\]$", "", part)]
        if not found:
            return False
        name = found[0].type
    return True


def test_a_path_that_is_not_in_the_schema_does_not_resolve(mifir_schemas: Path) -> None:
    xsd = Xsd(mifir_schemas / REPORTING)
    assert resolves(xsd, "New/Tx/Qty/NmnlVal/@Ccy")
    assert not resolves(xsd, "New/Tx/Qty/NmnlVal/@Cur")
    assert not resolves(xsd, "New/Buyr/AcctOwnr/Id/LEI/Id")
    assert not resolves(xsd, "New/TradDt")


def test_the_header_tokens_have_the_facets_of_the_application_header(mifir_schemas: Path, pack: Pack) -> None:
    xsd = Xsd(mifir_schemas / "head.001.001.01_ESMAUG_1.0.0.xsd")
    types = {
        "sender": "Max35Text",
        "receiver": "Max35Text",
        "business_message_identifier": "Max35Text",
        "message_definition": "Max35Text",
        "created_at": "ISONormalisedDateTime",
    }
    tokens = {token.name: token.format for token in pack.message.envelope.tokens}
    assert set(tokens) == set(types)
    for name, facets in tokens.items():
        assert our_facets(facets, None) == their_facets(xsd, types[name])


def test_the_wanted_schema_files_are_the_published_ones(mifir_schemas: Path, pack: Pack) -> None:
    for schema in pack.message.schemas:
        root = etree.parse(str(mifir_schemas / schema.file_name)).getroot()
        assert root.get("targetNamespace") == schema.namespace
