"""DuckDB's types as ours: what holds its values exactly, and the cast that is needed where nothing does."""

from __future__ import annotations

import re
from typing import Final

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, DataType, Kind, decimal
from backend.services.connectors.base import SourceColumn
from backend.services.connectors.source_values import type_unsupported

_PLAIN: Final = {
    "VARCHAR": TEXT,
    "BOOLEAN": BOOLEAN,
    "DATE": DATE,
    "DOUBLE": DOUBLE,
    "TIMESTAMP WITH TIME ZONE": TIMESTAMP,
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), INTEGER),
}
_DECIMAL: Final = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_FIXES: Final = {
    "HUGEINT": "cast it to bigint or decimal(38,0)",
    "UBIGINT": "cast it to bigint or decimal(38,0)",
    "FLOAT": "cast it to double",
    "TIMESTAMP": "say where the time is local: column AT TIME ZONE 'Europe/Berlin'",
}
#: How a parameter of a kind is written; values are bound as texts.
CASTS: Final = {
    Kind.TEXT: "CAST({0} AS VARCHAR)",
    Kind.INTEGER: "CAST({0} AS BIGINT)",
    Kind.DECIMAL: "CAST({0} AS DECIMAL({1.precision},{1.scale}))",
    Kind.DOUBLE: "CAST({0} AS DOUBLE)",
    Kind.BOOLEAN: "CAST({0} AS BOOLEAN)",
    Kind.DATE: "CAST({0} AS DATE)",
    Kind.TIMESTAMP: "CAST({0} AS TIMESTAMP WITH TIME ZONE)",
}


def column_of(name: str, native_type: str) -> SourceColumn:
    """A column of a query. Raises ColumnTypeUnsupported."""
    match = _DECIMAL.fullmatch(native_type)
    found: DataType | None = decimal(int(match[1]), int(match[2])) if match else _PLAIN.get(native_type)
    if found is None:
        raise type_unsupported(name, native_type.lower(), _FIXES.get(native_type, "cast it to text in the query"))
    return SourceColumn(name, found, native_type.lower())
