"""Published lists in CSV: columns found by any of their spellings, rows read as sources read theirs."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import pyarrow as pa

from backend.domain.expressions.types import DataType
from backend.services.connectors.base import SourceColumn, arrow_schema
from backend.services.connectors.files.casting import ColumnCast
from backend.services.connectors.files.csv_reader import CsvReader
from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.connectors.files.rows import BadRow, Fault, RowTyper, TextBlock, Typed
from backend.services.connectors.files.settings import ColumnSettings, CsvFormat, Encoding, ValueRules
from backend.services.connectors.files.text_streams import without_mark
from backend.services.reference_data.bad_rows import BadRows

_HEADER_BYTES: Final = 256 * 1024
_SHOWN: Final = 20
_GAPS: Final = re.compile(r"[^a-z0-9.]+")


@dataclass(frozen=True, slots=True)
class PublishedColumn:
    """A column of a list: the spellings of its name in the files of the publisher, and its type."""

    name: str
    type: DataType
    spellings: tuple[str, ...]
    is_required: bool = True


#: Judges rows of which every value has its type: what is wrong with them, the number of the row in it.
RowCheck = Callable[[pa.RecordBatch], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class _CheckedTyper(RowTyper):
    """Puts aside, too, what a list knows of its rows beyond the types of their values."""

    check: RowCheck

    def put_aside(
        self, batch: pa.RecordBatch, block: TextBlock, faults: dict[int, Fault], bad: Sequence[BadRow] = ()
    ) -> Typed:
        found = {one.row: one for one in self.check(batch)}
        return RowTyper.put_aside(self, batch, block, {**found, **faults}, bad)


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A list in delimited text."""

    name: str
    columns: Sequence[PublishedColumn]
    check: RowCheck
    encoding: Encoding = "utf-8"

    def read(self, pieces: Iterable[bytes], file: str, bad: BadRows) -> Iterator[pa.RecordBatch]:
        """The rows with the columns of the table; one that the file has not is NULL. Raises FileUnreadable."""
        head, rest = _peek(without_mark(pieces))
        fields = self._fields(head, file)
        present = [column for column in self.columns if column.name in fields]
        settings = [ColumnSettings(name=one.name, type=str(one.type), source=fields[one.name]) for one in present]
        rules = ValueRules()
        casts = tuple(ColumnCast.of(one, rules) for one in settings)
        schema = arrow_schema([SourceColumn(one.name, one.data_type, one.type) for one in settings])
        whole = arrow_schema([SourceColumn(one.name, one.type, str(one.type)) for one in self.columns])
        typer = _CheckedTyper(self.name, file, casts, schema, lambda batch: self.check(_widened(batch, whole)))
        reader = CsvReader(CsvFormat(encoding=self.encoding, quoted_null=True), settings, typer)
        for task in reader.tasks(rest):
            typed = task()
            bad.add(typed.bad)
            if typed.batch.num_rows:
                yield _widened(typed.batch, whole)

    def _fields(self, head: bytes, file: str) -> Mapping[str, str]:
        """Column → the name it has in the file. Raises FileUnreadable for a required one that is not there."""
        line = head.split(b"\n", 1)[0].decode(self.encoding, errors="replace").rstrip("\r")
        names = {_plain(name): name for name in next(csv.reader([line]), [])}
        found: dict[str, str] = {}
        for column in self.columns:
            name = next((names[_plain(one)] for one in column.spellings if _plain(one) in names), None)
            if name is not None:
                found[column.name] = name
            elif column.is_required:
                raise FileUnreadable(
                    f"{file}, line 1: the column {column.spellings[0]} is not there.",
                    fix=f"This is read as {self.name}; the file begins with {', '.join([*names.values()][:_SHOWN])}.",
                    extra={"file": file, "column": column.spellings[0]},
                )
        return found


def _plain(name: str) -> str:
    """A name in a header without what spellings differ in: capitals, spaces, hyphens."""
    return _GAPS.sub(" ", name.lower()).strip()


def _peek(pieces: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The beginning with the first line, and all bytes from the beginning."""
    head, rest = b"", iter(pieces)
    for piece in rest:
        head += piece
        if b"\n" in head or len(head) > _HEADER_BYTES:
            break
    return head, chain([head], rest)


def _widened(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        batch.column(field.name) if field.name in batch.schema.names else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
