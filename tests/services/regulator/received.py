"""A file as the regulator reads it: wrapper, business header and transactions, checked against the official schemas.

Nothing of the product is used here.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

HEAD_003 = "urn:iso:std:iso:20022:tech:xsd:head.003.001.01"
HEAD_001 = "urn:iso:std:iso:20022:tech:xsd:head.001.001.01"
AUTH_016 = "urn:iso:std:iso:20022:tech:xsd:auth.016.001.01"
AUTH_031 = "urn:iso:std:iso:20022:tech:xsd:auth.031.001.01"
SCHEMA_FILES = {
    HEAD_003: "head.003.001.01.xsd",
    HEAD_001: "head.001.001.01_ESMAUG_1.0.0.xsd",
    AUTH_016: "auth.016.001.01_ESMAUG_Reporting_1.1.0.xsd",
    AUTH_031: "auth.031.001.01_ESMAUG_Reporting_1.1.0.xsd",
}
NEW = "New"
CANCELLATION = "Cxl"


class NotAFile(ValueError):
    """What arrived is no message: it cannot be unpacked or read."""


@dataclass(frozen=True)
class Transaction:
    """One report: who executed it, its reference, and whether it is new or takes one back."""

    lei: str
    reference: str
    kind: str

    @property
    def record_id(self) -> str:
        """As status advices name it: the executing entity and its reference, one after the other."""
        return self.lei + self.reference


@dataclass(frozen=True)
class Received:
    """``faults`` are what the schemas object to; there are no transactions then."""

    message_id: str
    transactions: tuple[Transaction, ...]
    faults: tuple[str, ...]


class Schemas:
    """The official schemas of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, etree.XMLSchema] = {}

    def faults(self, namespace: str, element: etree._Element) -> list[str]:
        """What the schema of a namespace objects to."""
        if namespace not in self._known:
            self._known[namespace] = etree.XMLSchema(etree.parse(self._folder / SCHEMA_FILES[namespace]))
        schema = self._known[namespace]
        # Alone: its place in the whole file is the wrapper's affair.
        schema.validate(etree.fromstring(etree.tostring(element, with_tail=False)))
        return [f"line {one.line}: {one.message}" for one in schema.error_log]


def read(path: Path, schemas: Schemas) -> Received:
    """Raises NotAFile."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
    try:
        root = etree.parse(io.BytesIO(_unpacked(path)), parser).getroot()
    except (etree.XMLSyntaxError, zipfile.BadZipFile, OSError) as error:
        raise NotAFile(str(error)) from error
    header = root.find(f".//{{{HEAD_001}}}AppHdr")
    document = root.find(f".//{{{AUTH_016}}}Document")
    if header is None or document is None:
        raise NotAFile("there is no business header, or no transaction report")
    message_id = header.findtext(f"{{{HEAD_001}}}BizMsgIdr") or ""
    faults = (*schemas.faults(HEAD_001, header), *schemas.faults(AUTH_016, document))
    return Received(message_id, () if faults else tuple(_transactions(document)), faults)


def is_message(path: Path) -> bool:
    """Whether a file is meant for the regulator: XML, packed or not; firms keep other files beside it."""
    if path.suffix == ".zip" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return all(name.endswith(".xml") for name in archive.namelist())
    return path.suffix in {".xml", ".zip"} or path.suffixes[-2:] == [".xml", ".gz"]


def _unpacked(path: Path) -> bytes:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return archive.read(archive.infolist()[0])
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    return path.read_bytes()


def _transactions(document: etree._Element) -> Iterator[Transaction]:
    for report in document.iter(f"{{{AUTH_016}}}{NEW}", f"{{{AUTH_016}}}{CANCELLATION}"):
        lei, reference = report.findtext(f"{{{AUTH_016}}}ExctgPty"), report.findtext(f"{{{AUTH_016}}}TxId")
        yield Transaction(lei or "", reference or "", etree.QName(report).localname)
