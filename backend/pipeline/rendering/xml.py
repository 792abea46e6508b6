"""Records as XML: the element tree of the pack flattened once per frame, then written for all rows together.

The order of elements is that of the message definition; nothing here knows a message by name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import polars as pl

from backend.domain.regulations.model import VALUE_SEPARATOR, Element, Message, TargetColumn
from backend.domain.reports.page_texts import ONLY_PAGE, Page
from backend.pipeline.rendering.envelope import render_envelope
from backend.pipeline.rendering.frame import FixedFrame, row_on_line
from backend.pipeline.rendering.frame_facts import FrameFacts, Rows, list_conditions
from backend.pipeline.rendering.pieces import PieceWriter
from backend.pipeline.rendering.plain import is_plain
from backend.pipeline.rendering.presence import Presence, both, prune
from backend.pipeline.rendering.text import as_text, escape_xml


class RecordWriter:
    """The records of a message, one on each line, without further white space. Safe to call from several threads."""

    def __init__(self, record: Element, columns: Mapping[str, TargetColumn], mapped: Collection[str]) -> None:
        self._columns: Final = {name: columns[name] for name in mapped if name in columns}
        self._record: Final = prune(record, self._columns)
        self._conditions: Final = list_conditions(self._record)
        elements = [record, *(element for _, element in record.walk())]
        self._attributes: Final = frozenset(
            name for element in elements for _, name in (*element.attributes, *element.options)
        )
        self._separators: Final = {
            element.column: f"</{element.name}><{element.name}>"
            for element in elements
            if element.column in self._columns and self._columns[element.column].repeats > 1
        }

    def render(self, target: pl.DataFrame) -> bytes:
        """The records of a target frame in row order."""
        if target.is_empty():
            return b""
        facts = FrameFacts(target, self._columns, self._conditions)
        presence: Presence = Presence(facts)
        pieces = PieceWriter(target.height, lambda name: self._text(target, name, facts), facts.has_value)
        self._write(self._record, True, presence, pieces)
        pieces.literal("\n")
        return pieces.render()

    def _write(self, element: Element, written: Rows | bool, presence: Presence, pieces: PieceWriter) -> None:
        if element.name:
            self._write_opening(element, written, presence, pieces)
        if element.column in self._columns:
            pieces.column(element.column)
        for child in element.children:
            below = presence.written(child, written)
            write = partial(self._write, child, below, presence, pieces)
            pieces.part(True if below is written else below, write)
        if element.name:
            pieces.literal(f"</{element.name}>")

    def _write_opening(self, element: Element, written: Rows | bool, presence: Presence, pieces: PieceWriter) -> None:
        pieces.literal(f"<{element.name}" + "".join(f" {name}={quoteattr(text)}" for name, text in element.constants))
        for name, column in element.attributes:
            if column in self._columns:
                _write_attribute(name, column, pieces)
        for name, column in element.options:
            if column in self._columns:
                given = both(written, presence.has_value(column))
                write = partial(_write_attribute, name, column, pieces)
                pieces.part(True if given is written else given, write)
        pieces.literal(">" + escape(element.literal or ""))

    def _text(self, target: pl.DataFrame, name: str, facts: FrameFacts) -> pl.Series:
        """The texts of a column where it has values."""
        column, rows = target.get_column(name), facts.find_rows(name)
        text = as_text(column if rows is None else column.filter(rows))
        if column.dtype == pl.String and not is_plain(self._columns[name].format):
            text = escape_xml(text, is_attribute=name in self._attributes)
        if name in self._separators:
            text = text.str.replace_all(VALUE_SEPARATOR, self._separators[name], literal=True)
        return text


#: A number of a file that no run comes to; what is written for it is as long as any.
_FAR: Final = 999_999


def _nothing_else(_file_number: int) -> Mapping[str, str]:
    return {}


class XmlRenderer(FixedFrame):
    """Renders target frames as a pack's message; the frames hold only records that passed the structure checks.

    Safe to call from several threads at once.
    """

    has_schema: Final = True
    separator: Final = b""

    def __init__(
        self,
        message: Message,
        columns: Mapping[str, TargetColumn],
        mapped: Collection[str],
        envelope_values: Mapping[str, str],
        numbered: Callable[[int], Mapping[str, str]] = _nothing_else,
    ) -> None:
        """``numbered`` are the envelope's values that differ in a file, by its number from 1."""
        self._envelope: Final = message.envelope
        self._values: Final = envelope_values
        self._numbered: Final = numbered
        header, footer = self._around(1)
        super().__init__(header, footer)
        self.frame_size = max(len(one) for one in (header, self._around(_FAR)[0])) + len(footer)
        self._records: Final = RecordWriter(message.record, columns, mapped)

    def header(self, page: Page = ONLY_PAGE, /) -> bytes:
        """The bytes before the first record of a file."""
        return self._header if page.file_number == 1 else self._around(page.file_number)[0]

    def _around(self, file_number: int) -> tuple[bytes, bytes]:
        return render_envelope(self._envelope, {**self._values, **self._numbered(file_number)})

    def find_row(self, line: int) -> int | None:
        """The row of the rendered frame on a line of header + records + footer; None outside the records."""
        return row_on_line(line, self._header.count(b"\n"))

    def render(self, target: pl.DataFrame) -> bytes:
        """The records of a target frame in row order, one line each."""
        return self._records.render(target)

    def show(self, target: pl.DataFrame) -> str:
        """The lines."""
        return self.render(target).decode()


def _write_attribute(name: str, column: str, pieces: PieceWriter) -> None:
    pieces.literal(f' {name}="')
    pieces.column(column)
    pieces.literal('"')
