"""The parts of an XLSX workbook, opened only when their sizes are such as a workbook has."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final
from xml.parsers import expat

from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable

MAX_PARTS: Final = 10_000
MAX_UNPACKED_BYTES: Final = 2 * 1024**3
MAX_RATIO: Final = 250
"""How many times larger a part may be than its packed form; sheets are at most about a tenth of this."""
MAX_TEXTS_BYTES: Final = 64 * 1024**2
"""Of the shared texts, which are held in memory, and of each smaller part."""
_SMALL_PART: Final = 1024 * 1024
_PIECE: Final = 64 * 1024
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEXTS: Final = "xl/sharedStrings.xml"
_STYLES: Final = "xl/styles.xml"
_BOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"

Attributes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet as the workbook lists it."""

    name: str
    relation: str
    is_hidden: bool


class Workbook:
    """An open workbook."""

    def __init__(self, archive: zipfile.ZipFile, file: str) -> None:
        """``archive`` has been checked."""
        self._archive = archive
        self._file = file
        self.sheets: list[SheetPart] = []
        self.is_1904 = False
        self._targets: dict[str, str] = {}
        self.parse(_BOOK, self._book_element)
        self.parse(_RELATIONS, self._relation_element)

    def has(self, part: str) -> bool:
        """Whether the workbook has a part."""
        return part in self._archive.namelist()

    def path_of(self, name: str | None) -> tuple[str, str]:
        """Name and part of a sheet; of the first that is not hidden when no name is given. Raises FileUnreadable."""
        found = [one for one in self.sheets if one.name == name or (name is None and not one.is_hidden)]
        if not found or found[0].relation not in self._targets:
            names = ", ".join(one.name for one in self.sheets)
            raise FileUnreadable(
                f"{self._file} has no sheet {name or 'that is shown'}.", fix=f"Its sheets are: {names}."
            )
        target = self._targets[found[0].relation]
        path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        if not self.has(path):
            raise FileUnreadable(f"{self._file}: the sheet {found[0].name} is not in the file.")
        return found[0].name, path

    def parse(
        self,
        part: str,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Read a whole part, which is limited as what is held in memory."""
        if self._archive.getinfo(part).file_size > MAX_TEXTS_BYTES:
            raise FileTooLarge(f"{self._file}: {part} has more than {MAX_TEXTS_BYTES // 1024**2} MiB when unpacked.")
        for _ in self.pieces(part, start, end, text):
            pass

    def pieces(
        self,
        part: str,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Read a part piece by piece, and stop after each for what was found."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
        if end is not None:
            closes = end
            parser.EndElementHandler = lambda name: closes(_local(name))
        if text is not None:
            parser.CharacterDataHandler = text
        with self._archive.open(part) as opened:
            while piece := opened.read(_PIECE):
                parser.Parse(piece, False)
                yield
        parser.Parse(b"", True)
        yield

    def _refuse_doctype(self, *_: object) -> None:
        raise FileUnreadable(f"{self._file} holds a document type, which no workbook has.")

    def _book_element(self, name: str, attributes: Attributes) -> None:
        if name == "workbookPr":
            self.is_1904 = attributes.get("date1904", "0") in ("1", "true")
        elif name == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self.sheets.append(
                SheetPart(attributes.get("name", ""), relation, attributes.get("state", "visible") != "visible")
            )

    def _relation_element(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            self._targets[attributes.get("Id", "")] = attributes.get("Target", "")


@contextmanager
def open_workbook(opened: IO[bytes], file: str) -> Iterator[Workbook]:
    """The workbook in a file. Raises FileUnreadable for what is none, FileTooLarge for more than is read."""
    _check_kind(opened, file)
    try:
        with zipfile.ZipFile(opened) as archive:
            _check_archive(archive, file)
            yield Workbook(archive, file)
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        EOFError,
        KeyError,
        ValueError,
        NotImplementedError,
    ) as error:
        raise FileUnreadable(f"{file} is not a readable workbook: it is damaged.") from error


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _check_kind(opened: IO[bytes], file: str) -> None:
    opened.seek(0)
    head = opened.read(512)
    if head.startswith(_OLE):
        place = (int.from_bytes(head[48:52], "little") + 1) << min(int.from_bytes(head[30:32], "little"), 12)
        opened.seek(place)
        is_encrypted = "EncryptedPackage".encode("utf-16-le") in opened.read(4096)
        what = "is encrypted" if is_encrypted else "is a workbook of Excel 97 to 2003 (.xls)"
        fix = "Save it without a password." if is_encrypted else "Save it as .xlsx."
        raise FileUnreadable(f"{file} {what}, which is not read.", fix=fix)
    if not head.startswith(b"PK"):
        raise FileUnreadable(f"{file} is no XLSX workbook.", fix="Save it as .xlsx, or correct the table's format.")


def _check_archive(archive: zipfile.ZipFile, file: str) -> None:
    """Refuse what would unpack to more than a workbook has, before anything is unpacked."""
    parts = archive.infolist()
    names = {one.filename for one in parts}
    if _BOOK not in names:
        is_binary = "xl/workbook.bin" in names
        what = "is a binary workbook (.xlsb)" if is_binary else "is a zip file, but no XLSX workbook"
        raise FileUnreadable(f"{file} {what}.", fix="Save it as .xlsx.")
    if len(parts) > MAX_PARTS or len(names) != len(parts):
        raise FileUnreadable(f"{file} has too many parts, or two of one name.")
    if any(one.flag_bits & 1 for one in parts):
        raise FileUnreadable(f"{file} is encrypted, which is not read.", fix="Save it without a password.")
    if any(one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for one in parts):
        raise FileUnreadable(f"{file} is packed in a way that no workbook is.")
    unpacked = sum(one.file_size for one in parts)
    if unpacked > MAX_UNPACKED_BYTES:
        raise FileTooLarge(f"{file} has {unpacked // 1024**2} MiB when it is unpacked; 2048 MiB are read at most.")
    for one in parts:
        if one.file_size > max(_SMALL_PART, MAX_RATIO * one.compress_size):
            raise FileTooLarge(f"{file}: {one.filename} is packed {one.file_size // max(1, one.compress_size)} times.")


def shared_texts(book: Workbook) -> list[str]:
    """The texts that cells name by number; without the readings of Asian characters."""
    texts, parts = list[str](), list[str]()
    inside, readings = [False], [0]

    def start(name: str, _: Attributes) -> None:
        readings[0] += name == "rPh"
        inside[0] = name == "t" and not readings[0]

    def end(name: str) -> None:
        inside[0] = False
        readings[0] -= name == "rPh"
        if name == "si":
            texts.append("".join(parts))
            parts.clear()

    if book.has(_TEXTS):
        book.parse(_TEXTS, start, end, lambda text: parts.append(text) if inside[0] else None)
    return texts


def style_formats(book: Workbook) -> tuple[list[int], dict[int, str]]:
    """The number format of every style, and the codes of those the workbook brings."""
    styles, codes, is_inside = list[int](), dict[int, str](), [False]

    def start(name: str, attributes: Attributes) -> None:
        if name == "cellXfs":
            is_inside[0] = True
        elif name == "xf" and is_inside[0]:
            styles.append(int(attributes.get("numFmtId", "0")))
        elif name == "numFmt":
            codes[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")

    def end(name: str) -> None:
        if name == "cellXfs":
            is_inside[0] = False

    if book.has(_STYLES):
        book.parse(_STYLES, start, end)
    return styles, codes
