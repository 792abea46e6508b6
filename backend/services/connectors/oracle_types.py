"""Oracle's types as OpenReg's: exact, or refused by column with the cast that makes them exact.

Numbers and times leave the server as texts in a fixed form. The driver's own way from them to Arrow has had values cut
(its issues 537 and 538), and what it does cannot be tried without a server; what is made of a text can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import oracledb
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
from backend.services.connectors.column_reader import ColumnReader, Convert
from backend.services.connectors.faults import ColumnNameInvalid, ColumnTypeUnsupported
from backend.services.connectors.oracle_settings import DateColumns, OracleSettings
from backend.services.connectors.source_values import (
    check_names,
    type_unsupported,
)

MAX_TEXT_LENGTH: Final = 1_000_000
"""Characters of a CLOB; one of more is refused and not sent."""
_WITHOUT_SCALE: Final = -127
_INTEGER_DIGITS: Final = 18
_SECONDS: Final = "SYYYY-MM-DD HH24:MI:SS"
_NANOSECONDS: Final = f"{_SECONDS}.FF9"
_PLAIN: Final = "{name}"

CASTS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "{bind}",
    Kind.INTEGER: "CAST({bind} AS NUMBER(19))",
    Kind.DECIMAL: "CAST({bind} AS NUMBER({precision},{scale}))",
    Kind.DOUBLE: "TO_BINARY_DOUBLE({bind})",
    Kind.BOOLEAN: "CAST({bind} AS NUMBER(1))",
    Kind.DATE: "TO_DATE({bind}, 'YYYY-MM-DD')",
    Kind.TIMESTAMP: "TO_TIMESTAMP_TZ({bind}, 'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM')",
}
"""A parameter of a kind in the query."""

_FIXES: Final = {
    "DB_TYPE_NVARCHAR": "cast({0} as varchar2(4000))",
    "DB_TYPE_NCHAR": "cast({0} as varchar2(4000))",
    "DB_TYPE_NCLOB": "cast({0} as varchar2(4000))",
    "DB_TYPE_RAW": "binary content has no place in a report; select rawtohex({0}) if its text is wanted",
    "DB_TYPE_BLOB": "binary content has no place in a report; leave it out",
    "DB_TYPE_LONG": "LONG can be neither cast nor filtered; ask for a view or a CLOB in its place",
    "DB_TYPE_LONG_RAW": "binary content has no place in a report; leave it out",
    "DB_TYPE_BFILE": "a file outside of the database has no place in a report; leave it out",
    "DB_TYPE_ROWID": "rowidtochar({0})",
    "DB_TYPE_UROWID": "rowidtochar({0})",
    "DB_TYPE_INTERVAL_DS": "take parts of it, such as extract(day from {0})",
    "DB_TYPE_INTERVAL_YM": "take parts of it, such as extract(year from {0})",
    "DB_TYPE_JSON": "json_serialize({0} returning clob)",
    "DB_TYPE_XMLTYPE": "xmlserialize(content {0} as clob)",
}


@dataclass(frozen=True, slots=True)
class NativeField:
    """A column as the driver describes it."""

    name: str
    type_name: str
    precision: int = 0
    scale: int = 0

    @classmethod
    def of(cls, described: oracledb.FetchInfo) -> NativeField:
        """From the driver's own description."""
        return cls(described.name, described.type_code.name, described.precision or 0, described.scale or 0)

    @property
    def native_type(self) -> str:
        """The source's own word for the type."""
        if self.type_name == "DB_TYPE_NUMBER":
            if self.precision == 0:
                return "NUMBER"
            if self.scale == _WITHOUT_SCALE:
                return f"FLOAT({self.precision})"
            return f"NUMBER({self.precision},{self.scale})"
        return _WORDS.get(self.type_name, self.type_name.removeprefix("DB_TYPE_"))


