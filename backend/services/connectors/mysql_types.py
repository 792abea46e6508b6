"""MySQL's and MariaDB's types as OpenReg's: exact, or refused by column with the cast that makes them exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from pymysql.constants import FIELD_TYPE, FLAG

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
from backend.services.connectors.column_reader import ColumnReader
from backend.services.connectors.faults import ColumnTypeUnsupported
from backend.services.connectors.source_values import (
    check_names,
    type_unsupported,
)

_BINARY: Final = 63  # the number of the collation of bytes
_LARGEST_UNSIGNED: Final = decimal(20, 0)
_INTEGERS: Final = {
    FIELD_TYPE.TINY: "tinyint",
    FIELD_TYPE.SHORT: "smallint",
    FIELD_TYPE.INT24: "mediumint",
    FIELD_TYPE.LONG: "int",
    FIELD_TYPE.LONGLONG: "bigint",
    FIELD_TYPE.YEAR: "year",
}
_TEXTS: Final = {
    FIELD_TYPE.VARCHAR: "varchar",
    FIELD_TYPE.VAR_STRING: "varchar",
    FIELD_TYPE.STRING: "char",
    FIELD_TYPE.TINY_BLOB: "tinytext",
    FIELD_TYPE.BLOB: "text",
    FIELD_TYPE.MEDIUM_BLOB: "mediumtext",
    FIELD_TYPE.LONG_BLOB: "longtext",
    FIELD_TYPE.ENUM: "enum",
    FIELD_TYPE.SET: "set",
}
_BYTES: Final = {
    "varchar": "varbinary",
    "char": "binary",
    "tinytext": "tinyblob",
    "text": "blob",
    "mediumtext": "mediumblob",
    "longtext": "longblob",
}
_OTHERS: Final = {
    FIELD_TYPE.DATE: "date",
    FIELD_TYPE.NEWDATE: "date",
    FIELD_TYPE.DATETIME: "datetime",
    FIELD_TYPE.TIMESTAMP: "timestamp",
    FIELD_TYPE.TIME: "time",
    FIELD_TYPE.FLOAT: "float",
    FIELD_TYPE.DOUBLE: "double",
    FIELD_TYPE.JSON: "json",
    FIELD_TYPE.NULL: "null",
    FIELD_TYPE.GEOMETRY: "geometry",
}

CASTS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "?",
    Kind.INTEGER: "CAST(? AS SIGNED)",
    Kind.DECIMAL: "CAST(? AS DECIMAL({precision},{scale}))",
    Kind.DOUBLE: "(? + 0e0)",
    Kind.BOOLEAN: "CAST(? AS SIGNED)",
    Kind.DATE: "CAST(? AS DATE)",
    Kind.TIMESTAMP: "CAST(? AS DATETIME(6))",
}
"""A parameter of a kind in the query."""


@dataclass(frozen=True, slots=True)
class NativeField:
    """A column as the server describes it: type, collation, length in bytes, flags and decimal places."""

    name: str
    type_code: int
    collation: int
    length: int
    flags: int
    decimals: int

    @property
    def is_unsigned(self) -> bool:
        """Whether it holds no negative numbers."""
        return bool(self.flags & FLAG.UNSIGNED)

    @property
    def native_type(self) -> str:
        """The source's own word for the type."""
        if self.type_code in (FIELD_TYPE.NEWDECIMAL, FIELD_TYPE.DECIMAL):
            return f"decimal({self.precision},{self.decimals})"
        if self.type_code == FIELD_TYPE.BIT:
            return f"bit({self.length})"
        if self.type_code in _INTEGERS:
            name = "tinyint(1)" if self.is_boolean else _INTEGERS[self.type_code]
            return f"{name} unsigned" if self.is_unsigned and name != "year" else name
        if self.type_code in _TEXTS:
            name = "enum" if self.flags & FLAG.ENUM else "set" if self.flags & FLAG.SET else _TEXTS[self.type_code]
            return _BYTES.get(name, name) if self.collation == _BINARY else name
        return _OTHERS.get(self.type_code, f"type {self.type_code}")

    @property
    def precision(self) -> int:
        """Digits of a decimal: its written length without sign and point."""
        return self.length - (0 if self.is_unsigned else 1) - (1 if self.decimals else 0)

    @property
    def is_boolean(self) -> bool:
        """BOOLEAN is another word for TINYINT(1)."""
        return self.type_code == FIELD_TYPE.TINY and self.length == 1


def readers_of(fields: Sequence[NativeField], *, source_time_zone: str | None) -> tuple[ColumnReader, ...]:
    """How each column is read. Raises ColumnNameInvalid or ColumnTypeUnsupported."""
    check_names([field.name for field in fields])
    return tuple(_reader(field, source_time_zone) for field in fields)


