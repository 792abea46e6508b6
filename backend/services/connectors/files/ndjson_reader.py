"""Lines of JSON as typed rows: numbers keep their digits, and NULL, a missing key and the empty text stay apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NoReturn

import pyarrow as pa

from backend.domain.expressions.types import Kind
from backend.services.connectors.files.csv_rows import Block
from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.connectors.files.line_blocks import LineFile
from backend.services.connectors.files.rows import BadRow, RowTyper, TextBlock, Typed
from backend.services.connectors.files.settings import ColumnSettings, NdjsonFormat

Task = Callable[[], Typed]
_TIMES: Final = frozenset({Kind.DATE, Kind.TIMESTAMP})
_SHOWN_KEY: Final = 100
MISSING: Final = object()
"""Stands where a row has no such key."""


class Number(str):
    """A number as it stands in the file."""

    __slots__ = ()


class LineRefused(ValueError):
    """A line is no object that can be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class NdjsonReader:
    """Reads one file of a table."""

    settings: NdjsonFormat
    columns: Sequence[ColumnSettings]
    typer: RowTyper

    def tasks(self, pieces: Iterable[bytes]) -> Iterator[Task]:
        """The parts of the file in order; each may be called in any thread. Raises FileUnreadable, FileTooLarge."""
        lines = LineFile("utf-8", self.typer)
        is_first = True
        for block in lines.blocks(pieces):
            if is_first and block.content.lstrip().startswith(b"["):
                raise one_array(self.typer.file)
            is_first = False
            yield partial(self._parse, lines, block)

    def _parse(self, file: LineFile, block: Block) -> Typed:
        lines = file.read(block)
        bad = list[BadRow](lines.bad)
        kept, numbers = list[str](), list[int]()
        texts: list[list[str | None]] = [[] for _ in self.columns]
        natives: list[list[str | None]] = [[] for _ in self.columns]
        for line, number in zip(lines.texts, lines.numbers, strict=True):
            row = self._row(line, number)
            if isinstance(row, BadRow):
                bad.append(row)
                continue
            kept.append(line)
            numbers.append(number)
            for place, (text, native) in enumerate(row):
                texts[place].append(text)
                natives[place].append(native)
        found = TextBlock(_arrays(texts), len(kept), numbers.__getitem__, kept.__getitem__, _arrays(natives))
        return self.typer.type_rows(found, bad)

    def _row(self, line: str, number: int) -> list[tuple[str | None, str | None]] | BadRow:
        """For every column its text or its number or truth; or why the line is no row."""
        try:
            record = read_object(line)
        except LineRefused as error:
            return self.typer.bad(number, None, str(error), line)
        row: list[tuple[str | None, str | None]] = []
        for column in self.columns:
            value = find(record, column.field)
            if value is MISSING and self.settings.missing_keys == "refuse":
                return self.typer.bad(number, column.name, "the object has no such key", line)
            if isinstance(value, dict | list):
                return self.typer.bad(number, column.name, "the value is an object or a list", line)
            row.append(_sorted_in(value, column.data_type.kind))
        return row


def read_object(line: str) -> dict[str, Any]:
    """The object that a line is. Raises LineRefused."""
    try:
        value = _DECODER.decode(line)
        if "\\u" in line:
            _check_characters(value)
    except json.JSONDecodeError as error:
        raise LineRefused(f"the line is not JSON: {error.msg} at character {error.colno}") from error
    except RecursionError as error:
        raise LineRefused("the line is nested too deeply") from error
    if not isinstance(value, dict):
        raise LineRefused("the line is not an object")
    return value


def find(record: dict[str, Any], field: str) -> Any:
    """The value of a key, or of keys joined by dots; MISSING where there is none."""
    if field in record:
        return record[field]
    key, dot, rest = field.partition(".")
    inner = record.get(key, MISSING) if dot else MISSING
    return find(inner, rest) if isinstance(inner, dict) else None if inner is None else MISSING


def one_array(file: str) -> FileUnreadable:
    """Says that a file is JSON of another kind."""
    return FileUnreadable(
        f"{file} is one JSON list, not one object a line.", fix="Write each object of the list on a line of its own."
    )


def _sorted_in(value: Any, kind: Kind) -> tuple[str | None, str | None]:
    if value is None or value is MISSING:
        return None, None
    if isinstance(value, bool):
        return None, "true" if value else "false"
    if isinstance(value, Number) and kind not in _TIMES:
        return None, value
    return value, None  # a day may be written as a number: it is read as declared


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise LineRefused(f"the key {json.dumps(twice[:_SHOWN_KEY])} stands twice in one object")
    return found


def _constant(name: str) -> NoReturn:
    raise LineRefused(f"the line is not JSON: {name} is no value")


def _check_characters(value: Any) -> None:
    """Raises LineRefused for a text that only an escape can write: half of a character, or NUL."""
    if isinstance(value, dict):
        for one in value.values():
            _check_characters(one)
    elif isinstance(value, list):
        for one in value:
            _check_characters(one)
    elif isinstance(value, str) and ("\x00" in value or not _is_whole(value)):
        raise LineRefused("a text holds NUL or half of a character")


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _arrays(columns: Sequence[Sequence[str | None]]) -> list[pa.Array]:
    return [pa.array(values, pa.string()) for values in columns]


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Number, parse_int=Number, parse_constant=_constant
)
