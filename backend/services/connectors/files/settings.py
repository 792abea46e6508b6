"""What a files connector is told: its tables, where their files lie, how they are written, what bad rows come to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

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
from backend.services.connectors.time_zone import TimeZoneName

MAX_TABLES: Final = 50
MAX_COLUMNS: Final = 1000
MAX_BAD_ROWS: Final = 10_000
REPORTING_DATE_MARK: Final = "{reporting_date}"

#: Names as Python and people know them; all but UTF-16 are supersets of ASCII, so that rows end where a byte says so.
Encoding = Literal[
    "utf-8", "utf-16", "windows-1250", "windows-1252", "iso-8859-1", "iso-8859-2", "iso-8859-15", "ibm850"
]
OneCharacter = Annotated[str, Field(min_length=1, max_length=1, pattern=r"^[\t -~]$")]
TableName = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z_][a-z0-9_]*$")]
_PLAIN_TYPES: Final = {
    "text": TEXT,
    "integer": INTEGER,
    "boolean": BOOLEAN,
    "date": DATE,
    "timestamp": TIMESTAMP,
    "double": DOUBLE,
}
_DECIMAL: Final = re.compile(r"decimal\((\d{1,2}),\s?(\d{1,2})\)")
_STRICT: Final = ConfigDict(frozen=True, extra="forbid")


def read_type(text: str) -> DataType:
    """A type as people write it: ``decimal(18,4)``. Raises ValueError."""
    match = _DECIMAL.fullmatch(text)
    if match is None:
        if text not in _PLAIN_TYPES:
            raise ValueError(f"is not one of {', '.join(_PLAIN_TYPES)} or decimal(precision,scale)")
        return _PLAIN_TYPES[text]
    precision, scale = int(match[1]), int(match[2])
    if not 1 <= precision <= MAX_PRECISION or scale > precision:
        raise ValueError(f"has more than {MAX_PRECISION} digits, or more decimals than digits")
    return decimal(precision, scale)


class ColumnSettings(BaseModel):
    """A column of a table: the field of the file it is read from, and its type.

    ``source`` is the field's name in the header, the key of NDJSON or the column of Parquet (default: ``name``).
    ``position`` counts from 1: the field without a header, or the first character in fixed width, with ``width``.
    """

    model_config = _STRICT

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f]+$")]
    type: str
    source: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    position: Annotated[int, Field(ge=1, le=100_000)] | None = None
    width: Annotated[int, Field(ge=1, le=10_000)] | None = None

    @field_validator("type")
    @classmethod
    def _type_is_known(cls, value: str) -> str:
        read_type(value)
        return value

    @property
    def data_type(self) -> DataType:
        """The type of its values."""
        return read_type(self.type)

    @property
    def field(self) -> str:
        """The name it has in the file."""
        return self.source or self.name


class CsvFormat(BaseModel):
    """Delimited text. ``header_line`` counts from 1; without one, columns are found by ``position``.

    An unquoted field that is one of ``null_texts`` is NULL; in quotes it is a text, unless ``quoted_null``.
    """

    model_config = _STRICT

    format: Literal["csv"] = "csv"
    delimiter: OneCharacter = ","
    quote: OneCharacter | None = '"'
    escape: OneCharacter | None = None
    encoding: Encoding = "utf-8"
    header_line: Annotated[int, Field(ge=1, le=1000)] | None = 1
    null_texts: Annotated[list[Annotated[str, Field(max_length=50)]], Field(max_length=20)] = [""]
    quoted_null: bool = False

    @model_validator(mode="after")
    def _characters_differ(self) -> Self:
        given = [one for one in (self.delimiter, self.quote, self.escape) if one is not None]
        if len(set(given)) != len(given):
            raise ValueError("delimiter, quote and escape must be different characters")
        return self


class ParquetFormat(BaseModel):
    """Parquet: columns are found by name."""

    model_config = _STRICT

    format: Literal["parquet"] = "parquet"


class NdjsonFormat(BaseModel):
    """One JSON object a line, in UTF-8. A column's field is a key, or keys joined by dots where objects are nested.

    A row without a column's key is bad, unless ``missing_keys`` says that it means NULL.
    """

    model_config = _STRICT

    format: Literal["ndjson"] = "ndjson"
    missing_keys: Literal["refuse", "null"] = "refuse"


class FixedWidthFormat(BaseModel):
    """Text whose fields stand at the same characters of every line; a field of nothing but padding is NULL.

    ``header_lines`` and ``footer_lines`` are passed over; blank lines at the end are no footer. Every line has
    ``line_length`` characters (default: up to the end of the last column); with ``short_lines`` as ``pad`` the
    padding at its end may be missing. Texts lose their padding on the sides ``trim`` names, other values on both.
    """

    model_config = _STRICT

    format: Literal["fixed_width"] = "fixed_width"
    encoding: Encoding = "utf-8"
    header_lines: Annotated[int, Field(ge=0, le=1000)] = 0
    footer_lines: Annotated[int, Field(ge=0, le=100)] = 0
    line_length: Annotated[int, Field(ge=1, le=200_000)] | None = None
    short_lines: Literal["refuse", "pad"] = "refuse"
    padding: Annotated[str, Field(min_length=1, max_length=1, pattern=r"^[ !-/:-@\[-`{-~]$")] = " "
    trim: Literal["both", "left", "right", "none"] = "both"


class XlsxFormat(BaseModel):
    """A sheet of a workbook, by its name, or the first that is shown; without ``header_row`` columns have positions.

    A cell with a formula is refused; with ``formulas`` as ``stored`` the value that was last stored for it is taken.
    """

    model_config = _STRICT

    format: Literal["xlsx"] = "xlsx"
    sheet: Annotated[str, Field(min_length=1, max_length=31)] | None = None
    header_row: Annotated[int, Field(ge=1, le=1000)] | None = 1
    formulas: Literal["refuse", "stored"] = "refuse"


FileFormat = Annotated[
    CsvFormat | ParquetFormat | NdjsonFormat | FixedWidthFormat | XlsxFormat, Field(discriminator="format")
]


class ValueRules(BaseModel):
    """How texts stand for numbers, days, times and truth.

    Formats are made of YYYY, MM, DD, HH, mm, ss and f (a fraction of up to six digits), with anything between.
    ``Z`` is an offset such as +02:00 or Z. Without it a time is one of ``time_zone``.
    """

    model_config = _STRICT

    decimal_separator: Literal[".", ","] = "."
    thousands_separator: Literal[".", ",", " ", "'"] | None = None
    date_format: Annotated[str, Field(min_length=6, max_length=40)] = "YYYY-MM-DD"
    timestamp_format: Annotated[str, Field(min_length=6, max_length=60)] = "YYYY-MM-DDTHH:mm:ssfZ"
    time_zone: TimeZoneName | None = None
    true_texts: Annotated[list[str], Field(min_length=1, max_length=20)] = ["true"]
    false_texts: Annotated[list[str], Field(min_length=1, max_length=20)] = ["false"]

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        if self.decimal_separator == self.thousands_separator:
            raise ValueError("decimal and thousands separator must differ")
        if set(self.true_texts) & set(self.false_texts):
            raise ValueError("a text cannot stand for both true and false")
        for name, needed in (("date_format", ("YYYY", "MM", "DD")), ("timestamp_format", ("YYYY", "MM", "DD", "HH"))):
            text = getattr(self, name)
            if any(text.count(part) != 1 for part in needed):
                raise ValueError(f"{name} must hold each of {', '.join(needed)} once")
        return self


class TableSettings(BaseModel):
    """A table: which files make it, how they are written, its columns, and what happens to a row that is not so.

    ``uploads`` are the files uploaded for the table, ``inbox`` those below ``prefix`` of the tenant's inbox; of
    these, the ones whose name fits ``pattern``. Both may hold ``{reporting_date}``.
    """

    model_config = _STRICT

    name: TableName
    location: Literal["uploads", "inbox"] = "uploads"
    prefix: Annotated[str, Field(max_length=300)] = ""
    pattern: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/\x00]+$")] = "*"
    file: FileFormat
    values: ValueRules = ValueRules()
    columns: Annotated[list[ColumnSettings], Field(min_length=1, max_length=MAX_COLUMNS)]
    on_bad_row: Literal["quarantine", "stop"] = "stop"
    max_bad_rows: Annotated[int, Field(ge=1, le=MAX_BAD_ROWS)] = 100

    @field_validator("prefix")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        if value.startswith("/") or ".." in value.split("/") or re.search(r"[\x00-\x1f\\]", value):
            raise ValueError("must be a path below the inbox, without .. and without a slash at its beginning")
        return value

    @model_validator(mode="after")
    def _columns_can_be_found(self) -> Self:
        names = [column.name.lower() for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError("two columns have the same name (capitals make no difference)")
        file = self.file
        if (isinstance(file, CsvFormat) and file.header_line is None) or (
            isinstance(file, XlsxFormat) and file.header_row is None
        ):
            without = [column.name for column in self.columns if column.position is None]
            if without:
                raise ValueError(f"the column {without[0]} needs a position: the file has no header")
        if isinstance(self.file, FixedWidthFormat):
            _check_places(self.file, self.columns)
        is_local = self.values.time_zone is None and (
            "Z" not in self.values.timestamp_format or isinstance(file, XlsxFormat)
        )
        if is_local and any(column.type == "timestamp" for column in self.columns):
            raise ValueError("times without an offset need a time_zone")
        return self


def _check_places(file: FixedWidthFormat, columns: Sequence[ColumnSettings]) -> None:
    """Raises ValueError for a column of fixed width without a place, or one behind the end of the line."""
    for column in columns:
        if column.position is None or column.width is None:
            raise ValueError(f"the column {column.name} needs a position and a width")
        if file.line_length is not None and column.position - 1 + column.width > file.line_length:
            raise ValueError(f"the column {column.name} ends behind the line_length")


class FilesSettings(BaseModel):
    """Tables over files; times in seconds."""

    model_config = _STRICT

    tables: Annotated[list[TableSettings], Field(max_length=MAX_TABLES)] = []
    statement_timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] = 3600

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [table.name for table in self.tables]
        if len(set(names)) != len(names):
            raise ValueError("two tables have the same name")
        return self
