"""The files of a report: their format with its options, how they are packed and named, where they are split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, ClassVar, Final

from pydantic import Field, field_validator, model_validator

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.reports.page_texts import RUN_TOKENS, PageText
from backend.domain.reports.part import DocumentPart, Name, is_absent
from backend.domain.reports.xml_options import XmlOptions

MAX_PAGE_LINES: Final = 20
MAX_PAGE_LINE: Final = 2_000
MAX_COLUMNS: Final = 1_000
MAX_WIDTH: Final = 10_000
#: A file holds its header, its footer and at least one record.
MIN_FILE_BYTES: Final = 1_024
#: Rows of a sheet, without the one with the names.
SHEET_RECORDS: Final = 1_048_575
FILE_NUMBER: Final = "file_number"
_NUMBER_TOKEN: Final = f"{{{FILE_NUMBER}}}"
FILE_NAME_TOKENS: Final = (*RUN_TOKENS, FILE_NUMBER)
_TOKEN: Final = re.compile(r"\{([a-z_]+)\}")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
_SEPARATOR: Final = re.compile(r"[\t!#$%&*+,./:;<=>?@^_`|~ -]")


class OutputNamesCollide(OpenRegError):
    """Two files of the report would have the same name."""

    code: ClassVar[str] = "output_names_collide"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class OutputFormat(StrEnum):
    """The form of a produced file."""

    XML = "xml"
    CSV = "csv"
    JSON = "json"
    NDJSON = "ndjson"
    FIXED_WIDTH = "fixed_width"
    XLSX = "xlsx"
    PARQUET = "parquet"


class Packaging(StrEnum):
    """Whether a produced file is compressed."""

    NONE = "none"
    ZIP = "zip"
    GZIP = "gzip"


class Encoding(StrEnum):
    """How a text file writes its characters; a character that it does not have is a finding."""

    UTF_8 = "utf-8"
    UTF_8_SIG = "utf-8-sig"
    UTF_16 = "utf-16"
    LATIN_1 = "latin-1"
    WINDOWS_1252 = "windows-1252"
    ASCII = "ascii"


class LineEnd(StrEnum):
    """What ends a line."""

    CRLF = "crlf"
    LF = "lf"

    @property
    def text(self) -> str:
        """The characters."""
        return "\r\n" if self is LineEnd.CRLF else "\n"


class DecimalSign(StrEnum):
    """What stands between whole number and fraction."""

    POINT = "."
    COMMA = ","


class Quoting(StrEnum):
    """Which values of a CSV file stand in quotes; an empty value without quotes is a NULL."""

    NECESSARY = "necessary"
    ALWAYS = "always"
    NEVER = "never"


class NumberForm(StrEnum):
    """How decimals are written where a format has numbers: as such, or as texts that no reader rounds."""

    TEXT = "text"
    NUMBER = "number"


class Alignment(StrEnum):
    """On which side of its place a value stands."""

    LEFT = "left"
    RIGHT = "right"


PageLine = Annotated[str, Field(max_length=MAX_PAGE_LINE)]


class TextOptions(DocumentPart):
    """What all files of lines have. The lines before and after the records may hold tokens."""

    encoding: Encoding = Encoding.UTF_8
    line_end: LineEnd = LineEnd.CRLF
    decimal_sign: DecimalSign = DecimalSign.POINT
    header_lines: Annotated[tuple[PageLine, ...], Field(max_length=MAX_PAGE_LINES)] = ()
    footer_lines: Annotated[tuple[PageLine, ...], Field(max_length=MAX_PAGE_LINES)] = ()

    @field_validator("header_lines", "footer_lines")
    @classmethod
    def _lines_can_be_written(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for line in value:
            fault = PageText(line).find_fault()
            if fault is not None or "\n" in line or "\r" in line:
                raise ValueError(fault or "a line holds a line break")
        return value

    @model_validator(mode="after")
    def _lines_have_characters_of_the_encoding(self) -> TextOptions:
        for line in (*self.header_lines, *self.footer_lines):
            try:
                line.encode(self.encoding.value)
            except UnicodeEncodeError as error:
                raise ValueError(f"{self.encoding.value} has no {line[error.start]!r}") from error
        return self


class CsvOptions(TextOptions):
    """How a CSV file is written. Formulas are guarded by an apostrophe, which changes the value."""

    separator: Annotated[str, Field(min_length=1, max_length=1)] = ","
    quoting: Quoting = Quoting.NECESSARY
    header: bool = True
    escape_formulas: bool = False

    @field_validator("separator")
    @classmethod
    def _separates(cls, value: str) -> str:
        if not _SEPARATOR.fullmatch(value):
            raise ValueError("a separator is a tab, a space or a mark of ASCII that is no quote, bracket or backslash")
        return value

    @model_validator(mode="after")
    def _numbers_are_not_separated(self) -> CsvOptions:
        # Times have colons, points and hyphens, numbers a sign.
        if self.quoting is Quoting.NEVER and self.separator in {self.decimal_sign.value, ".", ":", "-", "+"}:
            raise ValueError("without quotes, a separator may not stand in numbers and times")
        return self


class FixedColumn(DocumentPart):
    """The place of a field: its first character, counted from 1, and how many it has."""

    field: Name
    start: Annotated[int, Field(ge=1, le=MAX_WIDTH)]
    length: Annotated[int, Field(ge=1, le=MAX_WIDTH)]
    align: Alignment = Alignment.LEFT
    padding: Annotated[str, Field(min_length=1, max_length=1)] = " "

    @field_validator("padding")
    @classmethod
    def _pads(cls, value: str) -> str:
        if not value.isascii() or not value.isprintable():
            raise ValueError("the padding is a printable character of ASCII")
        return value


class FixedWidthOptions(TextOptions):
    """Where the fields of a record stand. What no field takes is blank; a value that is too long is a finding."""

    columns: Annotated[tuple[FixedColumn, ...], Field(min_length=1, max_length=MAX_COLUMNS)]
    record_length: Annotated[int, Field(ge=1, le=MAX_WIDTH * 2)] | None = Field(default=None, exclude_if=is_absent)

    @model_validator(mode="after")
    def _columns_fit(self) -> FixedWidthOptions:
        columns = sorted(self.columns, key=lambda one: one.start)
        for one, following in pairwise(columns):
            if one.start + one.length > following.start:
                raise ValueError(f"{following.field} begins at {following.start}, inside {one.field}")
        last = columns[-1]
        if self.record_length is not None and last.start + last.length - 1 > self.record_length:
            raise ValueError(f"{last.field} ends after the {self.record_length} characters of a record")
        return self


_NUMBER_FORMATS: Final = frozenset({OutputFormat.JSON, OutputFormat.NDJSON, OutputFormat.XLSX})
#: Formats that are compressed in themselves.
_PACKED_FORMATS: Final = frozenset({OutputFormat.XLSX, OutputFormat.PARQUET})


class Output(DocumentPart):
    """A file format a run produces. ``file_name`` has no extension; tokens in braces are replaced.

    A file ends before it would have more than ``max_records`` records or, unpacked, more than ``max_bytes`` bytes, and
    before its sheet is full. XML without ``xml`` is the message of the regulation pack.
    Routes know it by its ``name``.
    """

    name: Name | None = Field(default=None, exclude_if=is_absent)
    format: OutputFormat
    packaging: Packaging = Packaging.NONE
    file_name: Annotated[str, Field(min_length=1, max_length=150)] = "{report}_{reporting_date}_{sequence}"
    max_records: Annotated[int, Field(ge=1)] | None = None
    max_bytes: Annotated[int, Field(ge=MIN_FILE_BYTES)] | None = Field(default=None, exclude_if=is_absent)
    csv: CsvOptions | None = Field(default=None, exclude_if=is_absent)
    fixed_width: FixedWidthOptions | None = Field(default=None, exclude_if=is_absent)
    decimals: NumberForm | None = Field(default=None, exclude_if=is_absent)
    xml: XmlOptions | None = Field(default=None, exclude_if=is_absent)

    @property
    def content_extension(self) -> str:
        """What the name of the file ends in before it is packed."""
        return "txt" if self.format is OutputFormat.FIXED_WIDTH else self.format.value

    @property
    def extension(self) -> str:
        """What the file's name ends in."""
        if self.packaging is Packaging.ZIP:
            return "zip"
        return f"{self.content_extension}.gz" if self.packaging is Packaging.GZIP else self.content_extension

    @property
    def is_split(self) -> bool:
        """Whether there may be several files."""
        return self.max_records is not None or self.max_bytes is not None

    @property
    def record_limit(self) -> int | None:
        """How many records a file may have."""
        if self.format is not OutputFormat.XLSX:
            return self.max_records
        return min(self.max_records or SHEET_RECORDS, SHEET_RECORDS)

    @property
    def goes_on(self) -> bool:
        """Whether a second file takes the name of the first one and its number."""
        return self.format is OutputFormat.XLSX and _NUMBER_TOKEN not in self.file_name

    @model_validator(mode="after")
    def _name_can_be_made(self) -> Output:
        unknown = [token for token in _TOKEN.findall(self.file_name) if token not in FILE_NAME_TOKENS]
        if unknown:
            raise ValueError(f"unknown file name token {{{unknown[0]}}}; known are {', '.join(FILE_NAME_TOKENS)}")
        if not _FILE_NAME.fullmatch(_TOKEN.sub("x", self.file_name)):
            raise ValueError("a file name may hold letters, digits, dot, underscore and hyphen")
        if self.is_split and _NUMBER_TOKEN not in self.file_name:
            raise ValueError("a split output needs {file_number} in its file name")
        return self

    @model_validator(mode="after")
    def _options_are_of_the_format(self) -> Output:
        if self.csv is not None and self.format is not OutputFormat.CSV:
            raise ValueError("csv holds the options of the format csv")
        if (self.fixed_width is None) is (self.format is OutputFormat.FIXED_WIDTH):
            raise ValueError("fixed_width holds the columns of the format fixed_width, which needs them")
        if self.xml is not None and self.format is not OutputFormat.XML:
            raise ValueError("xml holds the options of the format xml")
        if self.decimals is not None and self.format not in _NUMBER_FORMATS:
            raise ValueError("decimals is an option of formats that have numbers: json, ndjson and xlsx")
        if self.format in _PACKED_FORMATS and self.packaging is not Packaging.NONE:
            raise ValueError(f"a file of the format {self.format.value} is packed in itself")
        if self.format in _PACKED_FORMATS and self.max_bytes is not None:
            raise ValueError(f"a file of the format {self.format.value} is split by records only")
        return self


