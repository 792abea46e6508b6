"""Feedback as a text file with a header line, read by a mapping of its columns and of its words for states."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import polars as pl

from backend.domain.answer_format import folded
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


class CsvAdvice(NamedTuple):
    """What a row says of a record; ``word`` is the file's own for the state."""

    message_id: str | None
    record_id: str
    word: str
    state: AdviceState
    rule_id: str | None
    text: str | None


class CsvRows:
    """The rows of one file as they stand there. Raises FeedbackRefused, also after rows have gone out."""

    def __init__(self, pieces: Iterable[bytes], delimiter: str, encoding: str) -> None:
        self._rows = csv.reader(_lines(pieces, encoding), delimiter=delimiter, strict=True)
        first = self._next()
        if first is None:
            raise FeedbackRefused("no_document", "The file is empty.")
        self.header = first

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Rows that say something, each with the number of its last line."""
        while (row := self._next()) is not None:
            if row:
                yield self._rows.line_num, row

    def _next(self) -> list[str] | None:
        try:
            return next(self._rows, None)
        except csv.Error as error:
            raise FeedbackRefused("not_well_formed", f"Line {self._rows.line_num} cannot be read ({error}).") from error


class CsvWords:
    """What the rows of a file mean, by a mapping and the file's header. Raises FeedbackRefused."""

    def __init__(self, mapping: CsvMapping, header: list[str]) -> None:
        self._width = len(header)
        self._states = {folded(code): state for code, state in RECORD_CODES.items()}
        self._states |= {folded(word): state for word, state in mapping.states.items()}
        self._record_id, self._state = _place(header, mapping.record_id), _place(header, mapping.state)
        self._rule_id, self._text, self._message_id = (
            None if name is None else _place(header, name)
            for name in (mapping.rule_id, mapping.text, mapping.message_id)
        )

    def understood(self, row: list[str], line: int) -> CsvAdvice:
        """A row of the file. Raises FeedbackRefused."""
        if len(row) != self._width:
            raise FeedbackRefused("not_well_formed", f"Line {line} has {len(row)} values, not {self._width}.")
        record_id, word = row[self._record_id].strip(), row[self._state].strip()
        state = self._states.get(word) or self._states.get(folded(word))
        if state is None:
            raise FeedbackRefused("state_unknown", f"Line {line}: {word[:40]!r} is not a state of a record.")
        if not record_id:
            raise FeedbackRefused("record_without_id", f"Line {line} names no record.")
        message_id, rule_id, text = (
            None if place is None else row[place].strip() or None
            for place in (self._message_id, self._rule_id, self._text)
        )
        return CsvAdvice(message_id, record_id, word, state, rule_id, text)


class CsvAdviceReader:
    """Reads one file; rows that name another message are about that one."""

    def __init__(self, mapping: CsvMapping) -> None:
        self.file = FileAdvice(FeedbackFormat.CSV)
        self._mapping = mapping
        self._advices = Advices(self.file)
        self._message: MessageAdvice | None = None

    def read(self, pieces: Iterable[bytes]) -> Iterator[pl.DataFrame]:
        """The advices in batches. Raises FeedbackRefused, also after batches have gone out."""
        rows = CsvRows(pieces, self._mapping.delimiter, self._mapping.encoding)
        words = CsvWords(self._mapping, rows.header)
        for line, row in rows:
            self._add(words.understood(row, line))
            if len(self._advices) >= BATCH_ROWS:
                yield self._advices.take()
        if len(self._advices):
            yield self._advices.take()

    def _add(self, said: CsvAdvice) -> None:
        if self._message is None or self._message.message_id != said.message_id:
            self._message = self._advices.begin_message()
            self._message.message_id = said.message_id
        rule = f"[{self._advices.rule(said.rule_id, said.text, None, None)}]" if said.rule_id else "[]"
        self._advices.add(said.record_id, said.word, said.state, rule)


def _place(header: list[str], name: str) -> int:
    if header.count(name) != 1:
        raise FeedbackRefused("column_missing", f"The file must have one column {name!r}.")
    return header.index(name)


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
