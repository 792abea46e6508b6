"""Reading the stored input back: row groups as batches with their row numbers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from typing import IO

import polars as pl
import pyarrow.parquet as pq

from backend.pipeline.ports import ArtifactStore, StoredInput

ROW_NUMBER = "row_number"


class InputReader:
    """The run's input. ``row_number`` is the 1-based position of a row in it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = pq.ParquetFile(file)
        sizes = [self._file.metadata.row_group(number).num_rows for number in range(self._file.num_row_groups)]
        self._first_row = [1 + sum(sizes[:number]) for number in range(len(sizes))]

    @classmethod
    def of_stored(cls, store: ArtifactStore, stored: StoredInput) -> InputReader:
        """The input in object storage."""
        return cls(store.open_ranged(stored.key, stored.size_bytes))

    @property
    def row_groups(self) -> int:
        """How many row groups the input has."""
        return len(self._first_row)

    def group_of(self, row: int) -> int:
        """The row group that holds a row."""
        return bisect_right(self._first_row, row) - 1

    def row_group(self, number: int, columns: Sequence[str]) -> pl.DataFrame:
        """The named columns of one row group, with ``row_number`` first."""
        table = self._file.read_row_group(number, columns=list(columns), use_threads=False)
        return _numbered(pl.from_arrow(table), self._first_row[number])

    def rows(self, numbers: Collection[int]) -> pl.DataFrame:
        """These rows in the order of the input; only the row groups that hold them are read."""
        wanted = sorted(set(numbers))
        frames = [_numbered(pl.from_arrow(self._file.schema_arrow.empty_table()), 1)]
        for group, first in enumerate(self._first_row):
            last = first + self._file.metadata.row_group(group).num_rows - 1
            places = [number - first for number in wanted[bisect_left(wanted, first) : bisect_right(wanted, last)]]
            if places:
                taken = self._file.read_row_group(group, use_threads=False).take(places)
                frame = _numbered(pl.from_arrow(taken), first)
                frames.append(frame.with_columns(pl.Series(ROW_NUMBER, [first + place for place in places], pl.Int64)))
        return pl.concat(frames)

    def batches(self, from_group: int, size: int) -> Iterator[tuple[int, bool, pl.DataFrame]]:
        """(row group, is the last batch of it, frame of at most ``size`` rows) from a row group on.

        A row group is decoded piece by piece: as a whole, and once more as a frame, it would be most of the memory.
        """
        for number in range(from_group, self.row_groups):
            left = self._file.metadata.row_group(number).num_rows
            first = self._first_row[number]
            for batch in self._file.iter_batches(size, row_groups=[number], use_threads=False):
                left -= batch.num_rows
                yield number, left == 0, _numbered(pl.from_arrow(batch), first)
                first += batch.num_rows


def _numbered(frame: pl.DataFrame | pl.Series, first: int) -> pl.DataFrame:
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("rows were expected")
    return frame.with_row_index(ROW_NUMBER, first).with_columns(pl.col(ROW_NUMBER).cast(pl.Int64))
