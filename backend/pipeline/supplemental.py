"""Chosen rows of another run's input as the source of a run: changed where somebody changed them, in a given order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import polars as pl
import pyarrow as pa

from backend.domain.reports.analysis import ReportProgram
from backend.pipeline.input_reader import ROW_NUMBER, InputReader
from backend.pipeline.overrides import PAIR, Override, override_columns, with_overrides
from backend.pipeline.ports import ArtifactStore, StoredInput

#: Rows that are handed over together: a row group of the parent is decoded for them.
ROWS_PER_READ: Final = 32_768


@dataclass(frozen=True, slots=True)
class SupplementalRow:
    """A row of the parent's input with its changes; rows of the same ``pair`` stand side by side."""

    parent_row: int
    overrides: tuple[Override, ...] = ()
    pair: int | None = None


@dataclass(frozen=True, slots=True)
class SupplementalSource:
    """The rows as a ``RowSource``. ``targets`` are the target columns whose values travel beside the rows."""

    store: ArtifactStore
    parent: StoredInput
    program: ReportProgram
    rows: Sequence[SupplementalRow]
    targets: Sequence[str]

    @contextmanager
    def open(self) -> Iterator[SupplementalRows]:
        """Read the parent's input."""
        yield SupplementalRows(self, InputReader.of_stored(self.store, self.parent))


class SupplementalRows:
    """The rows as a ``RowStream``."""

    def __init__(self, source: SupplementalSource, reader: InputReader) -> None:
        self._source = source
        self._reader = reader
        self._schema = self._rows([]).schema

    @property
    def schema(self) -> pa.Schema:
        """The columns of the report's rows, and those that bring values along."""
        return self._schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches in order."""
        rows = self._source.rows
        for start in range(0, len(rows), ROWS_PER_READ):
            yield from self._rows(rows[start : start + ROWS_PER_READ]).to_batches()

    def _rows(self, some: Sequence[SupplementalRow]) -> pa.Table:
        source = self._source
        read = self._reader.rows({one.parent_row for one in some})
        places = {number: place for place, number in enumerate(read.get_column(ROW_NUMBER).to_list())}
        frame = read[[places[one.parent_row] for one in some]]
        wanted = {place: one.overrides for place, one in enumerate(some) if one.overrides}
        changed = with_overrides(frame, source.program, wanted, source.targets)
        pairs = pl.Series(PAIR, [one.pair for one in some], dtype=pl.Int64)
        shown = changed.select(*source.program.columns, *override_columns(source.targets), pairs)
        return shown.to_arrow().combine_chunks()
