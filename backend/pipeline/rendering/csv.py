"""Records as CSV (RFC 4180): one line per record, CRLF, quotes only where needed, values as in the XML file.

A null is an empty field, an empty text is ``""``. Values are exact: nothing is added to guard spreadsheets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from backend.pipeline.rendering.text import as_text

_LINE_END: Final = "\r\n"


class CsvRenderer:
    """Renders the named columns of target frames, in this order. Safe to call from several threads at once."""

    has_schema: Final = False
    footer: Final = b""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns: Final = tuple(columns)
        names = pl.DataFrame({str(number): [name] for number, name in enumerate(self._columns)})
        self.header: Final = _write(names)

    def render(self, target: pl.DataFrame) -> bytes:
        """The records of a target frame in row order, one line each; a column the frame lacks stays empty."""
        if target.is_empty():
            return b""
        empty = pl.repeat(None, target.height, dtype=pl.String, eager=True)
        texts = (as_text(target.get_column(name)) if name in target.columns else empty for name in self._columns)
        return _write(pl.DataFrame([text.alias(str(number)) for number, text in enumerate(texts)]))

    def find_row(self, line: int) -> int | None:  # noqa: ARG002 - no schema names a line of a CSV file
        """Always None: CSV has no schema."""
        return None


def _write(texts: pl.DataFrame) -> bytes:
    return texts.write_csv(include_header=False, line_terminator=_LINE_END, quote_style="necessary").encode()
