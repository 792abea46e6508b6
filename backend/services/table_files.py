"""Files of a table that somebody uploads, CSV or XLSX, as rows of texts: the one reader of datasets and of rule lists.

What a spreadsheet would take for a formula is unescaped, as ``core.csv_text`` escapes it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import IO, Final

from backend.core.csv_text import from_cell
from backend.domain.expressions.types import DATE, TEXT
from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.connectors.files.workbook import open_workbook
from backend.services.connectors.files.xlsx_cells import Cell, CellRefused, value_of
from backend.services.connectors.files.xlsx_reader import MAX_COLUMNS, sheet_rows

_MAX_CELL: Final = 65_536
_ZIP: Final = b"PK\x03\x04"
#: How a workbook begins that is encrypted or of an old Excel: refused by its own name, not as a text.
_OLE: Final = b"\xd0\xcf\x11\xe0"
_SEPARATORS: Final = ",;\t|"
Row = tuple[int, Sequence[str | None]]


def table_rows(name: str, file: IO[bytes], sheet: str | None = None, max_columns: int = MAX_COLUMNS) -> Iterator[Row]:
    """The rows that are not empty, each with its line in the file; of a workbook the first sheet that is shown.

    Raises FileUnreadable, FileTooLarge.
    """
    rows = _workbook_rows(name, file, sheet) if is_workbook(file) else _text_rows(file)
    for line, cells in rows:
        if len(cells) > max_columns and any(cells[max_columns:]):
            raise FileUnreadable(
                f"Line {line} has {len(cells)} cells; {max_columns} are read at most.",
                fix="Check its quotes and separators, or take columns out.",
                extra={"line": line},
            )
        yield line, cells[:max_columns]


def is_workbook(file: IO[bytes]) -> bool:
    """Whether a file is no text; it is back at its beginning afterwards."""
    head = file.read(len(_ZIP))
    file.seek(0)
    return head in {_ZIP, _OLE}


def sheet_names(name: str, file: IO[bytes]) -> list[str]:
    """The sheets of a workbook that are shown; none of a text. Raises FileUnreadable, FileTooLarge."""
    if not is_workbook(file):
        return []
    with open_workbook(file, name) as book:
        names = [one.name for one in book.sheets if not one.is_hidden]
    file.seek(0)
    return names


def _text_rows(file: IO[bytes]) -> Iterator[Row]:
    csv.field_size_limit(_MAX_CELL)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        head = text.readline(_MAX_CELL)
        separator = max(_SEPARATORS, key=head.count)
        reader = csv.reader(chain([head], text), delimiter=separator, strict=True)
        for cells in reader:
            if any(cells):
                yield reader.line_num, [from_cell(cell) for cell in cells]
    except UnicodeDecodeError as error:
        raise FileUnreadable("The file is not UTF-8.", fix="Save it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise FileUnreadable(f"The file is no CSV: {error}.", fix="Check its quotes, or save it again.") from error
    finally:
        text.detach()


def _workbook_rows(name: str, file: IO[bytes], sheet: str | None) -> Iterator[Row]:
    with open_workbook(file, name) as book:
        _, rows = sheet_rows(book, name, sheet)
        for number, cells in rows:
            yield number, [_cell(cells.get(place), number, is_1904=book.is_1904) for place in range(max(cells) + 1)]


def _cell(cell: Cell | None, line: int, *, is_1904: bool) -> str | None:
    if cell is None or cell.content is None:
        return None
    if cell.is_formula:
        raise FileUnreadable(
            f"Line {line} has a formula.", fix="Paste the sheet as values, and save it again.", extra={"line": line}
        )
    try:
        value = value_of(cell, DATE if cell.is_date else TEXT, is_1904=is_1904)
    except CellRefused as error:
        raise FileUnreadable(f"Line {line}: {error}.", fix="Correct the cell.", extra={"line": line}) from error
    return value.text if value.text is not None else value.native
