"""Streams a query out of a source behind ODBC as Arrow batches, in memory bounded by two blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa

from backend.services.connectors.faults import ValueRefused
from backend.services.connectors.odbc_columns import Block, TextTooLong, row_bytes
from backend.services.connectors.odbc_session import OdbcSession
from backend.services.connectors.odbc_types import OdbcReader
from backend.services.connectors.running_extraction import RunningExtraction

_BLOCK_BYTES: Final = 8 * 1024 * 1024
_BATCH_BYTES: Final = 2 * 1024 * 1024


class OdbcExtraction(RunningExtraction):
    """One pass over a query's rows; see ``connectors.base.Extraction``."""

    def __init__(
        self,
        session: OdbcSession,
        readers: tuple[OdbcReader, ...],
        values: Sequence[str | None],
        *,
        batch_rows: int,
        limit: int = 0,
    ) -> None:
        """Nothing is run before the first batch is asked for."""
        super().__init__(session, tuple(reader.column for reader in readers), batch_rows)
        self._session = session
        self._readers = readers
        self._values = values
        self._limit = limit

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches in the order of the query."""
        layouts = [reader.layout for reader in self._readers]
        rows = max(1, min(self._batch_rows, _BLOCK_BYTES // row_bytes(layouts)))
        rows_read = 0
        for block in self._session.blocks(self._values, layouts, rows=rows, limit=self._limit):
            yield from _pieces(self._batch(block, rows_read + 1))
            rows_read += block.rows

    def _batch(self, block: Block, first_row: int) -> pa.RecordBatch:
        arrays = [self._column(block, number, first_row) for number in range(len(self._readers))]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _column(self, block: Block, number: int, first_row: int) -> pa.Array:
        reader = self._readers[number]
        try:
            raw = block.column(number)
        except TextTooLong as error:
            raise ValueRefused(
                f"Column {reader.column.name}: a text is longer than the connector allows.",
                fix="Raise the connector's longest_text_bytes, or cut the text in the query.",
                extra={"column": reader.column.name},
            ) from error
        except pa.ArrowInvalid as error:
            raise ValueRefused(
                f"Column {reader.column.name}: a text is not valid UTF-8.",
                fix="Repair the text at the source, or leave the column out.",
                extra={"column": reader.column.name},
            ) from error
        return reader.read(raw, first_row=first_row)


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch of very long rows, in several."""
    rows = max(1, batch.num_rows * _BATCH_BYTES // max(batch.nbytes, _BATCH_BYTES))
    yield from (batch.slice(start, rows) for start in range(0, batch.num_rows, rows))
