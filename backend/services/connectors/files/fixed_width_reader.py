"""Text of fixed width as typed rows: fields are counted in characters, and every line has all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from backend.domain.expressions.types import Kind
from backend.services.connectors.files.csv_rows import Block
from backend.services.connectors.files.line_blocks import LineFile
from backend.services.connectors.files.rows import BadRow, RowTyper, TextBlock, Typed
from backend.services.connectors.files.settings import ColumnSettings, FixedWidthFormat

Task = Callable[[], Typed]


@dataclass(frozen=True, slots=True)
class FixedWidthReader:
    """Reads one file of a table."""

    settings: FixedWidthFormat
    columns: Sequence[ColumnSettings]
    typer: RowTyper

    def tasks(self, pieces: Iterable[bytes]) -> Iterator[Task]:
        """The parts of the file in order; each may be called in any thread. Raises FileUnreadable, FileTooLarge."""
        lines = LineFile(self.settings.encoding, self.typer)
        for block in lines.blocks(pieces, self.settings.header_lines, self.settings.footer_lines):
            yield partial(self._parse, lines, block)

    def _parse(self, file: LineFile, block: Block) -> Typed:
        lines = file.read(block)
        bad = list[BadRow](lines.bad)
        kept, numbers = list[str](), list[int]()
        length = self._length
        for line, number in zip(lines.texts, lines.numbers, strict=True):
            why = self._why_refused(line, length)
            if why is not None:
                bad.append(self.typer.bad(number, None, why, line))
                continue
            kept.append(line)
            numbers.append(number)
        columns = [self._column(column, kept) for column in self.columns]
        return self.typer.type_rows(TextBlock(columns, len(kept), numbers.__getitem__, kept.__getitem__), bad)

    @property
    def _length(self) -> int:
        """How many characters a line has."""
        return self.settings.line_length or max(sum(_place(column)) for column in self.columns)

    def _why_refused(self, line: str, length: int) -> str | None:
        if len(line) > length or (len(line) < length and self.settings.short_lines == "refuse"):
            return f"the line has {len(line)} characters instead of {length}"
        return "a carriage return stands in the line" if "\r" in line else None

    def _column(self, column: ColumnSettings, lines: Sequence[str]) -> pa.Array:
        start, width = _place(column)
        fields = pa.array([line[start : start + width] for line in lines], pa.string())
        padding = self.settings.padding
        bare = pc.utf8_trim(fields, padding)
        is_text = column.data_type.kind is Kind.TEXT
        match self.settings.trim if is_text else "both":
            case "left":
                texts = pc.utf8_ltrim(fields, padding)
            case "right":
                texts = pc.utf8_rtrim(fields, padding)
            case "none":
                texts = fields
            case _:
                texts = bare
        return pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), texts)


def _place(column: ColumnSettings) -> tuple[int, int]:
    """Where a column begins, from 0, and how wide it is; both are there, as the settings have checked."""
    return (column.position or 1) - 1, column.width or 1
