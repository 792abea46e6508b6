"""The ledger of a run: which records were written, what they were and where they stand, in Parquet per row group.

It is written with the checkpoint of its row group, so a resumed run has each record once. Whoever asks later whether
a record was reported, or where, reads a few columns of it: ``key_hash`` says quickly which records cannot be meant,
the key itself says which are.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from backend.pipeline.plan import RunPlan

ROW_NUMBER: Final = "row_number"
STATUS: Final = "status"
KEY_HASH: Final = "key_hash"
CONTENT_HASH: Final = "content_hash"
MEDIA_TYPE: Final = "application/vnd.apache.parquet"
#: Under this name stands in the Parquet metadata which columns the keys are made of.
METADATA: Final = b"openreg"
#: Between the parts of a key, in what is hashed; in the record's key as people see it stands a slash.
_SEPARATOR: Final = "\x1f"
RECORD_KEY_SEPARATOR: Final = "/"
_WORD_BYTES: Final = 8
_SEED: Final = np.uint64(0xCBF29CE484222325)
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_HALF: Final = np.uint64(32)


class Placement(NamedTuple):
    """Where consecutive records of an output begin: the file, from 1, and the record's position in it, from 1."""

    file_number: int
    position: int


@dataclass(frozen=True, slots=True)
class LedgerColumns:
    """Target columns that a ledger keeps: those of the record's key, those that tell reports apart, the status.

    ``identity`` is what the regime knows a report by (executing entity and transaction reference), the record's key
    where there is no regime; it is empty when the report does not map all of it.
    """

    record_key: tuple[str, ...]
    identity: tuple[str, ...]
    status: str | None

    @classmethod
    def of(cls, plan: RunPlan) -> LedgerColumns:
        """The columns for the report of a run."""
        mapped = plan.program.fields
        record_key = tuple(name for name in mapped if name in plan.document.record_key)
        if plan.pack is None:
            return cls(record_key, record_key, None)
        identity, status = plan.pack.record_key, plan.pack.cancellation.status_column
        is_known = all(name in mapped for name in identity)
        return cls(record_key, identity if is_known else (), status if status in mapped else None)

    @property
    def keys(self) -> tuple[str, ...]:
        """The key columns, each once."""
        return tuple(dict.fromkeys((*self.identity, *self.record_key)))


def key_column(name: str) -> str:
    """The ledger's column of a target column; no other begins like it."""
    return f"key:{name}"


def file_column(output_number: int) -> str:
    """The column with the number of the file of an output in which the record stands."""
    return f"file:{output_number}"


def position_column(output_number: int) -> str:
    """The column with the record's position in that file."""
    return f"position:{output_number}"


@dataclass(frozen=True, slots=True)
class LedgerWriter:
    """Makes the ledger of a row group out of the records that were written."""

    columns: LedgerColumns

    def entries(self, target: pl.DataFrame) -> pl.DataFrame:
        """What the ledger says of judged records, but for their places."""
        keys = [pl.col(name).cast(pl.String, strict=False).alias(key_column(name)) for name in self.columns.keys]
        status = self.columns.status
        entries = target.select(
            ROW_NUMBER, (pl.col(status) if status else pl.lit(None, dtype=pl.String)).alias(STATUS), *keys
        )
        content = target.select(sorted(set(target.columns) - {ROW_NUMBER}))
        return entries.with_columns(
            hash_keys(entries, self.columns.identity).alias(KEY_HASH),
            content.hash_rows(seed=0).alias(CONTENT_HASH),
        )

    def write(self, parts: Sequence[pl.DataFrame]) -> bytes:
        """The Parquet object of a row group."""
        table = pl.concat(parts).to_arrow(compat_level=pl.CompatLevel.oldest())
        said = {
            "record_key": self.columns.record_key,
            "identity": self.columns.identity,
            # Polars promises no hash across its versions: only those of the same one can be compared.
            "content_hash": f"polars {pl.__version__}",
        }
        counting = [name for name in table.column_names if name == ROW_NUMBER or name.startswith("position:")]
        hashes = {KEY_HASH, CONTENT_HASH}
        target = io.BytesIO()
        pq.write_table(
            table.replace_schema_metadata({METADATA: json.dumps(said).encode()}),
            target,
            use_dictionary=[name for name in table.column_names if name not in hashes and name not in counting],
            column_encoding=dict.fromkeys(counting, "DELTA_BINARY_PACKED"),
            compression={name: "none" if name in hashes else "zstd" for name in table.column_names},
            compression_level={name: 1 for name in table.column_names if name not in hashes},
            write_statistics=[ROW_NUMBER],
        )
        return target.getvalue()


