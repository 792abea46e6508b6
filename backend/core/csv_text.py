"""Lines of a CSV file that is opened in a spreadsheet (RFC 4180): no cell becomes a formula there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Final

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
#: What a spreadsheet would read as the beginning of a formula, or what was already kept from being one.
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")


def csv_line(cells: Iterable[object]) -> str:
    """One line with its end; None is an empty cell."""
    target = io.StringIO()
    csv.writer(target).writerow(["" if one is None else as_cell(str(one)) for one in cells])
    return target.getvalue()


def as_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with an apostrophe before it where it would be one."""
    return f"'{text}" if _FORMULA.match(text) else text


def from_cell(cell: str) -> str:
    """The text that ``as_cell`` made this cell of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
