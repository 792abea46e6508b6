"""Rows on their way from a file into a table; those that are not as declared are put aside with place and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from backend.services.connectors.base import SourceColumn
from backend.services.connectors.files.casting import ColumnCast
from backend.services.connectors.files.file_faults import RowRefused, TooManyBadRows
from backend.services.connectors.files.settings import TableSettings

MAX_RAW_CHARACTERS: Final = 4096


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is not as declared. ``raw`` is its text as it stands in the file, cut when it is very long."""

    table: str
    file: str
    line: int
    column: str | None
    reason: str
    raw: str

    @property
    def place(self) -> str:
        """Where it is."""
        where = f"{self.file}, line {self.line}"
        return where if self.column is None else f"{where}, column {self.column}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row of a block, before the row has a place."""

    row: int
    column: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Some rows of a file as texts, one array per column; ``line`` and ``raw`` are asked for bad rows only.

    ``natives`` holds, where ``columns`` is NULL, values that the format itself knows as numbers, days or truth.
    """

    columns: Sequence[pa.Array]
    rows: int
    line: Callable[[int], int]
    raw: Callable[[int], str]
    natives: Sequence[pa.Array] = ()


@dataclass(frozen=True, slots=True)
class Typed:
    """A part of a file: how many rows stand in it, those with their types, and those put aside, in their order."""

    rows_read: int
    batch: pa.RecordBatch
    bad: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class RowTyper:
    """Gives the rows of one file their declared types; called from several threads at once."""

    table: str
    file: str
    casts: tuple[ColumnCast, ...]
    schema: pa.Schema

    def type_rows(self, block: TextBlock, bad: Sequence[BadRow] = ()) -> Typed:
        """``bad`` are rows of the same part that are no rows of the block."""
        arrays: list[pa.Array] = []
        faults: dict[int, Fault] = {}
        for number, (cast, texts) in enumerate(zip(self.casts, block.columns, strict=True)):
            array, wrong = cast.cast(texts)
            if block.natives and block.natives[number].null_count < block.rows:
                others, also = cast.plain.cast(block.natives[number])
                array, wrong = pc.coalesce(array, others), sorted({*wrong, *also})
            arrays.append(array)
            for row in wrong:
                faults.setdefault(row, Fault(row, cast.name, cast.reason))
        return self.put_aside(pa.RecordBatch.from_arrays(arrays, schema=self.schema), block, faults, bad)

    def put_aside(
        self, batch: pa.RecordBatch, block: TextBlock, faults: dict[int, Fault], bad: Sequence[BadRow] = ()
    ) -> Typed:
        """Take the faulty rows out of a batch."""
        rows_read = batch.num_rows + len(bad)
        if faults:
            kept = pa.array([row not in faults for row in range(batch.num_rows)], pa.bool_())
            batch = pc.filter(batch, kept)
            found = [
                self.bad(block.line(one.row), one.column, one.reason, block.raw(one.row)) for one in faults.values()
            ]
            bad = [*bad, *found]
        return Typed(rows_read, batch, tuple(sorted(bad, key=lambda one: one.line)))

    def bad(self, line: int, column: str | None, reason: str, raw: str) -> BadRow:
        """A row of this file that is put aside."""
        return BadRow(self.table, self.file, line, column, reason, readable(raw))


def readable(raw: str) -> str:
    """The text of a row without what no text may hold, and not without end."""
    cut = raw if len(raw) <= MAX_RAW_CHARACTERS else raw[:MAX_RAW_CHARACTERS] + "…"
    return cut.replace("\x00", "\u2400")


@dataclass(slots=True)
class TableIntake:
    """What one pass over a table has taken and put aside; decides when that is too much."""

    table: TableSettings
    read: int = 0
    taken: int = 0
    files: int = 0
    bad: list[BadRow] = field(default_factory=list)

    def take(self, typed: Typed) -> pa.RecordBatch:
        """Count a part of a file. Raises RowRefused, TooManyBadRows."""
        self.read += typed.rows_read
        for one in typed.bad:
            if self.table.on_bad_row == "stop":
                raise RowRefused(
                    f"{one.place}: {one.reason}.",
                    fix="Correct the file, or let the table put such rows into quarantine.",
                    extra=_place(one),
                )
            self.bad.append(one)
            if len(self.bad) > self.table.max_bad_rows:
                raise TooManyBadRows(
                    f"The table {self.table.name} has more than {self.table.max_bad_rows} bad rows; "
                    f"{_most_common(self.bad)} The last: {one.place}: {one.reason}.",
                    fix="Correct the file or the table's columns, or raise max_bad_rows.",
                    extra=_place(one),
                )
        self.taken += typed.batch.num_rows
        return typed.batch


def _place(bad: BadRow) -> dict[str, object]:
    return {"table": bad.table, "file": bad.file, "line": bad.line, "column": bad.column}


def _most_common(bad: Sequence[BadRow]) -> str:
    (reason, column), count = Counter((one.reason, one.column) for one in bad).most_common(1)[0]
    return f"{count} times {reason}{f' (column {column})' if column else ''}."


def columns_of(table: TableSettings) -> tuple[SourceColumn, ...]:
    """The columns of a table as a source describes them."""
    return tuple(SourceColumn(one.name, one.data_type, one.type) for one in table.columns)
