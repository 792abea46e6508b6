"""Sheets of XLSX as typed rows, read in one pass and bounded memory: formulas are seen beside their stored values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import IO, Final

import pyarrow as pa

from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable
from backend.services.connectors.files.headers import positions_in_header
from backend.services.connectors.files.rows import BadRow, RowTyper, TextBlock, Typed
from backend.services.connectors.files.settings import ColumnSettings, XlsxFormat
from backend.services.connectors.files.workbook import Attributes, Workbook, open_workbook, shared_texts, style_formats
from backend.services.connectors.files.xlsx_cells import MAX_TEXT, Cell, CellRefused, Value, is_date_format, value_of

MAX_ROWS: Final = 1_048_576
MAX_COLUMNS: Final = 16_384
_BATCH_ROWS: Final = 4096
_ADDRESS: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")

Task = Callable[[], Typed]
Row = dict[int, Cell]


@dataclass(slots=True)
class _Sheet:
    """Collects the rows of a sheet while it is parsed."""

    file: str
    texts: Sequence[str]
    date_styles: Sequence[bool]
    rows: list[tuple[int, Row]] = field(default_factory=list)
    row: Row = field(default_factory=dict)
    number: int = 0
    column: int = -1
    kind: str = "n"
    is_date: bool = False
    is_formula: bool = False
    content: list[str] | None = None
    is_open: bool = False
    is_reading: bool = False
    arrays: list[tuple[int, int, int, int]] = field(default_factory=list)

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins. Raises FileTooLarge."""
        match name:
            case "row":
                number = int(attributes.get("r", self.number + 1))
                if not self.number < number <= MAX_ROWS:
                    raise FileTooLarge(f"{self.file}, row {number}: rows are out of order, or more than {MAX_ROWS}.")
                self.number, self.row, self.column = number, {}, -1
                self.arrays = [one for one in self.arrays if one[3] >= number]
            case "c":
                address = attributes.get("r")
                self.column = _column_of(address) if address else self.column + 1
                if not 0 <= self.column < MAX_COLUMNS:
                    raise FileTooLarge(f"{self.file}, row {self.number}: more than {MAX_COLUMNS} columns.")
                self.kind = attributes.get("t", "n")
                style = int(attributes.get("s", "0"))
                self.is_date = style < len(self.date_styles) and self.date_styles[style]
                self.is_formula, self.content = False, None
            case "f":
                self.is_formula = True
                if attributes.get("t") in ("array", "dataTable"):
                    self._note_array(attributes.get("ref", ""))
            case "v" | "t":
                self.is_open = not self.is_reading
                self.content = self.content or []
            case "rPh":
                self.is_reading = True

    def end(self, name: str) -> None:
        """An element ends. Raises FileUnreadable."""
        if name in ("v", "t"):
            self.is_open = False
        elif name == "rPh":
            self.is_reading = False
        elif name == "c":
            inside = any(a <= self.column <= c and b <= self.number <= d for a, b, c, d in self.arrays)
            if self.content is not None or self.is_formula or inside:
                content = None if self.content is None else self._text("".join(self.content))
                self.row[self.column] = Cell(self.kind, content, self.is_date, self.is_formula or inside)
        elif name == "row" and any(one.content or one.is_formula for one in self.row.values()):
            self.rows.append((self.number, self.row))

    def text(self, text: str) -> None:
        """Characters of an element. Raises FileTooLarge."""
        if self.is_open and self.content is not None:
            self.content.append(text)
            if len(text) > 2 * MAX_TEXT or len(self.content) > MAX_TEXT:
                raise FileTooLarge(f"{self.file}, row {self.number}: a cell has more than {MAX_TEXT} characters.")

    def _text(self, content: str) -> str:
        if self.kind == "s":
            if not content.isdecimal() or int(content) >= len(self.texts):
                raise FileUnreadable(f"{self.file}, row {self.number}: a cell names a text that is not there.")
            content = self.texts[int(content)]
        return _ESCAPE.sub(_unescaped, content) if "_x" in content else content

    def _note_array(self, ref: str) -> None:
        first, _, last = ref.partition(":")
        begin, end = _ADDRESS.fullmatch(first), _ADDRESS.fullmatch(last or first)
        if begin and end:
            self.arrays.append((_column_of(first), int(begin[2]), _column_of(last or first), int(end[2])))
        if len(self.arrays) > _BATCH_ROWS:
            raise FileTooLarge(f"{self.file}, row {self.number}: too many formulas over several cells.")


