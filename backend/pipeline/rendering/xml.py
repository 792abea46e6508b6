"""Records as XML: the element tree of the pack flattened once per frame, then written for all rows together.

The order of elements is that of the message definition; nothing here knows a message by name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Final
from xml.sax.saxutils import escape

import polars as pl

from backend.domain.regulations.model import VALUE_SEPARATOR, Element, Message, TargetColumn
from backend.pipeline.rendering.envelope import render_envelope
from backend.pipeline.rendering.frame import FixedFrame
from backend.pipeline.rendering.frame_facts import FrameFacts, Rows, list_conditions
from backend.pipeline.rendering.pieces import PieceWriter
from backend.pipeline.rendering.plain import is_plain
from backend.pipeline.rendering.presence import Presence, prune
from backend.pipeline.rendering.text import as_text, escape_xml


class XmlRenderer(FixedFrame):
    """Renders target frames of one report; the frames hold only records that passed the structure checks.

    One record stands on one line, without further white space. Safe to call from several threads at once.
    """

    has_schema: Final = True
    separator: Final = b""

    def __init__(
        self,
        message: Message,
        columns: Mapping[str, TargetColumn],
        mapped: Collection[str],
        envelope_values: Mapping[str, str],
    ) -> None:
        super().__init__(*render_envelope(message.envelope, envelope_values))
        self._columns: Final = {name: columns[name] for name in mapped if name in columns}
        self._record: Final = prune(message.record, self._columns)
        self._conditions: Final = list_conditions(self._record)
        self._attributes: Final = frozenset(
            name for _, element in message.record.walk() for _, name in element.attributes
        )
        self._separators: Final = {
            element.column: f"</{element.name}><{element.name}>"
            for _, element in message.record.walk()
            if element.column in self._columns and self._columns[element.column].repeats > 1
        }

    def find_row(self, line: int) -> int | None:
        """The row of the rendered frame on a line of header + records + footer; None outside the records."""
        row = line - self._header.count(b"\n") - 1
        return row if row >= 0 else None

    def render(self, target: pl.DataFrame) -> bytes:
        """The records of a target frame in row order, one line each."""
        if target.is_empty():
            return b""
        facts = FrameFacts(target, self._columns, self._conditions)
        presence: Presence = Presence(facts)
        pieces = PieceWriter(target.height, lambda name: self._text(target, name, facts), facts.has_value)
        self._write(self._record, True, presence, pieces)
        pieces.literal("\n")
        return pieces.render()

    def show(self, target: pl.DataFrame) -> str:
        """The lines."""
        return bytes(self.render(target)).decode()

    def _write(self, element: Element, written: Rows | bool, presence: Presence, pieces: PieceWriter) -> None:
        pieces.literal(f"<{element.name}")
        for name, column in element.attributes:
            if column in self._columns:
                pieces.literal(f' {name}="')
                pieces.column(column)
                pieces.literal('"')
        pieces.literal(">" + escape(element.literal or ""))
        if element.column in self._columns:
            pieces.column(element.column)
        for child in element.children:
            below = presence.written(child, written)
            write = partial(self._write, child, below, presence, pieces)
            pieces.part(True if below is written else below, write)
        pieces.literal(f"</{element.name}>")

    def _text(self, target: pl.DataFrame, name: str, facts: FrameFacts) -> pl.Series:
        """The texts of a column where it has values."""
        column, rows = target.get_column(name), facts.find_rows(name)
        text = as_text(column if rows is None else column.filter(rows))
        if column.dtype == pl.String and not is_plain(self._columns[name].format):
            text = escape_xml(text, is_attribute=name in self._attributes)
        if name in self._separators:
            text = text.str.replace_all(VALUE_SEPARATOR, self._separators[name], literal=True)
        return text