def file_name(output: Output, tokens: Mapping[str, str]) -> str:
    """The artifact's name with extension, e.g. ``mifir_2026-11-20_1.zip``.

    A name without number gets one from the second file on: that is how a sheet that is full goes on.
    """
    stem = _TOKEN.sub(lambda match: tokens[match[1]], output.file_name)
    if output.goes_on and tokens.get(FILE_NUMBER, "1") != "1":
        stem += f"_{tokens[FILE_NUMBER]}"
    return f"{stem}.{output.extension}"


def content_name(output: Output, tokens: Mapping[str, str]) -> str:
    """The name of the file inside its packaging, e.g. ``mifir_2026-11-20_1.xml``."""
    return f"{file_name(output, tokens).removesuffix(output.extension)}{output.content_extension}"


def different_files(outputs: tuple[Output, ...]) -> tuple[Output, ...]:
    """The outputs, when no two of them can write a file of the same name whatever the run; raises ValueError."""
    if _find_collision(outputs, {}) is not None:
        raise ValueError("two outputs would write the same file: give one of them another name")
    named = [one.name for one in outputs if one.name is not None]
    if len(set(named)) != len(named):
        raise ValueError("two outputs have the same name")
    return outputs


def name_pattern(output: Output) -> str:
    """What the names of an output's files are like: ``*`` stands for what differs from run to run."""
    return f"{_TOKEN.sub('*', output.file_name)}{'*' if output.goes_on else ''}.{output.extension}"


def check_names(outputs: Iterable[Output], run: Mapping[str, str]) -> None:
    """Raise OutputNamesCollide when two outputs would write files of the same name in this run."""
    name = _find_collision(tuple(outputs), run)
    if name is not None:
        raise OutputNamesCollide(f"Two files would be called {name}.", fix="Give one of the outputs another name.")


def _find_collision(outputs: tuple[Output, ...], run: Mapping[str, str]) -> str | None:
    """A file name that two outputs can have. A token without a value is like no other text."""
    patterns: list[tuple[str, re.Pattern[str]]] = []
    for output in outputs:
        stem = _TOKEN.sub(lambda match: run.get(match[1], match[0]), output.file_name)
        name = f"{stem}.{output.extension}".replace(_NUMBER_TOKEN, "1")
        pattern = re.escape(stem).replace(re.escape(_NUMBER_TOKEN), "[1-9][0-9]*")
        if output.goes_on:
            pattern += "(_[1-9][0-9]*)?"
        pattern += re.escape(f".{output.extension}")
        for other_name, other_pattern in patterns:
            if re.fullmatch(pattern, other_name) or other_pattern.fullmatch(name):
                return name
        patterns.append((name, re.compile(pattern)))
    return None
