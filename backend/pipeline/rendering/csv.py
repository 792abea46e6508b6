"""Records as CSV (RFC 4180): one line per record, quotes where they are needed, values as in the XML file.

A null is an empty field, an empty text is ``""``. Values are exact: only an author who asks for it gets formulas
guarded for spreadsheets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import polars as pl
from polars._typing import CsvQuoteStyle

from backend.domain.reports.outputs import CsvOptions, Quoting
from backend.pipeline.rendering.lines import LineRenderer, as_signed_text

#: What a spreadsheet takes for a formula begins with one of these.
_FORMULA: Final = r"^[=+\-@\t\r]"
#: Every value here is a text, and a null is none.
_STYLES: Final[Mapping[Quoting, CsvQuoteStyle]] = {
    Quoting.NECESSARY: "necessary",
    Quoting.ALWAYS: "non_numeric",
    Quoting.NEVER: "never",
}
_NO_FACTS: Final[Mapping[str, str]] = MappingProxyType({})


class CsvRenderer(LineRenderer):
    """Renders the named columns of target frames, in this order. Safe to call from several threads at once."""

    def __init__(
        self, columns: Sequence[str], options: CsvOptions | None = None, run: Mapping[str, str] = _NO_FACTS
    ) -> None:
        self._options: Final = options or CsvOptions()
        self._columns: Final = tuple(columns)
        names = pl.DataFrame({str(number): [name] for number, name in enumerate(self._columns)})
        super().__init__(self._options, run, self._write(names) if self._options.header else "")

    def show(self, target: pl.DataFrame) -> str:
        """The lines before they are encoded; a column the frame lacks stays empty."""
        if target.is_empty():
            return ""
        empty = pl.repeat(None, target.height, dtype=pl.String, eager=True)
        texts = (self._text(target.get_column(name)) if name in target.columns else empty for name in self._columns)
        return self._write(pl.DataFrame([text.alias(str(number)) for number, text in enumerate(texts)]))

    def _text(self, column: pl.Series) -> pl.Series:
        text = as_signed_text(column, self._options.decimal_sign)
        if not self._options.escape_formulas or column.dtype != pl.String:
            return text
        return text.str.replace(_FORMULA, "'$0")

    def _write(self, texts: pl.DataFrame) -> str:
        return texts.write_csv(
            include_header=False,
            separator=self._options.separator,
            line_terminator=self._options.line_end.text,
            quote_style=_STYLES[self._options.quoting],
        )
