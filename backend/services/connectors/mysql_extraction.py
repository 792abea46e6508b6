"""Streams a query out of MySQL or MariaDB as Arrow batches, in memory bounded by a few blocks."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import pyarrow as pa

from backend.services.connectors.column_reader import ColumnReader
from backend.services.connectors.mysql_session import BoundQuery, MysqlSession
from backend.services.connectors.mysql_wire import Block
from backend.services.connectors.running_extraction import RunningExtraction

_BLOCK_BYTES: Final = 1024 * 1024
_BLOCKS_AHEAD: Final = 2


class MysqlExtraction(RunningExtraction):
    """One pass over a query's rows; see ``connectors.base.Extraction``."""

    def __init__(
        self, session: MysqlSession, readers: tuple[ColumnReader, ...], query: BoundQuery, batch_rows: int
    ) -> None:
        """Nothing is sent before the first batch is asked for."""
        super().__init__(session, tuple(reader.column for reader in readers), batch_rows)
        self._session = session
        self._readers = readers
        self._query = query

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches in the order of the query."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="extract-parse") as threads:
            parsing: deque[Future[pa.RecordBatch]] = deque()
            rows_read = 0
            for block in self._session.blocks(self._query, max_rows=self._batch_rows, max_bytes=_BLOCK_BYTES):
                parsing.append(threads.submit(self._batch, block, rows_read + 1))
                rows_read += block.rows
                if len(parsing) > _BLOCKS_AHEAD:
                    yield parsing.popleft().result()
            while parsing:
                yield parsing.popleft().result()

    def _batch(self, block: Block, first_row: int) -> pa.RecordBatch:
        arrays = [
            reader.read(pa.array(values, pa.binary()), first_row=first_row)
            for reader, values in zip(self._readers, block.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)