_WORDS: Final = {
    "DB_TYPE_VARCHAR": "VARCHAR2",
    "DB_TYPE_NVARCHAR": "NVARCHAR2",
    "DB_TYPE_TIMESTAMP_TZ": "TIMESTAMP WITH TIME ZONE",
    "DB_TYPE_TIMESTAMP_LTZ": "TIMESTAMP WITH LOCAL TIME ZONE",
    "DB_TYPE_INTERVAL_DS": "INTERVAL DAY TO SECOND",
    "DB_TYPE_INTERVAL_YM": "INTERVAL YEAR TO MONTH",
    "DB_TYPE_LONG_RAW": "LONG RAW",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleReader(ColumnReader):
    """How a column is asked for, too: ``expression`` of its ``{name}``."""

    expression: str
    has_length: bool = False

    @property
    def selected(self) -> str:
        """The expression in the statement around the author's query, and its length where that may be refused."""
        name = f'"{self.column.name}"'
        length = f", TO_CHAR(LENGTH({name}))" if self.has_length else ""
        return self.expression.format(name=name, limit=MAX_TEXT_LENGTH) + length


def readers_of(fields: Sequence[NativeField], settings: OracleSettings) -> tuple[OracleReader, ...]:
    """How each column is read. Raises ColumnNameInvalid or ColumnTypeUnsupported."""
    check_names([field.name for field in fields])
    for position, field in enumerate(fields, start=1):
        if '"' in field.name:  # an expression's own text, which cannot be asked for by name
            raise ColumnNameInvalid(
                f"Column {position} has no name of its own.", fix="Name it with AS.", extra={"position": position}
            )
    return tuple(_reader(field, settings) for field in fields)


def table_column(field: NativeField, settings: OracleSettings) -> TableColumn:
    """A column for browsing, where an unsupported type is a remark and not an error."""
    try:
        return TableColumn(field.name, field.native_type, exact_type(field, settings))
    except ColumnTypeUnsupported as error:
        return TableColumn(field.name, field.native_type, None, error.fix)


def exact_type(field: NativeField, settings: OracleSettings) -> DataType:
    """The type that holds every value of a column. Raises ColumnTypeUnsupported."""
    match field.type_name:
        case "DB_TYPE_NUMBER":
            return _number(field)
        case "DB_TYPE_DATE" if settings.date_columns is DateColumns.DAY:
            return DATE
        case "DB_TYPE_DATE" | "DB_TYPE_TIMESTAMP" if settings.source_time_zone is None:
            fix = "its time zone is unknown; set the connector's source_time_zone to the zone it was written in"
            or_days = ", or its date_columns to day" if field.type_name == "DB_TYPE_DATE" else ""
            raise _unsupported(field, fix + or_days)
        case _:
            known = _KINDS.get(field.type_name)
    if known is None:
        fix = _FIXES.get(field.type_name, "cast {0} to varchar2, a number or a timestamp")
        raise _unsupported(field, fix.format(field.name))
    return known


_KINDS: Final = {
    "DB_TYPE_VARCHAR": TEXT,
    "DB_TYPE_CHAR": TEXT,
    "DB_TYPE_CLOB": TEXT,
    "DB_TYPE_DATE": TIMESTAMP,
    "DB_TYPE_TIMESTAMP": TIMESTAMP,
    "DB_TYPE_TIMESTAMP_TZ": TIMESTAMP,
    "DB_TYPE_TIMESTAMP_LTZ": TIMESTAMP,
    "DB_TYPE_BINARY_FLOAT": DOUBLE,
    "DB_TYPE_BINARY_DOUBLE": DOUBLE,
    "DB_TYPE_BOOLEAN": BOOLEAN,
}


def _number(field: NativeField) -> DataType:
    if field.precision == 0 or field.scale == _WITHOUT_SCALE:
        fix = f"it has no fixed number of places; cast({field.name} as number(p,s))"
        raise _unsupported(field, fix)
    scale = max(field.scale, 0)
    digits = max(field.precision - min(field.scale, 0), scale)  # NUMBER(5,-2) has seven digits, NUMBER(2,4) four
    if digits > MAX_PRECISION:
        fix = f"more than {MAX_PRECISION} digits cannot be held; cast({field.name} as number({MAX_PRECISION},s))"
        raise _unsupported(field, fix)
    return INTEGER if scale == 0 and digits <= _INTEGER_DIGITS else decimal(digits, scale)


def _reader(field: NativeField, settings: OracleSettings) -> OracleReader:
    type_ = exact_type(field, settings)
    column = SourceColumn(field.name, type_, field.native_type)
    if field.type_name == "DB_TYPE_NUMBER":
        return OracleReader(column, partial(_parsed, type_=arrow_type(type_)), expression="TO_CHAR({name}, 'TM9')")
    if type_.kind is Kind.DATE:
        return OracleReader(column, _day, expression=_READ["DB_TYPE_DATE"][0])
    expression, parse = _READ.get(field.type_name, (_PLAIN, _text))
    is_local = field.type_name in ("DB_TYPE_DATE", "DB_TYPE_TIMESTAMP")
    zone = None if type_.kind is not Kind.TIMESTAMP else settings.source_time_zone if is_local else "UTC"
    return OracleReader(column, parse, zone, expression=expression, has_length=field.type_name == "DB_TYPE_CLOB")


def _text(raw: pa.Array) -> pa.Array:
    return raw.cast(pa.string())


def _parsed(raw: pa.Array, type_: pa.DataType) -> pa.Array:
    return raw.cast(pa.string()).cast(type_)


def _day(raw: pa.Array) -> pa.Array:
    """A DATE without a time of day."""
    texts = pc.utf8_ltrim_whitespace(raw.cast(pa.string()))
    if pc.all(pc.ends_with(texts, " 00:00:00")).as_py() is False:
        raise pa.ArrowInvalid("a time of day")
    return pc.utf8_slice_codeunits(texts, 0, 10).cast(pa.date32())


def _time(raw: pa.Array) -> pa.Array:
    """A time of the years 1 to 9999 with at most six places of a second."""
    texts = pc.utf8_ltrim_whitespace(raw.cast(pa.string()))
    is_exact = pc.match_substring_regex(texts, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6}000)?$")
    if pc.all(is_exact).as_py() is False:
        raise pa.ArrowInvalid("nanoseconds, or a year before 1")
    return pc.utf8_slice_codeunits(texts, 0, 26).cast(pa.timestamp("us"))


