"""The place of a row in a block of delimited text; looked up for bad rows only."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from backend.services.connectors.files.csv_rows import Positions, QuoteRules
from backend.services.connectors.files.settings import CsvFormat


@dataclass(frozen=True, slots=True)
class RowPlaces:
    """Rows of a block that are not blank: where each begins and ends, and on which line."""

    content: bytes
    starts: Positions
    ends: Positions
    lines: Positions

    @classmethod
    def of(cls, content: bytes, rules: QuoteRules, first_line: int) -> RowPlaces:
        """All rows of a block."""
        ends, _ = rules.ends(content, is_last=True)
        starts = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1]])
        octets = np.frombuffer(content + b"\n\n", dtype=np.uint8)
        feeds = np.flatnonzero(octets == ord("\n"))
        lines = first_line + np.searchsorted(feeds, starts)
        is_blank = (octets[starts] == ord("\n")) | ((octets[starts] == ord("\r")) & (octets[starts + 1] == ord("\n")))
        kept = ~is_blank
        return cls(content, starts[kept], ends[kept], lines[kept])

    def row_at(self, position: int) -> int:
        """The row that a byte belongs to."""
        return int(np.searchsorted(self.starts, position, side="right")) - 1

    def raw(self, row: int) -> bytes:
        """The bytes of a row, without its end."""
        return self.content[int(self.starts[row]) : int(self.ends[row])].rstrip(b"\r\n")

    def line(self, row: int) -> int:
        """The line it begins on."""
        return int(self.lines[row])

    def without(self, rows: Collection[int]) -> RowPlaces:
        """The block without some rows."""
        kept = np.ones(len(self.starts), dtype=np.bool_)
        kept[list(rows)] = False
        starts, ends = self.starts[kept], self.ends[kept]
        content = b"".join(self.content[start:end] for start, end in zip(starts, ends, strict=True))
        lengths = ends - starts
        last = np.cumsum(lengths)
        return RowPlaces(content, last - lengths, last, self.lines[kept])


def read_row(raw: bytes, settings: CsvFormat, encoding: str) -> list[str]:
    """The fields of one row."""
    rows = csv.reader(
        [raw.decode(encoding, errors="replace")],
        delimiter=settings.delimiter,
        quotechar=settings.quote,
        quoting=csv.QUOTE_MINIMAL if settings.quote else csv.QUOTE_NONE,
        escapechar=settings.escape,
    )
    return next(rows, [])
