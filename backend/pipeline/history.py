"""What was reported before: for every row of the input the last report of the same record, found in the ledgers.

Only the hashes of all earlier keys are read; where one is met, the keys themselves decide. Memory is bounded: DuckDB
holds the keys of this run, and spills. The cost grows with the records reported so far, and with nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Final, TypeAlias

import duckdb
import polars as pl
import pyarrow as pa

from backend.domain.reported import REPORTED_ON, REPORTED_STATUS
from backend.pipeline.expressions.errors import SetRuleFailed
from backend.pipeline.expressions.set_sql import SetEngine
from backend.pipeline.ledger import KEY_HASH, ROW_NUMBER, STATUS, LedgerColumns, hash_keys, key_column
from backend.pipeline.ledger_reader import LedgerObject
from backend.pipeline.ports import ArtifactStore, ReportedRun
from backend.pipeline.window import ordered_map

HISTORY_SCHEMA: Final[Mapping[str, pl.DataType]] = {
    ROW_NUMBER: pl.Int64(),
    REPORTED_STATUS: pl.String(),
    REPORTED_ON: pl.Date(),
}
_LEDGERS_AHEAD: Final = 4
Schema: TypeAlias = Mapping[str, pl.DataType]
_HASH: Final[Schema] = {KEY_HASH: pl.UInt64()}
_CANDIDATES: Final[Schema] = {"ledger": pl.Int32(), "place": pl.Int32(), KEY_HASH: pl.UInt64()}


@dataclass(frozen=True, slots=True)
class History:
    """Looks records up in the ledgers of earlier runs, which stand in the order in which they were reported."""

    store: ArtifactStore
    engine: SetEngine
    columns: LedgerColumns
    reporting_date: date
    runs: Sequence[ReportedRun]

    def find(self, rows: Callable[[], Iterator[pl.DataFrame]]) -> pl.DataFrame:
        """HISTORY_SCHEMA of the rows that were reported before, in their order; a row above counts as before.

        ``rows`` gives, as often as it is asked, all rows with ``row_number``, the columns of the identity and the
        status. Raises SetRuleFailed.
        """
        if not self.columns.identity:
            return pl.DataFrame(schema=HISTORY_SCHEMA)
        try:
            with self.engine.open() as connection:
                return _Search(self, connection).run(rows)
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0][:200]
            raise SetRuleFailed(reason, fix="Give the run more memory or disk.") from error


class _Search:
    def __init__(self, history: History, connection: duckdb.DuckDBPyConnection) -> None:
        self._history = history
        self._connection = connection
        self._keys = [f"k{place}" for place in range(len(history.columns.identity))]
        self._stored = [(order, one) for order, run in enumerate(history.runs) for one in run.ledgers]

    def run(self, rows: Callable[[], Iterator[pl.DataFrame]]) -> pl.DataFrame:
        hashes = (self._incoming(frame).select(KEY_HASH) for frame in rows())
        self._load("hashes", _HASH, hashes, "SELECT key_hash, count(*) AS times FROM loading GROUP BY key_hash")
        met = self._query("SELECT key_hash FROM hashes WHERE times > 1", _HASH)[KEY_HASH]
        candidates = self._candidates() if self._stored else pl.DataFrame(schema=_CANDIDATES)
        met = pl.concat([met, candidates[KEY_HASH]]).unique()
        if met.is_empty():
            return pl.DataFrame(schema=HISTORY_SCHEMA)
        wanted = (self._incoming(frame).filter(pl.col(KEY_HASH).is_in(met.implode())) for frame in rows())
        self._load("reports", self._record_schema(), chain(self._earlier(candidates), wanted), "SELECT * FROM loading")
        keys = ", ".join(self._keys)
        return self._query(
            f"""
            SELECT {ROW_NUMBER}, {REPORTED_STATUS}, {REPORTED_ON} FROM (
              SELECT run, {ROW_NUMBER}, lag({STATUS}) OVER before AS {REPORTED_STATUS},
                lag(reported) OVER before AS {REPORTED_ON}
              FROM reports WINDOW before AS (PARTITION BY {keys} ORDER BY run, {ROW_NUMBER})
            ) WHERE run = {len(self._history.runs)} AND {REPORTED_ON} IS NOT NULL ORDER BY {ROW_NUMBER}
            """,  # noqa: S608 - every name in it is made here
            HISTORY_SCHEMA,
        )

    def _record_schema(self) -> dict[str, pl.DataType]:
        told = {"run": pl.Int32(), ROW_NUMBER: pl.Int64(), STATUS: pl.String(), "reported": pl.Date()}
        return told | {KEY_HASH: pl.UInt64()} | dict.fromkeys(self._keys, pl.String())

    def _incoming(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The records of this run that have a key."""
        columns = self._history.columns
        status = pl.col(columns.status) if columns.status else pl.lit(None, dtype=pl.String)
        keys = frame.select(
            pl.col(name).cast(pl.String, strict=False).alias(key_column(name)) for name in columns.identity
        )
        told = frame.select(ROW_NUMBER, status.alias(STATUS)).with_columns(
            hash_keys(keys, columns.identity).alias(KEY_HASH)
        )
        known = pl.concat([told, keys], how="horizontal").filter(pl.col(KEY_HASH).is_not_null())
        return self._records(known, len(self._history.runs), self._history.reporting_date)

    def _candidates(self) -> pl.DataFrame:
        """Where in the ledgers the hash of an incoming record stands."""
        query = "SELECT ledger, place, key_hash FROM loading SEMI JOIN hashes USING (key_hash)"
        self._load("candidates", _CANDIDATES, self._hashes(), query)
        return self._query("SELECT * FROM candidates ORDER BY ledger, place", _CANDIDATES)

    def _hashes(self) -> Iterator[pl.DataFrame]:
        for ledger, table in self._read(range(len(self._stored)), [KEY_HASH]):
            yield table.select(
                pl.lit(ledger, dtype=pl.Int32).alias("ledger"),
                pl.int_range(pl.len(), dtype=pl.Int32).alias("place"),
                KEY_HASH,
            )

    def _earlier(self, candidates: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """The candidates with their keys, in the order in which they were reported."""
        identity = self._history.columns.identity
        wanted = [ROW_NUMBER, STATUS, KEY_HASH, *(key_column(name) for name in identity)]
        parts = {int(part["ledger"][0]): part["place"] for part in candidates.partition_by("ledger")}
        for ledger, table in self._read(sorted(parts), wanted):
            order, _ = self._stored[ledger]
            yield self._records(table[parts[ledger]], order, self._history.runs[order].reporting_date)

    def _records(self, frame: pl.DataFrame, order: int, reported: date) -> pl.DataFrame:
        keys = zip(self._keys, self._history.columns.identity, strict=True)
        return frame.select(
            pl.lit(order, dtype=pl.Int32).alias("run"),
            ROW_NUMBER,
            STATUS,
            pl.lit(reported, dtype=pl.Date).alias("reported"),
            KEY_HASH,
            *(pl.col(key_column(name)).alias(short) for short, name in keys),
        )

    def _read(self, ledgers: Sequence[int], columns: Sequence[str]) -> Iterator[tuple[int, pl.DataFrame]]:
        """Columns of ledgers that know reports by the same key; several are fetched at a time."""

        def read(ledger: int) -> tuple[int, pl.DataFrame | None]:
            _, stored = self._stored[ledger]
            opened = LedgerObject(self._history.store.open_ranged(stored.key, stored.size_bytes, window=0))
            is_comparable = opened.identity == self._history.columns.identity
            return ledger, opened.columns(columns) if is_comparable else None

        with ThreadPoolExecutor(_LEDGERS_AHEAD, thread_name_prefix="ledger") as threads:
            for ledger, frame in ordered_map(threads, read, ledgers, _LEDGERS_AHEAD):
                if frame is not None:
                    yield ledger, frame

    def _load(self, table: str, schema: Schema, frames: Iterator[pl.DataFrame], query: str) -> None:
        """Make a table, which spills, of a query over frames that are read once."""
        target = pl.DataFrame(schema=schema).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
        batches = (
            batch
            for frame in frames
            for batch in frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(target).to_batches()
        )
        self._connection.register("loading", pa.RecordBatchReader.from_batches(target, batches))
        self._connection.execute(f"CREATE TEMP TABLE {table} AS {query}")
        self._connection.unregister("loading")

    def _query(self, query: str, schema: Schema) -> pl.DataFrame:
        return pl.DataFrame(pl.from_arrow(self._connection.sql(query).to_arrow_table()), schema_overrides=schema)