def _finite(raw: pa.Array) -> pa.Array:
    values = raw.cast(pa.float64())
    if pc.all(pc.is_finite(values)).as_py() is False:
        raise pa.ArrowInvalid("not a number, or infinite")
    return values


def _boolean(raw: pa.Array) -> pa.Array:
    return pc.equal(raw.cast(pa.string()), "1")


def _unsupported(field: NativeField, fix: str) -> ColumnTypeUnsupported:
    return type_unsupported(field.name, field.native_type, fix)


#: What is asked for, and how it is read; what is not here comes as it is, as text.
_READ: Final[Mapping[str, tuple[str, Convert]]] = {
    "DB_TYPE_DATE": (f"TO_CHAR({{name}}, '{_SECONDS}')", _time),
    "DB_TYPE_TIMESTAMP": (f"TO_CHAR({{name}}, '{_NANOSECONDS}')", _time),
    "DB_TYPE_TIMESTAMP_TZ": (f"TO_CHAR(SYS_EXTRACT_UTC({{name}}), '{_NANOSECONDS}')", _time),
    "DB_TYPE_TIMESTAMP_LTZ": (f"TO_CHAR(SYS_EXTRACT_UTC({{name}}), '{_NANOSECONDS}')", _time),
    "DB_TYPE_BINARY_FLOAT": (_PLAIN, _finite),
    "DB_TYPE_BINARY_DOUBLE": (_PLAIN, _finite),
    "DB_TYPE_BOOLEAN": ("CASE WHEN {name} THEN '1' WHEN NOT {name} THEN '0' END", _boolean),
    "DB_TYPE_CLOB": ("CASE WHEN LENGTH({name}) <= {limit} THEN {name} END", _text),
}
