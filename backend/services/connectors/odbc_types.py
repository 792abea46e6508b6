"""ODBC's types as OpenReg's: exact, or refused by column with the cast that makes them exact.

Drivers convert silently: a day that does not fit becomes today, NaN becomes 0, an unsigned number becomes negative.
So values come as the texts the server wrote, and Arrow reads them or refuses; only numbers that a driver hands on as
they are come in the machine's form.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    decimal,
)
from backend.services.connectors.base import SourceColumn, TableColumn, arrow_type
from backend.services.connectors.column_reader import ColumnReader, Convert
from backend.services.connectors.faults import ColumnTypeUnsupported
from backend.services.connectors.odbc_columns import ColumnLayout
from backend.services.connectors.odbc_drivers import DriverFamily
from backend.services.connectors.odbc_library import SQL_C_DOUBLE, SQL_C_FLOAT, SQL_C_SBIGINT, DescribedColumn
from backend.services.connectors.source_values import (
    check_names,
    type_unsupported,
)

_INTEGERS: Final = frozenset({-6, 5, 4, -5})
_BIGINT: Final = -5
_DECIMALS: Final = frozenset({2, 3})
_DOUBLES: Final = frozenset({6, 8})
_REAL, _BIT, _GUID = 7, -7, -11
_DAYS: Final = frozenset({9, 91})
_TIMES: Final = frozenset({11, 93})
_AWARE_TIME: Final = -155  # SQL Server's datetimeoffset
_CLOCK: Final = frozenset({10, 92, -154})
_FIXED_TEXTS: Final = frozenset({1, -8})
_TEXTS: Final = _FIXED_TEXTS | {12, -9, -1, -10, -152}
_UNBOUNDED: Final = frozenset({-1, -10, -152})
"""Of these, what a driver says of their length is how much it would hand on, and not how long they are."""
_BYTES: Final = frozenset({-2, -3, -4})
_LARGEST_UNSIGNED: Final = decimal(20, 0)
_WRITTEN_BYTES: Final = 64
"""Room for a number, a day or a time as text."""
_MICROSECONDS: Final = 6
#: What psqlODBC says of a numeric without digits; it says the same of numeric(28,6).
_NO_DIGITS: Final = (28, 6)
#: What psqlODBC makes of infinity.
_INFINITY: Final = "9999-12-31 23:59:59"
_TRUE: Final = ("1", "t", "true", "TRUE", "T")
_FALSE: Final = ("0", "f", "false", "FALSE", "F")


@dataclass(frozen=True, slots=True, kw_only=True)
class OdbcReader(ColumnReader):
    """How a column is asked for, too."""

    layout: ColumnLayout


@dataclass(frozen=True, slots=True)
class Typing:
    """What decides how columns are read, beside the driver's description of them."""

    family: DriverFamily
    source_time_zone: str | None
    longest_text_bytes: int

    def readers(self, fields: Sequence[DescribedColumn]) -> tuple[OdbcReader, ...]:
        """How each column is read. Raises ColumnNameInvalid or ColumnTypeUnsupported."""
        check_names([field.name for field in fields], unnamed=self.family.unnamed)
        return tuple(self._reader(field) for field in fields)

    def table_column(self, field: DescribedColumn) -> TableColumn:
        """A column for browsing, where an unsupported type is a remark and not an error."""
        try:
            return TableColumn(field.name, native_type(field), self._reader(field).column.type)
        except ColumnTypeUnsupported as error:
            return TableColumn(field.name, native_type(field), None, error.fix)

    def _reader(self, field: DescribedColumn) -> OdbcReader:
        makers = (
            (_TEXTS | _CLOCK | {_GUID}, self._textual),
            (_INTEGERS, self._whole),
            (_DECIMALS, self._decimal),
            (_DOUBLES | {_REAL}, self._binary_fraction),
            ({_BIT}, self._bit),
            (_DAYS, self._day),
            (_TIMES, self._time),
            ({_AWARE_TIME}, self._aware_time),
            (_BYTES, self._bytes),
        )
        for sql_types, make in makers:
            if field.sql_type in sql_types:
                return make(field)
        raise _unsupported(field, "cast it to a text, a number, a date or a timestamp of at most six decimal places")

    def _day(self, field: DescribedColumn) -> OdbcReader:
        return _made(field, DATE)

    def _bit(self, field: DescribedColumn) -> OdbcReader:
        return _made(field, BOOLEAN, _truth)

    def _decimal(self, field: DescribedColumn) -> OdbcReader:
        return _made(field, _exact_decimal(field, self.family))

    def _aware_time(self, field: DescribedColumn) -> OdbcReader:
        if field.digits > _MICROSECONDS:
            raise _too_fine(field)
        return _made(field, TIMESTAMP, _instant)

    def _bytes(self, field: DescribedColumn) -> OdbcReader:
        raise _unsupported(field, "binary content has no place in a report; select it as text in hexadecimal")

    def _textual(self, field: DescribedColumn) -> OdbcReader:
        name = field.type_name.lower()
        if self.family.key == "postgresql" and name == "bool":
            return _made(field, BOOLEAN, _truth)
        if self.family.key == "postgresql" and name in ("", "interval", "money"):
            raise _unsupported(field, "cast it to text, or to numeric(p,s)")
        if self.family.key == "sqlite" and name.startswith(("decimal", "numeric")):
            raise _unsupported(
                field, f"SQLite stores a binary fraction; select printf('%.2f', {field.name}) AS {field.name}"
            )
        column = SourceColumn(field.name, TEXT, native_type(field))
        longest = self._longest(field)
        layout = ColumnLayout.wide(longest) if self.family.has_wide_texts else ColumnLayout.narrow(longest)
        return OdbcReader(column, _without_padding if field.sql_type in _FIXED_TEXTS else _as_it_is, layout=layout)

    def _longest(self, field: DescribedColumn) -> int:
        """Room for what the driver says is the longest text, as long as it is not beyond what the connector allows."""
        if field.sql_type not in _TEXTS:
            return _WRITTEN_BYTES
        of_a_character = 2 if self.family.has_wide_texts else 4
        stated = field.size * of_a_character
        is_stated = 0 < stated < self.longest_text_bytes and not self.family.is_narrow
        is_stated = is_stated and field.sql_type not in _UNBOUNDED
        return stated if is_stated else self.longest_text_bytes

    def _whole(self, field: DescribedColumn) -> OdbcReader:
        if field.sql_type == _BIGINT and field.is_unsigned:
            return _made(field, _LARGEST_UNSIGNED)
        if not self.family.has_native_numbers:
            return _made(field, INTEGER)
        column = SourceColumn(field.name, INTEGER, native_type(field))
        return OdbcReader(column, _as_it_is, layout=ColumnLayout.number(SQL_C_SBIGINT))

    def _binary_fraction(self, field: DescribedColumn) -> OdbcReader:
        if self.family.key == "postgresql" and field.type_name == "money":
            raise _unsupported(field, "cast it to numeric(p,s)")
        if not self.family.has_native_numbers:
            fix = f"the driver writes it with 15 digits; select printf('%!.17g', {field.name}) AS {field.name}"
            raise _unsupported(field, fix)
        column = SourceColumn(field.name, DOUBLE, native_type(field))
        c_type = SQL_C_FLOAT if field.sql_type == _REAL else SQL_C_DOUBLE
        return OdbcReader(column, _finite, layout=ColumnLayout.number(c_type))

    def _time(self, field: DescribedColumn) -> OdbcReader:
        if field.digits > _MICROSECONDS:
            raise _too_fine(field)
        if self.family.key == "postgresql" and field.type_name == "timestamptz":
            return _made(field, TIMESTAMP, _finite_time, zone="UTC")
        if self.source_time_zone is None:
            fix = "its time zone is unknown; set the connector's source_time_zone to the zone it was written in"
            raise _unsupported(field, fix)
        parse = _finite_time if self.family.key == "postgresql" else partial(_written, type_=pa.timestamp("us"))
        return _made(field, TIMESTAMP, parse, zone=self.source_time_zone)


