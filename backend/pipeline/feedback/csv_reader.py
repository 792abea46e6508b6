"""Feedback as a text file with a header line, read by a mapping of its columns and of its words for states."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from backend.domain.feedback import RECORD_CODES, AdviceState, FeedbackFormat, MessageAdvice
from backend.pipeline.feedback.advices import BATCH_ROWS, Advices, FeedbackRefused, FileAdvice

#: Characters of one line; a quote that is never closed would otherwise gather the rest of the file.
MAX_LINE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class CsvMapping:
    """Which columns say what. ``states`` are the words of the file besides the codes of ISO 20022.

    ``message_id`` names the column with the submitted file or message, where the file has one.
    """

    record_id: str
    state: str
    rule_id: str | None = None
    text: str | None = None
    message_id: str | None = None
    states: Mapping[str, AdviceState] = field(default_factory=dict)
    delimiter: str = ","
    encoding: str = "utf-8-sig"


@dataclass(frozen=True, slots=True)
class _Places:
    record_id: int
    state: int
    rule_id: int | None
    text: int | None
    message_id: int | None
    width: int


class CsvAdviceReader:
    """Reads one file; rows that name another message are about that one."""

    def __init__(self, mapping: CsvMapping) -> None:
        self.file = FileAdvice(FeedbackFormat.CSV)
        self._mapping = mapping
        self._advices = Advices(self.file)
        self._states = {code: state.value for code, state in RECORD_CODES.items()}
        self._states |= {word: state.value for word, state in mapping.states.items()}
        self._message: MessageAdvice | None = None

    def read(self, pieces: Iterable[bytes]) -> Iterator[pl.DataFrame]:
        """The advices in batches. Raises FeedbackRefused, also after batches have gone out."""
        rows = csv.reader(_lines(pieces, self._mapping.encoding), delimiter=self._mapping.delimiter, strict=True)
        try:
            header = next(rows, None)
            if header is None:
                raise FeedbackRefused("no_document", "The file is empty.")
            places = self._places(header)
            for row in rows:
                if row:
                    self._add(row, places, rows.line_num)
                if len(self._advices) >= BATCH_ROWS:
                    yield self._advices.take()
        except csv.Error as error:
            raise FeedbackRefused("not_well_formed", f"Line {rows.line_num} cannot be read ({error}).") from error
        if len(self._advices):
            yield self._advices.take()

    def _places(self, header: list[str]) -> _Places:
        mapping = self._mapping

        def place(name: str | None) -> int | None:
            if name is None:
                return None
            if header.count(name) != 1:
                raise FeedbackRefused("column_missing", f"The file must have one column {name!r}.")
            return header.index(name)

        record_id, state = place(mapping.record_id), place(mapping.state)
        if record_id is None or state is None:
            raise FeedbackRefused("column_missing", "Columns for the record and its state are needed.")
        rest = (place(mapping.rule_id), place(mapping.text), place(mapping.message_id))
        return _Places(record_id, state, *rest, len(header))

    def _add(self, row: list[str], places: _Places, line: int) -> None:
        if len(row) != places.width:
            raise FeedbackRefused("not_well_formed", f"Line {line} has {len(row)} values, not {places.width}.")
        record_id, word = row[places.record_id].strip(), row[places.state].strip()
        state = self._states.get(word)
        if state is None:
            raise FeedbackRefused("state_unknown", f"Line {line}: {word[:40]!r} is not a state of a record.")
        if not record_id:
            raise FeedbackRefused("record_without_id", f"Line {line} names no record.")
        message_id = None if places.message_id is None else row[places.message_id].strip() or None
        if self._message is None or self._message.message_id != message_id:
            self._message = self._advices.begin_message()
            self._message.message_id = message_id
        rule_id = None if places.rule_id is None else row[places.rule_id].strip()
        text = None if places.text is None else row[places.text].strip() or None
        rule = f"[{self._advices.rule(rule_id, text, None, None)}]" if rule_id else "[]"
        self._advices.add(record_id, word, AdviceState(state), rule)


def _lines(pieces: Iterable[bytes], encoding: str) -> Iterator[str]:
    """The lines with their ends. Raises FeedbackRefused."""
    rest = ""
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        for piece in pieces:
            text = decoder.decode(piece)
            if "\0" in text:
                raise FeedbackRefused("not_well_formed", "The file holds characters that no text has.")
            *whole, rest = (rest + text).splitlines(keepends=True) or [""]
            # A line may be cut, and so may the two characters that end it.
            if rest.endswith("\n"):
                whole, rest = [*whole, rest], ""
            yield from whole
            if len(rest) > MAX_LINE:
                raise FeedbackRefused("too_long", f"A line has more than {MAX_LINE} characters.")
        rest += decoder.decode(b"", final=True)
    except (UnicodeError, LookupError) as error:
        raise FeedbackRefused("encoding_unknown", f"The file is not written in {encoding}.") from error
    if rest:
        yield rest
