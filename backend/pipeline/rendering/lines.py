"""What files of lines share: their encoding, and the lines before and after the records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Final

import polars as pl

from backend.domain.reports.outputs import DecimalSign, Encoding, TextOptions
from backend.domain.reports.page_texts import ONLY_PAGE, Moment, Page, PageText
from backend.pipeline.rendering.frame import WithoutSchema
from backend.pipeline.rendering.text import as_text

#: Encodings that begin with a mark, and how the rest is written.
_MARKED: Final = {Encoding.UTF_8_SIG: (b"\xef\xbb\xbf", "utf-8"), Encoding.UTF_16: (b"\xff\xfe", "utf-16-le")}


class LineRenderer(WithoutSchema, ABC):
    """Renders one line per record. Safe to call from several threads at once."""

    separator: Final = b""

    def __init__(self, options: TextOptions, run: Mapping[str, str], columns_line: str = "") -> None:
        """``columns_line`` names the columns, with its line end; it follows the lines of the header."""
        self._mark, self._codec = _MARKED.get(options.encoding, (b"", options.encoding.value))
        self._end: Final = options.line_end.text
        self._header: Final = tuple(map(PageText, options.header_lines))
        self._footer: Final = tuple(map(PageText, options.footer_lines))
        self._run: Final = run
        self._columns_line: Final = columns_line
        self.header_moment: Final = max((one.moment for one in self._header), default=Moment.FILE_BEGINS)
        self.footer_moment: Final = max((one.moment for one in self._footer), default=Moment.FILE_BEGINS)
        longest = "".join(one.longest(run) + self._end for one in (*self._header, *self._footer))
        self.frame_size: Final = len(self._mark) + len(self._encode(longest + columns_line))

    def header(self, page: Page = ONLY_PAGE, /) -> bytes:
        """The mark of the encoding, the lines before the records, the names of the columns."""
        return self._mark + self._encode(self._lines(self._header, page) + self._columns_line)

    def footer(self, page: Page = ONLY_PAGE, /) -> bytes:
        """The lines after the records."""
        return self._encode(self._lines(self._footer, page))

    def render(self, target: pl.DataFrame) -> bytes:
        """The records of a target frame in row order, one line each."""
        return self._encode(self.show(target))

    @abstractmethod
    def show(self, target: pl.DataFrame) -> str:
        """The lines before they are encoded."""

    def _encode(self, text: str) -> bytes:
        """Its characters were checked before."""
        return text.encode(self._codec)

    def _lines(self, lines: tuple[PageText, ...], page: Page) -> str:
        return "".join(line.render(self._run, page) + self._end for line in lines)


def as_signed_text(column: pl.Series, sign: DecimalSign) -> pl.Series:
    """The values of a column as text, decimals with this sign."""
    text = as_text(column)
    if sign is DecimalSign.COMMA and (column.dtype.is_decimal() or column.dtype.is_float()):
        return text.str.replace(".", ",", literal=True)
    return text
