"""Instruments of FIRDS files as entries of two datasets: where each is traded, and what it is.

The records are written to a file of the scratch area once; DuckDB, which spills, makes the entries of them. A later
record of an instrument at a venue takes the place of an earlier one. What a delta says of a venue changes what is
known of its instrument at all venues, so that a delta is read together with the entries it is to be applied to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from backend.pipeline.engine import EngineLimits, open_engine
from backend.services.reference_data.firds_records import VenueRecord
from backend.services.reference_data.shapes import INSTRUMENT_VENUES_SHAPE, INSTRUMENTS_SHAPE, DatasetShape

_MEMORY: Final = "512MB"
_ROWS: Final = 16_384
_ENTRIES: Final = 50_000
_TYPES: Final[Mapping[str, pa.DataType]] = {
    "is_cancelled": pa.bool_(),
    "maturity": pa.date32(),
    "first_trade": pa.date32(),
    "termination": pa.date32(),
}
_FIELDS: Final = tuple(one.name for one in fields(VenueRecord))
_SCHEMA: Final = pa.schema(
    [*((name, _TYPES.get(name, pa.string())) for name in _FIELDS), pa.field("place", pa.int64(), nullable=False)]
)
#: The last record of each instrument at each venue; arguments that are NULL would be passed over, a struct is none.
_LATEST: Final = """
    CREATE TABLE latest AS
    SELECT isin, mic, isin || '|' || mic AS key,
           arg_max({'is_cancelled': is_cancelled, 'first_trade': first_trade, 'termination': termination}, place)
               AS said
    FROM records GROUP BY isin, mic
"""
_VENUES: Final = """
    SELECT key, isin, mic, said.first_trade AS first_trade, said.termination AS termination,
           NULL::DATE AS valid_from, NULL::DATE AS valid_to, said.is_cancelled AS is_removed
    FROM latest WHERE NOT said.is_cancelled OR key IN (SELECT key FROM known_venues)
"""
#: Traded from the first day at any venue to the last day at the last one, open where one of them is.
_INSTRUMENTS: Final = """
    WITH touched AS (SELECT DISTINCT isin FROM latest),
    described AS (
        SELECT isin, arg_max({'cfi': cfi, 'full_name': full_name, 'notional_currency': notional_currency,
                              'issuer': issuer, 'maturity': maturity}, place) AS said
        FROM records WHERE NOT is_cancelled GROUP BY isin
    ),
    traded AS (
        SELECT isin, min(first_trade) AS first_trade,
               CASE WHEN bool_and(termination IS NOT NULL) THEN max(termination) END AS termination
        FROM (
            SELECT isin, said.first_trade AS first_trade, said.termination AS termination
            FROM latest WHERE NOT said.is_cancelled
            UNION ALL
            SELECT isin, first_trade, termination FROM known_venues
            WHERE isin IN (SELECT isin FROM touched) AND key NOT IN (SELECT key FROM latest)
        ) GROUP BY isin
    )
    SELECT touched.isin AS key,
           CASE WHEN d.isin IS NULL THEN k.cfi ELSE d.said.cfi END AS cfi,
           CASE WHEN d.isin IS NULL THEN k.full_name ELSE d.said.full_name END AS full_name,
           CASE WHEN d.isin IS NULL THEN k.notional_currency ELSE d.said.notional_currency END AS notional_currency,
           CASE WHEN d.isin IS NULL THEN k.issuer ELSE d.said.issuer END AS issuer,
           CASE WHEN d.isin IS NULL THEN k.maturity ELSE d.said.maturity END AS maturity,
           t.first_trade AS first_trade, t.termination AS termination,
           NULL::DATE AS valid_from, NULL::DATE AS valid_to, t.isin IS NULL AS is_removed
    FROM touched
    LEFT JOIN described AS d ON d.isin = touched.isin
    LEFT JOIN traded AS t ON t.isin = touched.isin
    LEFT JOIN known_instruments AS k ON k.key = touched.isin
    WHERE d.isin IS NOT NULL OR k.key IS NOT NULL
"""
_ENTRIES_OF: Final[Mapping[str, str]] = {
    INSTRUMENT_VENUES_SHAPE.name: _VENUES,
    INSTRUMENTS_SHAPE.name: _INSTRUMENTS,
}


class FirdsRecords:
    """The records of some files, kept in a folder of the scratch area that its owner removes."""

    def __init__(self, folder: Path) -> None:
        """``folder`` exists and is this list's own."""
        self._folder = folder
        self._path = folder / "records.parquet"

    def store(self, records: Iterable[VenueRecord]) -> Iterator[int]:
        """Write them all; how many are written, now and then."""
        with pq.ParquetWriter(self._path, _SCHEMA, compression="zstd") as writer:
            waiting: list[VenueRecord] = []
            stored = 0
            for record in records:
                waiting.append(record)
                if len(waiting) == _ROWS:
                    writer.write_batch(_batch(waiting, stored))
                    stored += len(waiting)
                    waiting.clear()
                    yield stored
            if waiting:
                writer.write_batch(_batch(waiting, stored))
                yield stored + len(waiting)

    def entries(self, shape: DatasetShape, known: Mapping[str, Path]) -> Iterator[pa.RecordBatch]:
        """What the records make of a dataset; ``known`` are the entries of datasets as they are, in Parquet."""
        with open_engine(EngineLimits(_MEMORY, 2, self._folder)) as engine:
            engine.read_parquet(str(self._path)).create_view("records")
            for table, of in (("known_venues", INSTRUMENT_VENUES_SHAPE), ("known_instruments", INSTRUMENTS_SHAPE)):
                if of.name in known:
                    engine.read_parquet(str(known[of.name])).create_view(table)
                else:
                    engine.from_arrow(of.schema.empty_table()).create(table)
            engine.execute(_LATEST)
            for batch in engine.sql(_ENTRIES_OF[shape.name]).to_arrow_reader(_ENTRIES):
                yield pa.RecordBatch.from_arrays(batch.cast(shape.schema).columns, schema=shape.schema)


def _batch(records: list[VenueRecord], first: int) -> pa.RecordBatch:
    columns = [pa.array([getattr(one, name) for one in records], _TYPES.get(name, pa.string())) for name in _FIELDS]
    places = pa.array(range(first, first + len(records)), pa.int64())
    return pa.RecordBatch.from_arrays([*columns, places], schema=_SCHEMA)
