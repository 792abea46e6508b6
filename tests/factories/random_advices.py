"""Random status advices, made by walking a regulator's XSD, and what is in them as XPath says it.

Nothing of this is of the product: grammar, states and reading are told a second time, from the schemas.
"""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
UNBOUNDED = 4
TEXTS = "abcXYZ019 -_/.,&<>'\"äßé€日本\U0001f4a5"


@dataclass(frozen=True)
class ExpectedRule:
    """A rule as XPath finds it."""

    id: str
    text: str | None
    scheme: str | None
    issuer: str | None


@dataclass(frozen=True)
class ExpectedRecord:
    """A record as XPath finds it."""

    message: int
    id: str
    code: str
    rules: tuple[ExpectedRule, ...]


@dataclass(frozen=True)
class ExpectedMessage:
    """A message as XPath finds it; ``stated`` by code."""

    id: str | None
    code: str | None
    total: int | None
    stated: dict[str, int]
    rules: tuple[ExpectedRule, ...]


@dataclass(frozen=True)
class RandomAdvice:
    """A file and its content."""

    content: bytes
    messages: tuple[ExpectedMessage, ...]
    records: tuple[ExpectedRecord, ...]


class RandomDocument:
    """Documents of one schema."""

    def __init__(self, schema: Path, draws: random.Random) -> None:
        self._root = etree.parse(str(schema)).getroot()
        self._namespace = self._root.get("targetNamespace")
        self._types = {one.get("name"): one for one in self._root if one.tag in {XS + "complexType", XS + "simpleType"}}
        self._draws = draws

    def draw(self) -> etree._Element:
        """A document that follows the schema."""
        return self._element(self._root.find(f"{XS}element"))

    def _element(self, declared: etree._Element) -> etree._Element:
        element = etree.Element(f"{{{self._namespace}}}{declared.get('name')}")
        kind = self._types.get(declared.get("type"))
        if kind is None or kind.tag == XS + "simpleType":
            element.text = self._text(declared.get("type"), kind)
            return element
        for part in kind:
            self._fill(element, part)
        return element

    def _fill(self, element: etree._Element, part: etree._Element) -> None:
        if part.tag == XS + "any":
            etree.SubElement(element, "{urn:x}Anything").text = "whatever"
        elif part.tag == XS + "element":
            for _ in range(self._times(part)):
                element.append(self._element(part))
        elif part.tag == XS + "choice":
            self._fill(element, self._draws.choice([one for one in part if isinstance(one.tag, str)]))
        elif part.tag in {XS + "sequence", XS + "all"}:
            for one in part:
                self._fill(element, one)
        elif part.tag != XS + "annotation":
            raise ValueError(f"{part.tag} is not drawn")

    def _times(self, part: etree._Element) -> int:
        least, most = int(part.get("minOccurs", "1")), part.get("maxOccurs", "1")
        return self._draws.randint(least, UNBOUNDED if most == "unbounded" else min(int(most), UNBOUNDED))

    def _text(self, name: str, kind: etree._Element | None) -> str:
        restriction = kind.find(f"{XS}restriction") if kind is not None else None
        facets: dict[str, list[str]] = {}
        for one in restriction if restriction is not None else ():
            facets.setdefault(etree.QName(one).localname, []).append(one.get("value"))
        base = (restriction.get("base") if restriction is not None else name).partition(":")[2]
        if "enumeration" in facets:
            return self._draws.choice(facets["enumeration"])
        if "pattern" in facets:
            return drawn_by_pattern(facets["pattern"][0], self._draws)
        return self._plain(base, int(facets.get("maxLength", ["20"])[0]), int(facets.get("minLength", ["1"])[0]))

    def _plain(self, base: str, longest: int, shortest: int) -> str:
        draws = self._draws
        if base == "string":
            length = draws.randint(shortest, min(longest, 60))
            inner = "".join(draws.choice(TEXTS) for _ in range(length))
            return "".join("x" if one == " " and place in {0, length - 1} else one for place, one in enumerate(inner))
        if base == "decimal":
            return str(Decimal(draws.randint(0, 10**6)))
        if base == "date":
            return f"2026-{draws.randint(1, 12):02d}-{draws.randint(1, 28):02d}"
        if base == "dateTime":
            return f"2026-11-{draws.randint(1, 28):02d}T{draws.randint(0, 23):02d}:00:00Z"
        if base == "boolean":
            return draws.choice(["true", "false"])
        raise ValueError(f"values of {base} are not drawn")


def drawn_by_pattern(pattern: str, draws: random.Random) -> str:
    """A text of a pattern made of classes of characters and numbers of times."""
    drawn = []
    for part in re.finditer(
        r"(?:\[(?P<some>[^\]]+)\]|(?P<group>\([^)]*\)))(?:\{(?P<least>\d+)(?:,(?P<most>\d+))?\})?", pattern
    ):
        times = draws.randint(int(part["least"] or 1), int(part["most"] or part["least"] or 1))
        drawn += [_once(part["group"], part["some"], draws) for _ in range(times)]
    return "".join(drawn)


def _once(group: str | None, some: str | None, draws: random.Random) -> str:
    return drawn_by_pattern(group[1:-1], draws) if group else draws.choice(_class(some or ""))


def _class(text: str) -> str:
    ranges = {"A-Z": string.ascii_uppercase, "0-9": string.digits, "a-z": string.ascii_lowercase}
    return "".join(ranges[one] for one in re.findall(r"\w-\w", text))


def random_advice(schema: Path, seed: int) -> RandomAdvice:
    """A document of the schema in one of many disguises."""
    draws = random.Random(seed)
    root = RandomDocument(schema, draws).draw()
    return RandomAdvice(_disguised(root, draws), *_said(root))