def table_column(field: NativeField, *, source_time_zone: str | None) -> TableColumn:
    """A column for browsing, where an unsupported type is a remark and not an error."""
    try:
        return TableColumn(field.name, field.native_type, exact_type(field, source_time_zone))
    except ColumnTypeUnsupported as error:
        return TableColumn(field.name, field.native_type, None, error.fix)


def exact_type(field: NativeField, source_time_zone: str | None) -> DataType:
    """The type that holds every value of a column. Raises ColumnTypeUnsupported."""
    match field.type_code:
        case FIELD_TYPE.NEWDECIMAL | FIELD_TYPE.DECIMAL:
            if field.precision > MAX_PRECISION:
                fix = (
                    f"more than {MAX_PRECISION} digits cannot be held; cast({field.name} as decimal({MAX_PRECISION},s))"
                )
                raise _unsupported(field, fix)
            return decimal(max(field.precision, field.decimals), field.decimals)
        case FIELD_TYPE.FLOAT:
            raise _unsupported(
                field, f"the server shortens it to six digits; select {field.name} + 0e0 AS {field.name}"
            )
        case FIELD_TYPE.BIT if field.length > 1:
            raise _unsupported(field, f"select {field.name} + 0 AS {field.name}")
        case FIELD_TYPE.DATETIME if source_time_zone is None:
            fix = "its time zone is unknown; set the connector's source_time_zone to the zone it was written in"
            raise _unsupported(field, fix)
        case _:
            return _simple_type(field)


def _simple_type(field: NativeField) -> DataType:
    if field.is_boolean or field.type_code == FIELD_TYPE.BIT:
        return BOOLEAN
    if field.type_code in _INTEGERS:
        is_large = field.type_code == FIELD_TYPE.LONGLONG and field.is_unsigned
        return _LARGEST_UNSIGNED if is_large else INTEGER
    if field.type_code in _TEXTS:
        is_bytes = field.collation == _BINARY and not field.flags & (FLAG.ENUM | FLAG.SET)
        if is_bytes:
            fix = f"binary content has no place in a report; select hex({field.name}) if its text is wanted"
            raise _unsupported(field, fix)
        return TEXT
    known = _KINDS.get(field.type_code)
    if known is None:
        raise _unsupported(field, "cast it to char, a number, a date or a datetime")
    return known


_KINDS: Final = {
    FIELD_TYPE.DOUBLE: DOUBLE,
    FIELD_TYPE.DATE: DATE,
    FIELD_TYPE.NEWDATE: DATE,
    FIELD_TYPE.DATETIME: TIMESTAMP,
    FIELD_TYPE.TIMESTAMP: TIMESTAMP,
    FIELD_TYPE.TIME: TEXT,
    FIELD_TYPE.JSON: TEXT,
    FIELD_TYPE.NULL: TEXT,
}


def _reader(field: NativeField, source_time_zone: str | None) -> ColumnReader:
    type_ = exact_type(field, source_time_zone)
    column = SourceColumn(field.name, type_, field.native_type)
    if field.type_code == FIELD_TYPE.BIT:
        return ColumnReader(column, partial(_either, yes=b"\x01", no=b"\x00"))
    match type_.kind:
        case Kind.TEXT:
            return ColumnReader(column, _text)
        case Kind.BOOLEAN:
            return ColumnReader(column, partial(_either, yes=b"1", no=b"0"))
        case Kind.TIMESTAMP:
            # The session is in UTC, and so is what the server says of a TIMESTAMP.
            zone = source_time_zone if field.type_code == FIELD_TYPE.DATETIME else None
            return ColumnReader(column, partial(_parsed, type_=pa.timestamp("us")), zone or "UTC")
        case _:
            return ColumnReader(column, partial(_parsed, type_=arrow_type(type_)))


def _text(raw: pa.Array) -> pa.Array:
    return raw.cast(pa.string())


def _parsed(raw: pa.Array, type_: pa.DataType) -> pa.Array:
    return raw.cast(pa.string()).cast(type_)


def _either(raw: pa.Array, yes: bytes, no: bytes) -> pa.Array:
    """BOOLEAN holds any small number; what is neither yes nor no is neither true nor false."""
    known = pc.is_in(raw.drop_null(), pa.array([yes, no], pa.binary()))
    if pc.all(known).as_py() is False:
        raise pa.ArrowInvalid("neither true nor false")
    return pc.equal(raw, pa.scalar(yes, pa.binary()))


def _unsupported(field: NativeField, fix: str) -> ColumnTypeUnsupported:
    return type_unsupported(field.name, field.native_type, fix)