def native_type(field: DescribedColumn) -> str:
    """The driver's own word for a type."""
    name = field.type_name or f"type {field.sql_type}"
    if field.sql_type in _DECIMALS:
        return f"{name}({field.size},{field.digits})"
    return f"{name} unsigned" if field.is_unsigned and field.sql_type in _INTEGERS and "unsigned" not in name else name


def _exact_decimal(field: DescribedColumn, family: DriverFamily) -> DataType:
    if family.key == "postgresql" and (field.size, field.digits) == _NO_DIGITS:
        fix = (
            "it has no fixed number of digits, or the driver cannot tell; cast to numeric(p,s) with other digits than "
            f"28 and 6: CAST({field.name} AS numeric(29,6))"
        )
        raise _unsupported(field, fix)
    if field.size > MAX_PRECISION or not 0 <= field.digits <= field.size:
        raise _unsupported(
            field, f"more than {MAX_PRECISION} digits cannot be held; cast it to decimal({MAX_PRECISION},s)"
        )
    return decimal(field.size, field.digits)


def _made(
    field: DescribedColumn, type_: DataType, parse: Convert | None = None, *, zone: str | None = None
) -> OdbcReader:
    """A column whose values are read from what the server wrote."""
    column = SourceColumn(field.name, type_, native_type(field))
    layout = ColumnLayout.narrow(_WRITTEN_BYTES)
    return OdbcReader(column, parse or partial(_written, type_=arrow_type(type_)), zone, layout=layout)


def _as_it_is(raw: pa.Array) -> pa.Array:
    return raw


def _without_padding(raw: pa.Array) -> pa.Array:
    """The blanks that fill up character(n) are not part of the value."""
    return pc.utf8_rtrim(raw, characters=" ")


def _written(raw: pa.Array, type_: pa.DataType) -> pa.Array:
    return raw.cast(type_)


def _finite(raw: pa.Array) -> pa.Array:
    if pc.all(pc.is_finite(raw)).as_py() is False:
        raise pa.ArrowInvalid("not a number")
    return raw.cast(pa.float64())


def _finite_time(raw: pa.Array) -> pa.Array:
    if pc.any(pc.equal(raw, _INFINITY)).as_py():
        raise pa.ArrowInvalid("infinite")
    return raw.cast(pa.timestamp("us"))


def _instant(raw: pa.Array) -> pa.Array:
    """``2026-07-01 12:00:00.000000 +02:00``."""
    return pc.replace_substring_regex(raw, r" ([+-])", r"\1").cast(pa.timestamp("us", tz="UTC"))


def _truth(raw: pa.Array) -> pa.Array:
    """What is neither true nor false has no place; a driver may hand on any number."""
    is_true = pc.is_in(raw, pa.array(_TRUE))
    is_known = pc.or_(is_true, pc.is_in(raw, pa.array(_FALSE)))
    if pc.all(pc.or_(is_known, pc.is_null(raw))).as_py() is False:
        raise pa.ArrowInvalid("neither true nor false")
    return pc.if_else(pc.is_null(raw), pa.scalar(None, pa.bool_()), is_true)


def _too_fine(field: DescribedColumn) -> ColumnTypeUnsupported:
    return _unsupported(field, f"it has {field.digits} decimal places; cast it to six, as datetime2(6)")


def _unsupported(field: DescribedColumn, fix: str) -> ColumnTypeUnsupported:
    return type_unsupported(field.name, native_type(field), fix)
