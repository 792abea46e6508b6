"""Reading the ledger of a row group: single records with their places, or a few columns of all of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import polars as pl
import pyarrow.parquet as pq

from backend.pipeline.ledger import (
    CONTENT_HASH,
    METADATA,
    RECORD_KEY_SEPARATOR,
    ROW_NUMBER,
    STATUS,
    file_column,
    key_column,
    position_column,
)


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """Where a record stands in the files of an output; file and position count from 1."""

    output_number: int
    file_number: int
    position: int


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A written record. ``identity`` is what the regime knows it by; two of equal content have the same ``content``."""

    row_number: int
    record_key: str | None
    status: str | None
    identity: Mapping[str, str | None]
    content: str
    places: tuple[RecordPlace, ...]


class LedgerObject:
    """One ledger object, opened; ``file`` may fetch what is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = pq.ParquetFile(file)
        said = json.loads(self._file.schema_arrow.metadata[METADATA])
        self.record_key: tuple[str, ...] = tuple(said["record_key"])
        self.identity: tuple[str, ...] = tuple(said["identity"])
        self._scheme: str = said["content_hash"]

    def columns(self, names: Sequence[str] | None = None) -> pl.DataFrame:
        """These columns of all records, or every column."""
        frame = pl.from_arrow(self._file.read(columns=list(names) if names else None, use_threads=False))
        if not isinstance(frame, pl.DataFrame):
            raise TypeError("rows were expected")
        return frame

    def find_rows(self, numbers: Collection[int]) -> list[LedgerEntry]:
        """The records of these rows of the input, in their order."""
        return self._entries(self.columns().filter(pl.col(ROW_NUMBER).is_in(numbers)))

    def find_record_key(self, record_key: str) -> list[LedgerEntry]:
        """The records with this key, in the order of their rows."""
        keys = self.columns([ROW_NUMBER, *(key_column(name) for name in self.record_key)])
        found = keys.filter(self._joined_key() == record_key).get_column(ROW_NUMBER).to_list()
        return self.find_rows(found) if found else []

    def find_text(self, text: str) -> list[LedgerEntry]:
        """The records that a person may mean: a part of their key is this text, or the whole of it, joined or not."""
        names = tuple(dict.fromkeys((*self.identity, *self.record_key)))
        if not names:
            return []
        keys = self.columns([ROW_NUMBER, *(key_column(name) for name in names)])
        known = [key_column(name) for name in self.identity]
        meant = [pl.col(key_column(name)) == text for name in names] + [self._joined_key() == text]
        if known:
            # A regulator names a MiFIR transaction by its entity and its reference, with nothing between them.
            meant += [pl.concat_str(known, separator=between) == text for between in ("", RECORD_KEY_SEPARATOR)]
        found = keys.filter(pl.any_horizontal(meant)).get_column(ROW_NUMBER).to_list()
        return self.find_rows(found) if found else []

    def _joined_key(self) -> pl.Expr:
        if not self.record_key:
            return pl.lit(None, dtype=pl.String)
        parts = [key_column(name) for name in self.record_key]
        return pl.concat_str(parts, separator=RECORD_KEY_SEPARATOR, ignore_nulls=True)

    def _entries(self, found: pl.DataFrame) -> list[LedgerEntry]:
        rows = found.with_columns(record_key=self._joined_key()).sort(ROW_NUMBER)
        return [self._entry(row) for row in rows.iter_rows(named=True)]

    def _entry(self, row: Mapping[str, Any]) -> LedgerEntry:
        outputs = sum(name.startswith("file:") for name in row)
        return LedgerEntry(
            row[ROW_NUMBER],
            row["record_key"],
            row[STATUS],
            {name: row[key_column(name)] for name in self.identity},
            f"{self._scheme}:{row[CONTENT_HASH]:016x}",
            tuple(RecordPlace(one, row[file_column(one)], row[position_column(one)]) for one in range(outputs)),
        )
