"""Delimited text as typed rows: cut into blocks here, parsed by Arrow in threads, every odd row with its place."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

import pyarrow as pa
from pyarrow import csv

from backend.services.connectors.files.csv_places import RowPlaces, read_row
from backend.services.connectors.files.csv_rows import Block, QuoteRules, cut_blocks
from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable
from backend.services.connectors.files.headers import positions_in_header
from backend.services.connectors.files.rows import BadRow, RowTyper, TextBlock, Typed
from backend.services.connectors.files.settings import ColumnSettings, CsvFormat
from backend.services.connectors.files.text_streams import from_utf16, not_of_encoding, without_lines, without_mark

MAX_FIELDS: Final = 10_000
_UTF8: Final = "utf-8"
_MARK: Final = codecs.BOM_UTF8

Task = Callable[[], Typed]


@dataclass(frozen=True, slots=True)
class CsvReader:
    """Reads one file of a table."""

    settings: CsvFormat
    columns: Sequence[ColumnSettings]
    typer: RowTyper

    def tasks(self, pieces: Iterable[bytes]) -> Iterator[Task]:
        """The parts of the file in order; each may be called in any thread. Raises FileUnreadable, FileTooLarge."""
        name, header_line = self.typer.file, self.settings.header_line
        rules = QuoteRules(self.settings)
        first_line = header_line or 1
        lines = without_lines(without_mark(self._as_bytes(pieces)), first_line - 1)
        blocks = cut_blocks(lines, rules, name, first_line)
        first = next(blocks, None)
        if first is None:
            if header_line is not None:
                raise FileUnreadable(f"{name} has no line {header_line}: its header is not there.")
            return
        parser, rest = self._parser(first, rules)
        for block in chain(rest, blocks):
            yield partial(parser.parse, block)

    def _as_bytes(self, pieces: Iterable[bytes]) -> Iterable[bytes]:
        """UTF-16 cannot be cut by bytes, so it is turned into UTF-8 first."""
        return pieces if self.settings.encoding != "utf-16" else from_utf16(pieces, self.typer.file)

    def _parser(self, first: Block, rules: QuoteRules) -> tuple[_BlockParser, list[Block]]:
        """How to parse the rows, as the first one says; and the blocks that begin the rows."""
        name, encoding = self.typer.file, self._encoding
        places = RowPlaces.of(first.content, rules, first.first_line)
        if first.fault or not len(places.starts):
            raise FileUnreadable(
                f"{name}, line {first.first_line}: the first row cannot be read: {first.fault or 'it is blank'}.",
                fix="Correct the line, or the table's header_line, quote or encoding.",
            )
        fields = read_row(places.raw(0), self.settings, encoding)
        if len(fields) > MAX_FIELDS:
            raise FileTooLarge(f"{name} has {len(fields)} columns; {MAX_FIELDS} are read at most.")
        if self.settings.header_line is None:
            names = [f"{number}" for number in range(1, len(fields) + 1)]
            positions = [(column.position or 1) - 1 for column in self.columns]
            outside = [one for one, place in zip(self.columns, positions, strict=True) if place >= len(fields)]
            if outside:
                raise FileUnreadable(
                    f"{name} has {len(fields)} fields in a row; the column {outside[0].name} is number "
                    f"{outside[0].position}.",
                    fix="Correct the column's position, or the delimiter.",
                )
            rest = [first]
        else:
            names = fields
            positions = positions_in_header(self.columns, names, name)
            end = int(places.ends[0])
            lines = first.content.count(b"\n", 0, end)
            following = Block(first.content[end:], first.first_line + lines, first.lines - lines)
            rest = [following] if end < len(first.content) else []
        return _BlockParser(self.settings, rules, encoding, names, positions, self.typer), rest

    @property
    def _encoding(self) -> str:
        return _UTF8 if self.settings.encoding == "utf-16" else self.settings.encoding


class _BlockParser:
    """Parses blocks of one file; safe to use from several threads."""

    def __init__(
        self,
        settings: CsvFormat,
        rules: QuoteRules,
        encoding: str,
        names: Sequence[str],
        positions: Sequence[int],
        typer: RowTyper,
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._encoding = encoding
        self._names = names
        self._positions = [str(position) for position in positions]
        self._typer = typer
        self._numbered = [str(position) for position in range(len(names))]
        self._convert = csv.ConvertOptions(
            column_types=dict.fromkeys(self._numbered, pa.string()),
            include_columns=list(dict.fromkeys(self._positions)),
            null_values=settings.null_texts,
            strings_can_be_null=True,
            quoted_strings_can_be_null=settings.quoted_null,
            check_utf8=False,  # is looked at before, to name the place
        )

    def parse(self, block: Block) -> Typed:
        """The rows of a block, and what is put aside of it."""
        if block.fault is not None:
            raw = block.content.rstrip(b"\r\n").decode(self._encoding, errors="replace")
            return self._typed(self._no_rows(), (), (self._typer.bad(block.first_line, None, block.fault, raw),))
        if not block.content.strip(b"\r\n"):
            return self._typed(self._no_rows(), (), ())
        content, bad = block.content, list[BadRow]()
        places: RowPlaces | None = None
        if not self._is_readable(content):
            places = RowPlaces.of(content, self._rules, block.first_line)
            unreadable = self._unreadable(places)
            bad = [self._bad(places, row, *why) for row, why in unreadable.items()]
            places = places.without(unreadable)
            content = places.content
            if not len(places.starts):
                return self._typed(self._no_rows(), (), bad)
        columns, uneven = self._arrow(content if self._encoding == _UTF8 else _to_utf8(content, self._encoding))
        if uneven:
            places = places or RowPlaces.of(content, self._rules, block.first_line)
            bad += [
                self._bad(places, row, None, f"the row has {found} fields instead of {len(self._names)}")
                for row, found in uneven.items()
            ]
        return self._typed(columns, tuple(uneven), bad, places or block)

    def _typed(
        self,
        columns: Sequence[pa.Array],
        uneven: Sequence[int],
        bad: Sequence[BadRow],
        source: RowPlaces | Block | None = None,
    ) -> Typed:
        found: list[tuple[RowPlaces, list[int]]] = []

        def place(row: int) -> tuple[RowPlaces, int]:
            if not found:
                if isinstance(source, Block):
                    places = RowPlaces.of(source.content, self._rules, source.first_line)
                else:
                    places = source or RowPlaces.of(b"", self._rules, 1)
                left_out = set(uneven)
                found.append((places, [one for one in range(len(places.starts)) if one not in left_out]))
            places, rows = found[0]
            return places, rows[row]

        def line(row: int) -> int:
            places, number = place(row)
            return places.line(number)

        def raw(row: int) -> str:
            places, number = place(row)
            return places.raw(number).decode(self._encoding, errors="replace")

        rows = len(columns[0]) if columns else 0
        return self._typer.type_rows(TextBlock(columns, rows, line, raw), bad)

    def _arrow(self, content: bytes) -> tuple[list[pa.Array], dict[int, int]]:
        """The columns, and the rows left out with their numbers of fields."""
        uneven: dict[int, int] = {}

        def note(row: csv.InvalidRow) -> str:
            uneven[row.number - 1] = row.actual_columns
            return "skip"

        # The parser drops a mark at the start of a block, where it is the beginning of a value; a blank line keeps it.
        source = b"\n" + content if content.startswith(_MARK) else content
        table = csv.read_csv(
            pa.BufferReader(source),
            read_options=csv.ReadOptions(column_names=self._numbered, block_size=len(source) + 1, use_threads=False),
            parse_options=csv.ParseOptions(
                delimiter=self._settings.delimiter,
                quote_char=self._settings.quote or False,
                double_quote=self._settings.quote is not None,
                escape_char=self._settings.escape or False,
                newlines_in_values=True,
                ignore_empty_lines=True,
                invalid_row_handler=note,
            ),
            convert_options=self._convert,
        )
        columns = [table.column(name).combine_chunks() for name in self._positions]
        return [one.chunk(0) if isinstance(one, pa.ChunkedArray) else one for one in columns], uneven

    def _is_readable(self, content: bytes) -> bool:
        """Whether every byte can be taken as it is; what is found in nearly every block."""
        if b"\x00" in content or content.count(b"\r") != content.count(b"\r\n"):
            return False
        try:
            content.decode(self._encoding)
        except UnicodeDecodeError:
            return False
        return True

    def _unreadable(self, places: RowPlaces) -> dict[int, tuple[str | None, str]]:
        """Rows with bytes that cannot be taken: the column and the reason of each."""
        found: dict[int, tuple[str | None, str]] = {}
        for row in range(len(places.starts)):
            raw = places.raw(row)
            why = self._why_unreadable(raw)
            if why is not None:
                found[row] = why
        return found

    def _why_unreadable(self, raw: bytes) -> tuple[str | None, str] | None:
        if (place := raw.find(b"\x00")) >= 0:
            return self._field_at(raw, place), "the row holds a NUL byte"
        try:
            raw.decode(self._encoding)
        except UnicodeDecodeError as error:
            return self._field_at(raw, error.start), not_of_encoding(raw, error, self._encoding)
        if b"\r" in raw and (place := _return_outside_quotes(raw, self._settings.quote)) >= 0:
            return self._field_at(raw, place), "a carriage return stands in a field without quotes"
        return None

    def _field_at(self, raw: bytes, position: int) -> str | None:
        """The name of the field that a byte belongs to."""
        number = len(read_row(raw[:position] + b"x", self._settings, self._encoding))
        return self._names[number - 1] if 1 <= number <= len(self._names) else None

    def _bad(self, places: RowPlaces, row: int, column: str | None, reason: str) -> BadRow:
        raw = places.raw(row).decode(self._encoding, errors="replace")
        return self._typer.bad(places.line(row), column, reason, raw)

    def _no_rows(self) -> list[pa.Array]:
        return [pa.array([], pa.string()) for _ in self._positions]


def _return_outside_quotes(raw: bytes, quote: str | None) -> int:
    """The first carriage return that no quote holds, or -1."""
    mark, is_quoted = (quote or "").encode(), False
    for position in range(len(raw)):
        byte = raw[position : position + 1]
        if mark and byte == mark:
            is_quoted = not is_quoted
        elif byte == b"\r" and not is_quoted:
            return position
    return -1


def _to_utf8(content: bytes, encoding: str) -> bytes:
    return content.decode(encoding).encode()
