"""The two sides of a comparison on disk: of every record its key, its values as they stand and in their normal form.

Columns are ``k`` (the key in its normal form), ``n`` (the place in the side, from 1), ``shown`` (the key as it stands),
``h`` (a hash of all compared values), and per compared column ``r<i>`` (as it stands) and ``c<i>`` (normal form).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import polars as pl
import pyarrow.parquet as pq

from backend.domain.extract_mapping import ExtractMapping
from backend.pipeline.reconciliation.normal_form import NormalForm
from backend.pipeline.reconciliation.refusal import ExtractRefused

KEY: Final = "k"
PLACE: Final = "n"
SHOWN: Final = "shown"
HASH: Final = "h"
_BETWEEN: Final = "\x1f"
_BETWEEN_SHOWN: Final = "/"


class SideWriter:
    """Writes one side; ``forms`` are those of the key columns and then of the compared ones."""

    def __init__(self, path: Path, forms: Sequence[NormalForm], keys: int) -> None:
        self.rows = 0
        self._path, self._forms, self._keys = path, forms, keys
        self._writer: pq.ParquetWriter | None = None

    @classmethod
    def of_theirs(cls, path: Path, mapping: ExtractMapping) -> Self:
        """For the extract."""
        columns = (*mapping.keys, *mapping.compared)
        return cls(path, [NormalForm.theirs(one, mapping) for one in columns], len(mapping.keys))

    @classmethod
    def of_ours(cls, path: Path, mapping: ExtractMapping) -> Self:
        """For our records."""
        columns = (*mapping.keys, *mapping.compared)
        return cls(path, [NormalForm.ours(one) for one in columns], len(mapping.keys))

    def add(self, values: Sequence[pl.Series], beside: pl.DataFrame | None = None) -> pl.DataFrame:
        """Write records, given as texts in the order of the forms; ``beside`` are further columns of theirs.

        What is written comes back.
        """
        normal = [form.of(texts) for form, texts in zip(self._forms, values, strict=True)]
        keys, compared = normal[: self._keys], normal[self._keys :]
        frame = pl.DataFrame({f"c{place}": column for place, column in enumerate(compared)})
        hashes = frame.hash_rows(seed=0) if compared else pl.Series([0] * len(keys[0]), dtype=pl.UInt64)
        raw = {f"r{place}": column for place, column in enumerate(values[self._keys :])}
        named = pl.DataFrame({str(place): column for place, column in enumerate(keys)})
        shown = pl.DataFrame({str(place): column for place, column in enumerate(values[: self._keys])})
        written = pl.DataFrame(
            {
                KEY: named.select(pl.concat_str(pl.all(), separator=_BETWEEN)).to_series(),
                PLACE: pl.int_range(self.rows + 1, self.rows + 1 + named.height, eager=True, dtype=pl.Int64),
                SHOWN: shown.select(pl.concat_str(pl.all(), separator=_BETWEEN_SHOWN, ignore_nulls=True)).to_series(),
                HASH: hashes,
                **raw,
                **{name: frame.get_column(name) for name in frame.columns},
            }
        )
        if beside is not None:
            written = written.hstack(beside.get_columns())
        self.rows += written.height
        table = written.to_arrow(compat_level=pl.CompatLevel.oldest())
        self._writer = self._writer or pq.ParquetWriter(self._path, table.schema, compression="lz4")
        self._writer.write_table(table)
        return written

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The file is whole."""
        if self._writer is not None:
            self._writer.close()


def add_theirs(writer: SideWriter, frame: pl.DataFrame, mapping: ExtractMapping) -> None:
    """Write rows of the extract. Raises ExtractRefused for a row without a key, or one that is the header again."""
    before = writer.rows
    columns = (*mapping.keys, *mapping.compared)
    repeated = pl.all_horizontal([pl.col(one.column) == one.column for one in columns])
    again = frame.select(repeated.arg_true()).to_series()
    if again.len():
        raise ExtractRefused(
            "header_repeated",
            f"Row {before + 1 + again[0]} is the header once more: these are two files in one. Bring them one by one.",
        )
    written = writer.add([frame.get_column(one.column) for one in columns])
    unnamed = written.select(pl.col(KEY).is_null().arg_true()).to_series()
    if unnamed.len():
        names = ", ".join(one.column for one in mapping.keys)
        raise ExtractRefused("key_missing", f"Row {before + 1 + unnamed[0]} names no record: {names} must be filled.")