@dataclass(frozen=True, slots=True)
class XlsxReader:
    """Reads one file of a table."""

    settings: XlsxFormat
    columns: Sequence[ColumnSettings]
    typer: RowTyper

    def tasks(self, opened: IO[bytes]) -> Iterator[Task]:
        """The parts of the sheet in order. Raises FileUnreadable, FileTooLarge."""
        with open_workbook(opened, self.typer.file) as book:
            sheet, rows = sheet_rows(book, self.typer.file, self.settings.sheet)
            typer = replace(self.typer, file=f"{self.typer.file}, sheet {sheet}")
            header, positions = self.settings.header_row, [(column.position or 1) - 1 for column in self.columns]
            if header is not None:
                positions = self._in_header(rows, header)
            waiting: list[tuple[int, Row]] = []
            for row in rows:
                waiting.append(row)
                if len(waiting) >= _BATCH_ROWS:
                    yield partial(self._type_rows, waiting, positions, typer, is_1904=book.is_1904)
                    waiting = []
            yield partial(self._type_rows, waiting, positions, typer, is_1904=book.is_1904)

    def _in_header(self, rows: Iterator[tuple[int, Row]], header: int) -> list[int]:
        for number, row in rows:
            if number == header:
                places = sorted(row)
                found = positions_in_header(self.columns, [row[one].content or "" for one in places], self.typer.file)
                return [places[one] for one in found]
            if number > header:
                break
        raise FileUnreadable(f"{self.typer.file} has nothing in row {header}: its header is not there.")

    def _type_rows(
        self, rows: Sequence[tuple[int, Row]], positions: Sequence[int], typer: RowTyper, *, is_1904: bool
    ) -> Typed:
        bad, kept = list[BadRow](), list[tuple[int, Row]]()
        texts: list[list[str | None]] = [[] for _ in positions]
        natives: list[list[str | None]] = [[] for _ in positions]

        def raw(row: Row) -> str:
            found = {
                column.name: row[place].content if place in row else None
                for column, place in zip(self.columns, positions, strict=True)
            }
            return json.dumps(found, ensure_ascii=False)

        for number, row in rows:
            values: list[Value] = []
            for column, place in zip(self.columns, positions, strict=True):
                try:
                    values.append(self._value(row.get(place), column, is_1904=is_1904))
                except CellRefused as error:
                    reason = f"{_letters(place)}{number}: {error}"
                    bad.append(typer.bad(number, column.name, reason, raw(row)))
                    break
            else:
                kept.append((number, row))
                for place, value in enumerate(values):
                    texts[place].append(value.text)
                    natives[place].append(value.native)
        block = TextBlock(
            [pa.array(one, pa.string()) for one in texts],
            len(kept),
            lambda at: kept[at][0],
            lambda at: raw(kept[at][1]),
            [pa.array(one, pa.string()) for one in natives],
        )
        return typer.type_rows(block, bad)

    def _value(self, cell: Cell | None, column: ColumnSettings, *, is_1904: bool) -> Value:
        if cell is None:
            return Value()
        if cell.is_formula:
            if self.settings.formulas == "refuse":
                raise CellRefused("the cell holds a formula")
            if cell.content is None:
                raise CellRefused("the cell holds a formula without a stored value")
        return value_of(cell, column.data_type, is_1904=is_1904)


def sheet_rows(book: Workbook, file: str, name: str | None) -> tuple[str, Iterator[tuple[int, Row]]]:
    """The name of a sheet, and its rows that are not empty with their numbers. Raises FileUnreadable."""
    sheet, path = book.path_of(name)
    styles, codes = style_formats(book)
    found = _Sheet(file, shared_texts(book), [is_date_format(one, codes.get(one)) for one in styles])

    def rows() -> Iterator[tuple[int, Row]]:
        for _ in book.pieces(path, found.start, found.end, found.text):
            yield from found.rows
            found.rows.clear()

    return sheet, rows()


def _column_of(address: str) -> int:
    match = _ADDRESS.fullmatch(address)
    number = 0
    for letter in match[1] if match else "":
        number = number * 26 + ord(letter) - 64
    return number - 1


def _letters(column: int) -> str:
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _unescaped(match: re.Match[str]) -> str:
    letter = chr(int(match[1], 16))
    return letter if letter in "\t\r\n_" else match[0]
