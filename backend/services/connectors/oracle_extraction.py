"""Streams a query out of Oracle as Arrow batches, in memory bounded by a few batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from backend.services.connectors.faults import ValueRefused
from backend.services.connectors.oracle_session import BoundQuery, OracleSession
from backend.services.connectors.oracle_types import MAX_TEXT_LENGTH, OracleReader
from backend.services.connectors.running_extraction import RunningExtraction

_LARGE_TEXT_ROWS: Final = 500


class OracleExtraction(RunningExtraction):
    """One pass over a query's rows; see ``connectors.base.Extraction``."""

    def __init__(
        self,
        session: OracleSession,
        readers: tuple[OracleReader, ...],
        query: BoundQuery,
        batch_rows: int,
        *,
        limit: int | None = None,
    ) -> None:
        """Nothing is sent before the first batch is asked for; at most ``limit`` rows come."""
        super().__init__(session, tuple(reader.column for reader in readers), batch_rows)
        self._session = session
        self._readers = readers
        self._query = query
        self._statement = statement(readers, query, limit)
        is_large = any(reader.has_length for reader in readers)
        self._rows = min(batch_rows, _LARGE_TEXT_ROWS) if is_large else batch_rows

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches in the order of the query."""
        rows_read = 0
        for table in self._session.batches(self._statement, self._query.values, rows=self._rows):
            if table.num_rows:
                yield self._batch(table, rows_read + 1)
                rows_read += table.num_rows

    def _batch(self, table: pa.Table, first_row: int) -> pa.RecordBatch:
        arrays: list[pa.Array] = []
        given = iter(table.columns)
        for reader in self._readers:
            values = _in_one(next(given))
            if reader.has_length:
                _check_lengths(reader, _in_one(next(given)), first_row)
            arrays.append(reader.read(values, first_row=first_row))
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def statement(readers: tuple[OracleReader, ...], query: BoundQuery, limit: int | None = None) -> str:
    """The author's query within one that asks for texts of a fixed form; Oracle keeps the order of the inner one."""
    selected = ", ".join(reader.selected for reader in readers)
    rows = f" WHERE ROWNUM <= {limit:d}" if limit is not None else ""
    return f"SELECT {selected} FROM (\n{query.text}\n){rows}"  # noqa: S608 - guarded, and alone by itself before


def _check_lengths(reader: OracleReader, lengths: pa.Array, first_row: int) -> None:
    """A text that was too large to be sent. Raises ValueRefused."""
    is_long = pc.greater(lengths.cast(pa.string()).cast(pa.int64()), MAX_TEXT_LENGTH)
    place = pc.index(is_long, pa.scalar(value=True)).as_py()
    if place >= 0:
        row = first_row + place
        raise ValueRefused(
            f"Column {reader.column.name}, row {row}: the text has more than {MAX_TEXT_LENGTH} characters.",
            fix="Leave the column out, or take a part of it with substr.",
            extra={"column": reader.column.name, "row": row},
        )


def _in_one(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined if isinstance(combined, pa.Array) else pa.concat_arrays(combined.chunks)
