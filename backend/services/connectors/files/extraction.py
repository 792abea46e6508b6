"""Streams a query over files as Arrow batches; what the files put aside on the way can be asked for at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from backend.services.connectors.base import SourceColumn
from backend.services.connectors.files.casting import in_calendar
from backend.services.connectors.files.engine import FileEngine
from backend.services.connectors.files.query import BoundQuery
from backend.services.connectors.files.rows import BadRow
from backend.services.connectors.files.scan import TableScan, bad_rows
from backend.services.connectors.running_extraction import RunningExtraction
from backend.services.connectors.source_values import value_refused

_MAX_BATCH_BYTES: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TableReading:
    """What a run read of a table: ``rows_read`` = ``rows_taken`` + ``quarantined``."""

    table: str
    files: int
    rows_read: int
    rows_taken: int
    quarantined: int


class FileExtraction(RunningExtraction):
    """One pass over a query's rows; see ``connectors.base.Extraction``."""

    def __init__(
        self,
        engine: FileEngine,
        scans: Sequence[TableScan],
        query: BoundQuery,
        columns: tuple[SourceColumn, ...],
        batch_rows: int,
    ) -> None:
        """Nothing is read before the first batch is asked for."""
        super().__init__(engine, columns, batch_rows)
        self._engine = engine
        self._scans = scans
        self._query = query

    def bad_rows(self) -> list[BadRow]:
        """Rows of the files that were put aside so far."""
        return bad_rows(self._scans)

    def readings(self) -> list[TableReading]:
        """What was read of every table that the query reads."""
        found = [(scan.table.name, scan.intake) for scan in self._scans]
        return [TableReading(name, one.files, one.read, one.taken, len(one.bad)) for name, one in found if one.files]

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches in the order of the query."""
        schema, row = self.schema, 1
        cutter = _Cutter(schema, self._batch_rows)
        for given in self._engine.batches(self._query):
            batch = self._exact(given, schema, row)
            row += batch.num_rows
            for part in _small_parts(batch):
                yield from cutter.add(part)
        yield from cutter.rest()

    def _exact(self, batch: pa.RecordBatch, schema: pa.Schema, row: int) -> pa.RecordBatch:
        """The engine's values in our types. Raises ValueRefused for one that these do not hold."""
        arrays = []
        for column, array, field in zip(self._columns, batch.columns, schema, strict=True):
            try:
                cast = array.cast(field.type)
                if pa.types.is_temporal(cast.type):
                    in_calendar(cast)
            except pa.ArrowInvalid as error:
                raise value_refused(column, None) from error
            if pa.types.is_floating(cast.type) and pc.all(pc.is_finite(cast)).as_py() is False:
                raise value_refused(column, row + pc.index(pc.is_finite(cast), value=False).as_py())
            arrays.append(cast)
        return pa.RecordBatch.from_arrays(arrays, schema=schema)


class _Cutter:
    """Cuts what comes into batches of so many rows, or fewer where they are long."""

    def __init__(self, schema: pa.Schema, batch_rows: int) -> None:
        self._schema = schema
        self._batch_rows = batch_rows
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def add(self, part: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Take a small part; what becomes whole by it."""
        if self._rows and self._bytes + part.nbytes > _MAX_BATCH_BYTES:
            yield from self.rest()
        offset = 0
        while self._rows + part.num_rows - offset >= self._batch_rows:
            taken = self._batch_rows - self._rows
            self._hold(part.slice(offset, taken))
            offset += taken
            yield from self.rest()
        if offset < part.num_rows:
            self._hold(part.slice(offset))

    def rest(self) -> Iterator[pa.RecordBatch]:
        """What is held."""
        if self._rows:
            yield pa.Table.from_batches(self._waiting, self._schema).combine_chunks().to_batches()[0]
        self._waiting, self._rows, self._bytes = [], 0, 0

    def _hold(self, part: pa.RecordBatch) -> None:
        self._waiting.append(part)
        self._rows += part.num_rows
        self._bytes += part.nbytes


def _small_parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Halves until each is small: rows of a megabyte come sixteen thousand at a time."""
    if batch.nbytes <= _MAX_BATCH_BYTES or batch.num_rows <= 1:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _small_parts(batch.slice(0, half))
    yield from _small_parts(batch.slice(half))
