"""Turns blocks of CSV that a database wrote into Arrow, exactly.

Rules of the text (PostgreSQL's ``COPY … (FORMAT csv)``): an unquoted empty field is NULL, ``""`` is the empty
string, quotes are doubled, rows end with a line feed. Every block holds whole rows, so that a field may be of any
length and a refused value can be named by its row. No text is ever taken for NULL: ``NA`` is Namibia.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from backend.services.connectors.base import SourceColumn, arrow_schema
from backend.services.connectors.faults import ValueRefused
from backend.services.connectors.source_values import local_time_refused, value_refused

_FAULT_PLACE: Final = re.compile(r"In CSV column #(\d+):(?: Row #(\d+):)?")

# The parser drops this at the start of a block, where it may be the beginning of a value; an empty line keeps it.
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

Finish = Callable[[pa.Array], pa.Array]


@dataclass(frozen=True, slots=True)
class CsvColumnReader:
    """How one column is read: the Arrow type its text is parsed as, and the step from there to the column's type."""

    column: SourceColumn
    parsed_as: pa.DataType
    finish: Finish | None = None


class CsvBlockParser:
    """Parses blocks of one result; safe to use from several threads."""

    def __init__(self, readers: Sequence[CsvColumnReader]) -> None:
        """``readers`` in the order of the columns."""
        self._readers = tuple(readers)
        self._names = [str(index) for index in range(len(self._readers))]
        self.schema: pa.Schema = arrow_schema([reader.column for reader in self._readers])
        self._unfinished = {
            index: reader
            for index, reader in enumerate(self._readers)
            if reader.finish is not None or pa.types.is_floating(reader.parsed_as)
        }
        self._parse_options = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
        self._convert_options = csv.ConvertOptions(
            column_types={name: reader.parsed_as for name, reader in zip(self._names, self._readers, strict=True)},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        )

    def parse(self, block: bytes, *, first_row: int) -> pa.RecordBatch:
        """Whole rows to one batch; ``first_row`` (from 1) is where they stand in the result. Raises ValueRefused."""
        source, skipped = (b"\n" + block, 1) if block.startswith(_BYTE_ORDER_MARK) else (block, 0)
        try:
            table = csv.read_csv(
                pa.BufferReader(source),
                read_options=csv.ReadOptions(
                    column_names=self._names, skip_rows=skipped, block_size=len(source) + 1, use_threads=False
                ),
                parse_options=self._parse_options,
                convert_options=self._convert_options,
            )
        except pa.ArrowInvalid as error:
            raise self._refused(error, first_row - skipped) from error
        columns = table.combine_chunks().to_batches()[0].columns  # a block has at least one row
        for index, reader in self._unfinished.items():
            columns[index] = _finished(reader, columns[index], first_row)
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _refused(self, error: pa.ArrowInvalid, first_row: int) -> ValueRefused:
        """Name column and row; never the value, which may be personal."""
        place = _FAULT_PLACE.search(str(error))
        if place is None:
            return ValueRefused("The source sent rows that do not fit the columns it described.")
        column = self._readers[int(place[1])].column
        row = first_row + int(place[2]) - 1 if place[2] is not None else None
        return value_refused(column, row)


def _finished(reader: CsvColumnReader, array: pa.Array, first_row: int) -> pa.Array:
    if pa.types.is_floating(array.type):
        _refuse_not_finite(reader.column, array, first_row)
    if reader.finish is None:
        return array
    try:
        return reader.finish(array)
    except pa.ArrowInvalid as error:
        raise local_time_refused(reader.column) from error


def _refuse_not_finite(column: SourceColumn, array: pa.Array, first_row: int) -> None:
    finite = pc.is_finite(array)
    if pc.all(finite).as_py() is False:
        raise value_refused(column, first_row + pc.index(finite, pa.scalar(value=False)).as_py())
