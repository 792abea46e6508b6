"""Records of fixed width: every value at its place, the rest blank. Values that do not fit were found before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from backend.domain.reports.outputs import Alignment, FixedColumn, FixedWidthOptions
from backend.pipeline.rendering.lines import LineRenderer, as_signed_text


class FixedWidthRenderer(LineRenderer):
    """Renders every column between its first and its last position."""

    def __init__(self, options: FixedWidthOptions, run: Mapping[str, str]) -> None:
        super().__init__(options, run)
        self._options: Final = options
        self._columns: Final = sorted(options.columns, key=lambda one: one.start)

    def show(self, target: pl.DataFrame) -> str:
        """The lines before they are encoded."""
        if target.is_empty():
            return ""
        parts: list[pl.Expr | pl.Series] = []
        position = 1
        for column in self._columns:
            parts.append(pl.lit(" " * (column.start - position)))
            parts.append(self._placed(target, column))
            position = column.start + column.length
        length = self._options.record_length or position - 1
        parts.append(pl.lit(" " * (length + 1 - position) + self._options.line_end.text))
        return "".join(target.select(pl.concat_str(parts)).to_series())

    def _placed(self, target: pl.DataFrame, column: FixedColumn) -> pl.Series:
        text = as_signed_text(target.get_column(column.field), self._options.decimal_sign).fill_null("")
        if column.align is Alignment.LEFT:
            return text.str.pad_end(column.length, column.padding)
        if column.padding == "0" and target.schema[column.field] != pl.String:
            return _padded_number(text, column.length)
        return text.str.pad_start(column.length, column.padding)


def _padded_number(text: pl.Series, length: int) -> pl.Series:
    """Zeros stand between the sign of a number and its digits; no number stays blank."""
    padded = text.str.zfill(length)
    return padded.zip_with(text != "", pl.Series([" " * length]))
