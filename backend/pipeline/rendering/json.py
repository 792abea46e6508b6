"""Records as JSON (RFC 8259): one object per line, either alone (NDJSON) or as the items of one array.

A null is ``null``, an empty text is ``""``. Decimals are texts unless the author wants numbers, which are written
with all their digits; whether a reader keeps them is up to the reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from backend.domain.reports.outputs import NumberForm
from backend.pipeline.rendering.frame import FixedFrame, WithoutSchema
from backend.pipeline.rendering.pieces import PieceWriter
from backend.pipeline.rendering.text import as_text

#: Everything below a space, the quote and the backslash, which comes first.
_ESCAPED: Final = ("\\", '"', *map(chr, range(32)))
_QUOTED: Final = (pl.Date, pl.Datetime)


class NdjsonRenderer(FixedFrame, WithoutSchema):
    """Renders the named columns of target frames, in this order. Safe to call from several threads at once."""

    separator = b""
    _end = "\n"
    _around = (b"", b"")

    def __init__(self, columns: Sequence[str], decimals: NumberForm) -> None:
        super().__init__(*self._around)
        self._columns: Final = tuple(columns)
        self._decimals: Final = decimals

    def render(self, target: pl.DataFrame) -> bytes | memoryview:
        """The records of a target frame in row order, one line each."""
        if target.is_empty():
            return b""
        texts = {name: self._text(target, name) for name in self._columns}
        pieces = PieceWriter(target.height, texts.__getitem__, lambda _: True)
        for number, name in enumerate(self._columns):
            pieces.literal(f"{',' if number else '{'}{dumps(name)}:")
            pieces.column(name)
        pieces.literal("}" + self._end)
        return pieces.render()

    def show(self, target: pl.DataFrame) -> str:
        """The lines."""
        return bytes(self.render(target)).decode()

    def _text(self, target: pl.DataFrame, name: str) -> pl.Series:
        if name not in target.columns:
            return pl.repeat("null", target.height, dtype=pl.String, eager=True)
        column = target.get_column(name)
        text = as_text(column)
        if column.dtype == pl.String:
            text = escape_json(text)
        is_quoted = column.dtype == pl.String or column.dtype in _QUOTED
        if is_quoted or (column.dtype.is_decimal() and self._decimals is NumberForm.TEXT):
            text = '"' + text + '"'
        return text.fill_null("null")


class JsonRenderer(NdjsonRenderer):
    """The same objects as the items of one array."""

    separator = b",\n"
    _end = ",\n"
    _around = (b"[\n", b"\n]\n")

    def render(self, target: pl.DataFrame) -> bytes | memoryview:
        """The records of a target frame in row order, one line each, without the last one's comma."""
        return super().render(target)[: -len(self.separator)]


def escape_json(text: pl.Series) -> pl.Series:
    """The text with the characters replaced that JSON reserves; a column without any comes back as it is."""
    values: pa.LargeStringArray = text.to_arrow(compat_level=pl.CompatLevel.oldest())
    # One pass over the bytes finds what occurs; hardly any text has one of them.
    present = np.bincount(np.frombuffer(values.buffers()[2] or b"", dtype=np.uint8), minlength=256)
    found = [character for character in _ESCAPED if present[ord(character)]]
    for character in found:
        values = pc.replace_substring(values, pattern=character, replacement=dumps(character)[1:-1])
    return pl.Series(values) if found else text