def placed(entries: pl.DataFrame, slices: Sequence[tuple[int, Sequence[Placement]]]) -> pl.DataFrame:
    """Entries with their places; ``slices`` are (records, one placement per output) in order."""
    sizes = [size for size, _ in slices]
    outputs = len(slices[0][1]) if slices else 0
    columns: list[pl.Series] = []
    for number in range(outputs):
        files = np.repeat(np.array([places[number].file_number for _, places in slices], np.int32), sizes)
        starts = [places[number].position for _, places in slices]
        positions = np.concatenate([np.arange(first, first + size) for first, size in zip(starts, sizes, strict=True)])
        columns += [
            pl.Series(file_column(number), files, pl.Int32),
            pl.Series(position_column(number), positions, pl.Int64),
        ]
    return entries.with_columns(columns)


def hash_keys(frame: pl.DataFrame, identity: Sequence[str]) -> pl.Series:
    """64 bits of the key of every row, the same for ever; NULL where a part of the key is missing."""
    if not identity or frame.is_empty():
        return pl.Series([None] * frame.height, dtype=pl.UInt64)
    joined = frame.select(pl.concat_str([key_column(name) for name in identity], separator=_SEPARATOR)).to_series()
    hashes = _hash_texts(joined.drop_nulls())
    if not joined.null_count():
        return hashes
    if hashes.is_empty():
        return pl.Series([None] * frame.height, dtype=pl.UInt64)
    known = joined.is_not_null()
    spread = hashes.gather(known.cum_sum().cast(pl.Int64) - 1)
    return spread.zip_with(known, pl.Series([None], dtype=pl.UInt64))


def _hash_texts(texts: pl.Series) -> pl.Series:
    """A multiplicative hash over words of eight bytes, for all rows together; a row's value is its own alone."""
    if texts.is_empty():
        return pl.Series([], dtype=pl.UInt64)
    lengths = texts.str.len_bytes().to_numpy()
    words = -(-int(lengths.max()) // _WORD_BYTES)
    matrix = _bytes_of(texts, lengths, max(words, 1) * _WORD_BYTES).view(np.uint64)
    hashes = _SEED ^ lengths.astype(np.uint64)
    for place in range(words):
        mixed = (hashes ^ matrix[:, place]) * _FACTOR
        mixed ^= mixed >> _HALF
        hashes = np.where(lengths > place * _WORD_BYTES, mixed, hashes)
    return pl.Series(hashes, dtype=pl.UInt64)


def _bytes_of(texts: pl.Series, lengths: npt.NDArray[np.uint32], width: int) -> npt.NDArray[np.uint8]:
    """One row of ``width`` bytes per text, filled up with zeros."""
    is_plain = int(lengths.sum()) == int(texts.str.len_chars().sum())
    padded = texts.str.pad_end(width, "\0") if is_plain else texts
    array = padded.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string())
    _, offsets, content = array.buffers()
    starts = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    written = np.frombuffer(content, np.uint8)[starts[0] : starts[-1]]
    if is_plain:
        return written.reshape(len(texts), width)
    rows = np.zeros((len(texts), width), np.uint8)
    line = np.repeat(np.arange(len(texts)), lengths)
    rows[line, np.arange(len(written)) - np.repeat(starts[:-1] - starts[0], lengths)] = written
    return rows
