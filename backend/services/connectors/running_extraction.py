"""What every extraction says of itself and how it ends, whatever the kind of its source."""

from __future__ import annotations

from typing import Protocol

import pyarrow as pa

from backend.services.connectors.base import SourceColumn, arrow_schema


class Cancellable(Protocol):
    """What runs the query; ``cancel`` may be called from any thread."""

    def cancel(self) -> None:
        """Stop here and at the source."""


class RunningExtraction:
    """See ``connectors.base.Extraction``; a kind adds how its batches come."""

    def __init__(self, session: Cancellable, columns: tuple[SourceColumn, ...], batch_rows: int) -> None:
        """Nothing is sent or read before the first batch is asked for."""
        if batch_rows < 1:
            raise ValueError("a batch has at least one row")
        self._ended_by = session
        self._columns = columns
        self._batch_rows = batch_rows

    @property
    def columns(self) -> tuple[SourceColumn, ...]:
        """The columns of every batch."""
        return self._columns

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of every batch."""
        return arrow_schema(self._columns)

    def cancel(self) -> None:
        """Stop here and at the source."""
        self._ended_by.cancel()
