"""Instrument reference data in XML (ISO 20022 auth.017 full, auth.036 delta), record by record, read as untrusted.

The names are those of the schemas auth.017.001.02 and auth.036.001.03; what wraps the document does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from lxml import etree

from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.connectors.files.rows import BadRow
from backend.services.reference_data.bad_rows import BadRows
from backend.services.reference_data.shapes import LoadMode

_TABLE: Final = "the instrument list"
_NAMESPACES: Final[Mapping[LoadMode, str]] = {
    LoadMode.FULL: "urn:iso:std:iso:20022:tech:xsd:auth.017.001.",
    LoadMode.PART: "urn:iso:std:iso:20022:tech:xsd:auth.017.001.",
    LoadMode.DELTA: "urn:iso:std:iso:20022:tech:xsd:auth.036.001.",
}
_MESSAGES: Final[Mapping[LoadMode, str]] = {
    LoadMode.FULL: "auth.017",
    LoadMode.PART: "auth.017",
    LoadMode.DELTA: "auth.036",
}
_RECORDS: Final[Mapping[LoadMode, str]] = {
    LoadMode.FULL: "RefData",
    LoadMode.PART: "RefData",
    LoadMode.DELTA: "FinInstrm",
}
_CANCELLED: Final = "CancRcrd"
_CHANGES: Final = frozenset({"NewRcrd", "ModfdRcrd", "TermntdRcrd", _CANCELLED})
_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
_MIC: Final = re.compile(r"[A-Z0-9]{4}")
_CFI: Final = re.compile(r"[A-Z]{6}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?")
_FETCH_AGAIN: Final = "Fetch the file again from its publisher."


@dataclass(frozen=True, slots=True)
class VenueRecord:
    """An instrument at a trading venue, or with ``is_cancelled`` that it never should have been there."""

    isin: str
    mic: str
    is_cancelled: bool
    cfi: str | None
    full_name: str | None
    notional_currency: str | None
    issuer: str | None
    maturity: date | None
    first_trade: date | None
    termination: date | None


class _Refused(Exception):
    """A record that cannot be taken: the element and the reason."""

    def __init__(self, element: str, reason: str) -> None:
        super().__init__(reason)
        self.element = element
        self.reason = reason


def read_firds(pieces: Iterable[bytes], file: str, mode: LoadMode, bad: BadRows) -> Iterator[VenueRecord]:
    """The records in order, in bounded memory. Raises FileUnreadable, ReferenceRowsRefused."""
    for number, record in enumerate(_elements(pieces, file, mode), 1):
        try:
            yield from _venues(record, mode)
        except _Refused as refused:
            reason = f"record {number}: {refused.reason}"
            bad.add([BadRow(_TABLE, file, record.sourceline or 0, refused.element, reason, "")])


def _elements(pieces: Iterable[bytes], file: str, mode: LoadMode) -> Iterator[etree._Element]:
    """Each record; what was read before it is forgotten."""
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=("{*}Document", f"{{*}}{_RECORDS[mode]}"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    tag = ""
    try:
        for piece in pieces:
            parser.feed(piece)
            for event, element in parser.read_events():
                if not tag:
                    _refuse_document_type(element, file)
                    tag = f"{_checked_namespace(element, file, mode)}{_RECORDS[mode]}"
                elif event == "end" and element.tag == tag:
                    yield element
                    _forget(element)
        parser.close()
    except etree.XMLSyntaxError as error:
        raise FileUnreadable(
            f"{file}, line {error.lineno or 0}: it is no whole XML document: {error.msg}.", fix=_FETCH_AGAIN
        ) from error
    if not tag:
        raise FileUnreadable(
            f"{file} holds no document {_MESSAGES[mode]}.", fix="Choose the file, or say that it is full or a delta."
        )


def _refuse_document_type(root: etree._Element, file: str) -> None:
    if root.getroottree().docinfo.doctype:
        raise FileUnreadable(
            f"{file} declares a document type; such files can hide entities and are not read.", fix=_FETCH_AGAIN
        )


def _namespace(element: etree._Element) -> str:
    return str(element.tag).partition("}")[0] + "}" if str(element.tag).startswith("{") else ""


def _checked_namespace(document: etree._Element, file: str, mode: LoadMode) -> str:
    found = _namespace(document)
    if not found.strip("{}").startswith(_NAMESPACES[mode]):
        raise FileUnreadable(
            f"{file} holds a document of {found.strip('{}') or 'no namespace'}, not {_MESSAGES[mode]}.",
            fix="Full files are auth.017, deltas auth.036: choose the file, or say which of them it is.",
        )
    return found


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _venues(record: etree._Element, mode: LoadMode) -> Iterator[VenueRecord]:
    is_cancelled = False
    if mode is LoadMode.DELTA:
        change = next(iter(record), None)
        name = etree.QName(change).localname if change is not None and isinstance(change.tag, str) else ""
        if change is None or name not in _CHANGES:
            raise _Refused("FinInstrm", "it is neither new, modified, terminated nor cancelled")
        record, is_cancelled = change, name == _CANCELLED
    space = _namespace(record)
    general = record.find(f"{space}FinInstrmGnlAttrbts")
    if general is None:
        raise _Refused("FinInstrmGnlAttrbts", "the element is not there")
    isin = _matching(general, space, "Id", _ISIN, "the value is no ISIN")
    venues = record.findall(f"{space}TradgVnRltdAttrbts")
    if isin is None or not venues:
        raise _Refused("Id" if isin is None else "TradgVnRltdAttrbts", "the element is not there")
    described = VenueRecord(
        isin=isin,
        mic="",
        is_cancelled=is_cancelled,
        cfi=_matching(general, space, "ClssfctnTp", _CFI, "the value is no CFI of six letters"),
        full_name=_text(general, f"{space}FullNm"),
        notional_currency=_matching(general, space, "NtnlCcy", _CURRENCY, "the value is no currency"),
        issuer=_text(record, f"{space}Issr"),
        maturity=_day(record, space, "DebtInstrmAttrbts/MtrtyDt") or _day(record, space, "DerivInstrmAttrbts/XpryDt"),
        first_trade=None,
        termination=None,
    )
    if not is_cancelled and described.cfi is None:
        raise _Refused("ClssfctnTp", "the element is not there")
    for venue in venues:
        mic = _matching(venue, space, "Id", _MIC, "the value is no MIC")
        if mic is None:
            raise _Refused("Id", "the venue has no MIC")
        first, last = _day(venue, space, "FrstTradDt"), _day(venue, space, "TermntnDt")
        yield replace(described, mic=mic, first_trade=first, termination=last)


def _text(element: etree._Element, path: str) -> str | None:
    return (element.findtext(path) or "").strip() or None


def _matching(element: etree._Element, space: str, name: str, form: re.Pattern[str], reason: str) -> str | None:
    text = _text(element, f"{space}{name}")
    if text is not None and form.fullmatch(text) is None:
        raise _Refused(name, reason)
    return text


def _day(element: etree._Element, space: str, path: str) -> date | None:
    """A day, or the day of an instant in UTC."""
    text = _text(element, "/".join(f"{space}{name}" for name in path.split("/")))
    if text is None:
        return None
    try:
        if (plain := _DAY.fullmatch(text)) is not None:
            return date.fromisoformat(plain[1])
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Refused(path.rpartition("/")[2], "the value is no day") from None
    return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()
