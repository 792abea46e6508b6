"""Lines of a CSV file that is opened in a spreadsheet (RFC 4180): no cell becomes a formula there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
#: What a spreadsheet would read as the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_line(cells: Iterable[object]) -> str:
    """One line with its end; None is an empty cell."""
    target = io.StringIO()
    csv.writer(target).writerow([_cell(one) for one in cells])
    return target.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
