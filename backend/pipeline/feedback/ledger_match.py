"""Finding the records of a run that advices mean: by executing entity and reference, which the ledger keeps.

auth.031 names a record by both in one text, the entity's LEI first; other messages name them apart. Both are compared
as one text, after a hash has said which record it can only be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from backend.pipeline.ledger import RECORD_KEY_SEPARATOR, ROW_NUMBER, STATUS, key_column
from backend.pipeline.ledger_reader import LedgerObject

_TEXT = "text"
_HASH = "hash"


@dataclass(frozen=True, slots=True)
class MatchedLedger:
    """The records of a run, sorted by the hash of what a regulator calls them.

    Of several records of one name, a cancellation and what is reported anew, the last is meant.
    """

    _records: pl.DataFrame
    _entities: pl.Series

    @classmethod
    def of(cls, ledgers: Iterable[LedgerObject]) -> MatchedLedger:
        """The records of all row groups of a run."""
        parts = [_identified(ledger) for ledger in ledgers]
        records = pl.concat(parts) if parts else pl.DataFrame(schema=_SCHEMA)
        named = records.drop_nulls(_TEXT).unique(_TEXT, keep="last", maintain_order=True)
        return cls(named.sort(_HASH), records.get_column("entity").unique().drop_nulls())

    def match(self, advices: pl.DataFrame) -> pl.DataFrame:
        """The advices with ``row_number``, NULL where the run has no such record, and ``is_known_entity``."""
        record = advices.get_column("record_id")
        entity = advices.get_column("entity")
        text = pl.select((entity.fill_null("") + record).alias(_TEXT)).to_series()
        places = self._places(text)
        first = pl.Series(entity.fill_null(record.str.head(20)))
        return advices.with_columns(
            pl.Series("row_number", places, pl.Int64), first.is_in(self._entities.implode()).alias("is_known_entity")
        )

    def describe(self, rows: pl.Series) -> pl.DataFrame:
        """Key, entity and status of these rows."""
        return self._records.filter(pl.col(ROW_NUMBER).is_in(rows.implode())).select(
            ROW_NUMBER, "record_key", "entity", "status"
        )

    def _places(self, text: pl.Series) -> pl.Series:
        known = self._records
        if known.is_empty() or text.is_empty():
            return pl.Series([None] * text.len(), dtype=pl.Int64)
        hashes = known.get_column(_HASH).to_numpy()
        found = np.searchsorted(hashes, text.hash(seed=0).to_numpy())
        found[found == len(hashes)] = 0
        candidates = known.get_column(_TEXT).gather(found)
        rows = known.get_column(ROW_NUMBER).gather(found)
        is_same = candidates == text
        result = rows.zip_with(is_same, pl.Series([None], dtype=pl.Int64))
        clashes = pl.Series(hashes[found] == text.hash(seed=0).to_numpy()) & ~is_same
        if clashes.any():  # two texts of one hash: rare enough to be looked up one by one
            by_text = dict(zip(known.get_column(_TEXT), known.get_column(ROW_NUMBER), strict=True))
            values = [by_text.get(one) if clash else row for one, clash, row in zip(text, clashes, result, strict=True)]
            result = pl.Series(values, dtype=pl.Int64)
        return result


_SCHEMA = {
    ROW_NUMBER: pl.Int64,
    _TEXT: pl.String,
    _HASH: pl.UInt64,
    "entity": pl.String,
    "record_key": pl.String,
    "status": pl.String,
}


def _identified(ledger: LedgerObject) -> pl.DataFrame:
    identity = [key_column(name) for name in ledger.identity]
    keys = [key_column(name) for name in ledger.record_key]
    frame = ledger.columns([ROW_NUMBER, STATUS, *dict.fromkeys((*identity, *keys))])
    nothing = pl.lit(None, dtype=pl.String)
    text = pl.concat_str(identity) if identity else nothing
    return frame.select(
        pl.col(ROW_NUMBER).cast(pl.Int64),
        text.alias(_TEXT),
        text.hash(seed=0).alias(_HASH),
        (pl.col(identity[0]) if len(identity) > 1 else nothing).alias("entity"),
        (pl.concat_str(keys, separator=RECORD_KEY_SEPARATOR, ignore_nulls=True) if keys else nothing).alias(
            "record_key"
        ),
        pl.col(STATUS).cast(pl.String).alias("status"),
    )
