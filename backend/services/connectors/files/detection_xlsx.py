"""What a workbook seems to hold: its first sheet that is shown, the row that names the columns, types by the cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import IO, Final

import pyarrow as pa

from backend.domain.expressions.types import DOUBLE, TEXT
from backend.services.connectors.files.detected_types import DetectedColumn, DetectedFile, column_of, distinct, rules_of
from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.connectors.files.settings import MAX_COLUMNS, ValueRules
from backend.services.connectors.files.workbook import open_workbook
from backend.services.connectors.files.xlsx_cells import Cell, CellRefused, value_of
from backend.services.connectors.files.xlsx_reader import sheet_rows

_SAMPLE_ROWS: Final = 2000
_TEXTS: Final = frozenset({"s", "str", "inlineStr"})


def xlsx(name: str, opened: IO[bytes]) -> DetectedFile:
    """Columns and types of the first sheet. Raises FileUnreadable, FileTooLarge."""
    with open_workbook(opened, name) as book:
        sheet, rows = sheet_rows(book, name, None)
        found = list(islice(rows, _SAMPLE_ROWS))
        others = [one.name for one in book.sheets if one.name != sheet]
    if not found:
        raise FileUnreadable(f"{name}: the sheet {sheet} is empty.", fix="Put the rows on the first sheet.")
    header, titles = found[0]
    cells = {
        place: [row[place] for _, row in found[1:] if place in row and row[place].content is not None]
        for place in sorted(titles)[:MAX_COLUMNS]
    }
    rules = rules_of([_texts(one) for one in cells.values() if one and all(cell.kind in _TEXTS for cell in one)])
    columns = [_column(titles[place].content or f"column {place + 1}", one, rules) for place, one in cells.items()]
    reasons = [
        f"It is a workbook; the sheet {sheet} is the first that is shown, and its row {header} names the columns."
    ]
    if others:
        reasons.append(f"Other sheets: {', '.join(others)}.")
    if any(cell.is_formula for one in cells.values() for cell in one):
        reasons.append("Some cells hold formulas, which are bad rows unless the table takes their stored values.")
    file = {"format": "xlsx", "sheet": sheet, "header_row": header}
    return DetectedFile(file, rules.model_dump(exclude_defaults=True), distinct(columns), tuple(reasons))


def _column(title: str, cells: Sequence[Cell], rules: ValueRules) -> DetectedColumn:
    texts = _texts(cells)
    if all(cell.kind in _TEXTS for cell in cells):
        return column_of(title, texts, rules)
    found = column_of(title, texts, ValueRules())
    if all(cell.kind == "n" and cell.is_date for cell in cells):
        is_day = all(float(cell.content or 0).is_integer() for cell in cells)
        return replace(found, type="date" if is_day else "timestamp", reason="its cells are shown as days or times")
    if all(cell.kind == "n" and not cell.is_date for cell in cells):
        return found if found.type != "text" else replace(found, type="double", reason="its cells are numbers")
    return found if all(cell.kind == "b" for cell in cells) else replace(found, type="text", reason="its cells differ")


def _texts(cells: Sequence[Cell]) -> pa.Array:
    return pa.array([_text(cell) for cell in cells], pa.string())


def _text(cell: Cell) -> str | None:
    for type_ in (TEXT, DOUBLE):
        try:
            value = value_of(cell, type_, is_1904=False)
        except CellRefused:
            continue
        return value.text if value.text is not None else value.native
    return cell.content
