"""Entries of a dataset as typed tables: what a version's object holds, and what customers download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from backend.domain.datasets import KEY, VALID_FROM, VALID_TO, ColumnType

ROWS_PER_GROUP: Final = 100_000
ARROW_TYPES: Final[Mapping[ColumnType, pa.DataType]] = {
    ColumnType.TEXT: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.DECIMAL: pa.decimal128(38, 10),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
}


def parquet_schema(types: Mapping[str, ColumnType]) -> pa.Schema:
    """The columns of a version's object."""
    own = [(name, ARROW_TYPES[kind]) for name, kind in types.items()]
    return pa.schema([(KEY, pa.string()), (VALID_FROM, pa.date32()), (VALID_TO, pa.date32()), *own])


def table_of(columns: Mapping[str, Sequence[object]], schema: pa.Schema) -> pa.Table:
    """Columns of stored texts, and of days, as the types of a schema."""
    arrays = []
    for one in schema:
        written = pa.array(columns[one.name], one.type if one.name in {VALID_FROM, VALID_TO} else pa.string())
        arrays.append(written if written.type == one.type else pc.cast(written, one.type))
    return pa.Table.from_arrays(arrays, schema=schema)
