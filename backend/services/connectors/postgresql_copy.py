"""Streams a query out of PostgreSQL as Arrow batches: COPY in CSV, read by Arrow's own parser.

Measured against the alternatives in ``tests/benchmarks/test_extract.py``: COPY keeps every value exact and is the
fastest way out of the server; parsing runs beside reading. Memory is bounded by the batch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import pyarrow as pa

from backend.services.connectors.base import SourceColumn
from backend.services.connectors.csv_blocks import CsvBlockParser
from backend.services.connectors.postgresql_session import PostgresqlSession

_BLOCK_BYTES: Final = 1024 * 1024
_MAX_WAITING_BLOCKS: Final = 32
"""A batch of very long rows ends early; the cut depends on the rows alone, so it is the same every time."""


class CopyExtraction:
    """One pass over a query's rows; see ``connectors.base.Extraction``."""

    def __init__(
        self, session: PostgresqlSession, columns: tuple[SourceColumn, ...], parser: CsvBlockParser, statement: str
    ) -> None:
        """``statement`` is the COPY; nothing is sent before the first batch is asked for."""
        self._session = session
        self._columns = columns
        self._parser = parser
        self._statement = statement
        self._batch_rows = 1

    def in_batches_of(self, rows: int) -> CopyExtraction:
        """Set the size of a batch."""
        if rows < 1:
            raise ValueError("a batch has at least one row")
        self._batch_rows = rows
        return self

    @property
    def columns(self) -> tuple[SourceColumn, ...]:
        """The columns of every batch."""
        return self._columns

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of every batch."""
        return self._parser.schema

    def cancel(self) -> None:
        """Stop here and on the server."""
        self._session.cancel()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches in the order of the query."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="extract-parse") as threads:
            waiting = _Waiting()
            rows_read = 0
            for block, rows in self._session.copy_out(self._statement, block_bytes=_BLOCK_BYTES):
                waiting.add(threads.submit(self._parser.parse, block, first_row=rows_read + 1), rows=rows)
                rows_read += rows
                while waiting.rows >= self._batch_rows:
                    yield waiting.take(self._batch_rows)
                if waiting.count >= _MAX_WAITING_BLOCKS:
                    yield waiting.take(waiting.rows)
            if waiting.rows:
                yield waiting.take(waiting.rows)


class _Waiting:
    """Blocks being parsed or parsed, not yet given out."""

    def __init__(self) -> None:
        self._blocks: deque[Future[pa.RecordBatch]] = deque()
        self._rest: pa.RecordBatch | None = None
        self.rows = 0

    @property
    def count(self) -> int:
        return len(self._blocks)

    def add(self, block: Future[pa.RecordBatch], *, rows: int) -> None:
        self._blocks.append(block)
        self.rows += rows

    def take(self, rows: int) -> pa.RecordBatch:
        """Exactly ``rows`` rows (there are as many) as one piece of memory."""
        parts: list[pa.RecordBatch] = []
        missing = rows
        while missing:
            part = self._rest if self._rest is not None else self._blocks.popleft().result()
            self._rest = part.slice(missing) if part.num_rows > missing else None
            parts.append(part.slice(0, missing))
            missing -= parts[-1].num_rows
        self.rows -= rows
        return pa.concat_batches(parts)