def _disguised(root: etree._Element, draws: random.Random) -> bytes:
    """The document with a prefix or without, with comments and instructions, in one of several encodings."""
    namespace = etree.QName(root).namespace
    prefix = draws.choice([None, "n", "Document"])
    copied = etree.Element(root.tag, nsmap={prefix: namespace})
    copied.extend(list(etree.fromstring(etree.tostring(root))))
    for element in list(copied.iter(f"{{{namespace}}}*")):
        if draws.random() < 0.1:
            element.addprevious(etree.Comment(" RcrdSts ")) if element is not copied else None
        # What an encoding lacks is written as a reference, which a CDATA section cannot hold.
        if len(element) == 0 and element.text and element.text.isascii() and draws.random() < 0.1:
            element.text = etree.CDATA(element.text)
    if draws.random() < 0.5:
        etree.indent(copied)
    encoding = draws.choice(["UTF-8", "UTF-16", "ISO-8859-1", "US-ASCII"])
    return etree.tostring(copied, xml_declaration=True, encoding=encoding)


def _said(root: etree._Element) -> tuple[tuple[ExpectedMessage, ...], tuple[ExpectedRecord, ...]]:
    names = {"StsAdvc": _of_status_advice, "RjctnSttstcs": _of_rejections, "TxRptStsAndRsn": _of_rejections}
    first = etree.QName(root[0][0]).localname
    return names[first](root)


def _of_status_advice(root: etree._Element) -> tuple[tuple[ExpectedMessage, ...], tuple[ExpectedRecord, ...]]:
    messages, records = [], []
    for number, one in enumerate(_all(root, "*/*[local-name()='StsAdvc']"), 1):
        counts: Counter[str] = Counter()
        for count in _all(one, "*[local-name()='MsgSts']/*/*[local-name()='NbOfRcrdsPerSts']"):
            counts[str(_one(count, "DtldSts"))] += int(str(_one(count, "DtldNbOfRcrds")))
        total = _texts(one, "*[local-name()='MsgSts']/*/*[local-name()='TtlNbOfRcrds']")
        status = _texts(one, "*[local-name()='MsgSts']/*[local-name()='Sts']")
        rules = _rules(one, "*[local-name()='MsgSts']/*[local-name()='VldtnRule']")
        messages.append(
            ExpectedMessage(
                _one(one, "MsgRptIdr"),
                status[0] if status else None,
                int(total[0]) if total else None,
                dict(counts),
                rules,
            )
        )
        for record in _all(one, "*[local-name()='RcrdSts']"):
            identity, code = str(_one(record, "OrgnlRcrdId")), str(_one(record, "Sts"))
            records.append(ExpectedRecord(number, identity, code, _rules(record, "*[local-name()='VldtnRule']")))
    return tuple(messages), tuple(records)


def _of_rejections(root: etree._Element) -> tuple[tuple[ExpectedMessage, ...], tuple[ExpectedRecord, ...]]:
    blocks = _all(root, "*/*/*[local-name()='Rpt']/*[local-name()='RjctnSttstcs']") or _all(
        root, "*/*[local-name()='TxRptStsAndRsn']/*[local-name()='Rpt']"
    )
    messages, records = [], []
    for number, one in enumerate(blocks, 1):
        details = _all(one, "*/*[local-name()='DtldSttstcs']")
        totals = [int(text) for part in details for text in _texts(part, "*[local-name()='TtlNbOfTxs']")]
        stated = {
            code: sum(int(text) for part in details for text in _texts(part, f"*[local-name()='{name}']"))
            for code, name in (("ACPT", "TtlNbOfTxsAccptd"), ("RJCT", "TtlNbOfTxsRjctd"))
        }
        rules = _rules(one, ".//*[local-name()='RptSts']/*[local-name()='DtldVldtnRule']")
        messages.append(ExpectedMessage(None, None, sum(totals) if totals else None, stated if totals else {}, rules))
        records += [_rejected(number, record) for record in _all(one, ".//*[local-name()='TxsRjctnsRsn']")]
    return tuple(messages), tuple(records)


def _rejected(message: int, record: etree._Element) -> ExpectedRecord:
    rules = _rules(record, "*[local-name()='DtldVldtnRule']")
    return ExpectedRecord(message, _identity(record), str(_one(record, "Sts")), rules)


def _identity(record: etree._Element) -> str:
    paths = (
        "*/*[local-name()='UnqIdr']/*[local-name()='UnqTxIdr']",
        "*/*[local-name()='UnqIdr']/*[local-name()='Prtry']/*[local-name()='Id']",
        "*/*/*[local-name()='UnqTradIdr']",
        "*/*[local-name()='MrgnRptg']/*[local-name()='CollPrtflId']",
        "*/*[local-name()='TechRcrdId']",
        "*/*/*[local-name()='TechRcrdId']",
    )
    for path in paths:
        found = _texts(record, path)
        if found:
            return found[0]
    return ""


def _rules(element: etree._Element, path: str) -> tuple[ExpectedRule, ...]:
    found = []
    for one in _all(element, path):
        scheme = _texts(one, "*[local-name()='SchmeNm']/*")
        found.append(
            ExpectedRule(str(_one(one, "Id")), _one(one, "Desc"), scheme[0] if scheme else None, _one(one, "Issr"))
        )
    return tuple(found)


def _all(element: etree._Element, path: str) -> list[etree._Element]:
    found: Any = element.xpath(path)
    return list(found)


def _texts(element: etree._Element, path: str) -> list[str]:
    return ["".join(one.itertext()) for one in _all(element, path)]


def _one(element: etree._Element, name: str) -> str | None:
    found = _texts(element, f"*[local-name()='{name}']")
    return found[0] if found else None
