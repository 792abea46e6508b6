"""PostgreSQL's types as OpenReg's: exact, or refused by column with the cast that makes them exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from backend.domain.expressions.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    MAX_PRECISION,
    TEXT,
    TIMESTAMP,
    DataType,
    Kind,
    decimal,
)
from backend.services.connectors.base import SourceColumn, TableColumn, arrow_type
from backend.services.connectors.csv_blocks import CsvColumnReader, Finish
from backend.services.connectors.faults import ColumnTypeUnsupported
from backend.services.connectors.source_values import at_zone, check_names, type_unsupported

_NUMERIC_OID: Final = 1700
_TIMESTAMP_OID: Final = 1114
_FLOAT4_OID: Final = 700
_BPCHAR_OID: Final = 1042
_UNNAMED: Final = "?column?"

# Object identifiers of built-in types never change (catalog/pg_type.dat).
_TYPES: Final[Mapping[int, DataType]] = {
    16: BOOLEAN,
    18: TEXT,  # "char"
    19: TEXT,  # name
    20: INTEGER,
    21: INTEGER,
    23: INTEGER,
    25: TEXT,
    26: INTEGER,  # oid
    114: TEXT,  # json
    142: TEXT,  # xml
    650: TEXT,  # cidr
    700: DOUBLE,
    701: DOUBLE,
    705: TEXT,  # a literal without a type
    829: TEXT,  # macaddr
    869: TEXT,  # inet
    1042: TEXT,  # character(n)
    1043: TEXT,
    1082: DATE,
    1083: TEXT,  # time
    1184: TIMESTAMP,
    2950: TEXT,  # uuid
    3802: TEXT,  # jsonb
}

_CASTS: Final[Mapping[int, str]] = {
    17: "binary content has no place in a report; select encode(…, 'hex') if its text is wanted",
    790: "money depends on the server's locale; cast it to numeric(p,s)",
    1186: "an interval has no exact number of seconds; select its parts with extract()",
}

SQL_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "text",
    Kind.INTEGER: "bigint",
    Kind.DECIMAL: "numeric",
    Kind.DOUBLE: "double precision",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "timestamp with time zone",
}
"""What a parameter of a kind is cast to in the query."""


@dataclass(frozen=True, slots=True)
class NativeField:
    """A column as the server describes it: type, modifier, their written form and the type's nature."""

    name: str
    oid: int
    modifier: int
    native_type: str
    is_textual: bool


def readers_of(fields: Sequence[NativeField], *, source_time_zone: str | None) -> tuple[CsvColumnReader, ...]:
    """How each column is read. Raises ColumnNameInvalid or ColumnTypeUnsupported."""
    check_names([field.name for field in fields], unnamed=_UNNAMED)
    return tuple(_reader(field, source_time_zone) for field in fields)


def table_column(field: NativeField, *, source_time_zone: str | None) -> TableColumn:
    """A column for browsing, where an unsupported type is a remark and not an error."""
    try:
        return TableColumn(field.name, field.native_type, exact_type(field, source_time_zone))
    except ColumnTypeUnsupported as error:
        return TableColumn(field.name, field.native_type, None, error.fix)


def exact_type(field: NativeField, source_time_zone: str | None) -> DataType:
    """The type that holds every value of a column. Raises ColumnTypeUnsupported."""
    if field.oid == _NUMERIC_OID:
        return _exact_numeric(field)
    if field.oid == _TIMESTAMP_OID:
        if source_time_zone is None:
            raise _unsupported(
                field,
                f"its time zone is unknown; select {field.name} AT TIME ZONE 'Europe/Berlin' (the zone it was written "
                "in), or set the connector's source_time_zone",
            )
        return TIMESTAMP
    if field.oid in _TYPES:
        return _TYPES[field.oid]
    if field.is_textual:
        return TEXT
    raise _unsupported(field, _CASTS.get(field.oid, "cast it to text, a number, a date or a timestamp with time zone"))


def _exact_numeric(field: NativeField) -> DataType:
    if field.modifier < 0:
        raise _unsupported(
            field, f"it has no fixed number of digits; cast to numeric(p,s): {field.name}::numeric(18,2)"
        )
    precision = (field.modifier - 4) >> 16 & 0xFFFF
    scale = ((field.modifier - 4) & 0x7FF ^ 1024) - 1024  # eleven bits, signed (numeric.c)
    digits = max(precision, scale) if scale >= 0 else precision - scale
    if digits > MAX_PRECISION:
        raise _unsupported(
            field, f"more than {MAX_PRECISION} digits cannot be held; cast to numeric({MAX_PRECISION},s)"
        )
    return decimal(digits, max(scale, 0))


def _reader(field: NativeField, source_time_zone: str | None) -> CsvColumnReader:
    column = SourceColumn(field.name, exact_type(field, source_time_zone), field.native_type)
    if field.oid == _BPCHAR_OID:
        return CsvColumnReader(column, pa.string(), _without_padding)
    if (
        field.oid == _FLOAT4_OID
    ):  # parsed in its own width, so that the double is the stored value and not the printed one
        return CsvColumnReader(column, pa.float32(), _as_double)
    if field.oid == _TIMESTAMP_OID and source_time_zone is not None:
        return CsvColumnReader(column, pa.timestamp("us"), _in_zone(source_time_zone))
    return CsvColumnReader(column, arrow_type(column.type))


def _without_padding(array: pa.Array) -> pa.Array:
    """The blanks that fill up character(n) are not part of the value (SQL comparison and PostgreSQL's cast to text)."""
    return pc.utf8_rtrim(array, characters=" ")


def _as_double(array: pa.Array) -> pa.Array:
    return array.cast(pa.float64())


def _in_zone(zone: str) -> Finish:
    return partial(at_zone, zone=zone)


def _unsupported(field: NativeField, fix: str) -> ColumnTypeUnsupported:
    return type_unsupported(field.name, field.native_type, fix)
