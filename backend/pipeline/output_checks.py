"""What a file format cannot hold, as checks over the target frame: such a record is set aside, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from backend.domain.expressions.types import DataType, Kind
from backend.domain.reports.outputs import (
    CsvOptions,
    Encoding,
    FixedColumn,
    FixedWidthOptions,
    Output,
    OutputFormat,
    Quoting,
)
from backend.domain.validation.rule import Severity
from backend.pipeline.checks import CompiledCheck
from backend.pipeline.rendering.facets import FORBIDDEN
from backend.pipeline.rendering.text import as_text

OUTPUT_RULE: Final = "OUTPUT"
_CELL_LENGTH: Final = 32_767
_OUTSIDE_UTF_16: Final = r"[\x{10000}-\x{10FFFF}]"
_LINE_BREAKS: Final = r"[\r\n]"
_1252: Final = bytes(set(range(256)) - {0x81, 0x8D, 0x8F, 0x90, 0x9D}).decode("windows-1252")
#: What each encoding does not have; the others have every character.
_FOREIGN: Final[Mapping[Encoding, str]] = {
    Encoding.ASCII: r"[^\x00-\x7F]",
    Encoding.LATIN_1: r"[^\x00-\x{FF}]",
    Encoding.WINDOWS_1252: "[^" + "".join(f"\\x{{{ord(one):X}}}" for one in _1252) + "]",
}


def output_checks(outputs: Sequence[Output], types: Mapping[str, DataType]) -> Iterator[CompiledCheck]:
    """The checks of every output over the mapped columns, in the order of both."""
    for number, output in enumerate(outputs, 1):
        for column, demand, ok in _demands(output, types):
            yield CompiledCheck(
                f"{OUTPUT_RULE}-{number}", Severity.CORRECTABLE, f"{column} {demand} in file {number}.", (column,), ok
            )


def _demands(output: Output, types: Mapping[str, DataType]) -> Iterator[tuple[str, str, pl.Expr]]:
    texts = [name for name, type_ in types.items() if type_.kind is Kind.TEXT]
    if output.fixed_width is not None:
        yield from _fixed_width(output.fixed_width, types)
        texts = [one.field for one in output.fixed_width.columns if one.field in texts]
    options = output.fixed_width or output.csv
    if options is not None and options.encoding in _FOREIGN:
        for name in texts:
            demand = f"may only have characters of {options.encoding.value}"
            yield name, demand, ~pl.col(name).str.contains(_FOREIGN[options.encoding])
    if output.csv is not None and output.csv.quoting is Quoting.NEVER:
        yield from _unquoted(output.csv, texts)
    if output.format is OutputFormat.XLSX:
        yield from _sheet(texts)
    if output.format in {OutputFormat.JSON, OutputFormat.NDJSON, OutputFormat.XLSX}:
        for name in (name for name, type_ in types.items() if type_.kind is Kind.DOUBLE):
            yield name, "must be a finite number", pl.col(name).is_finite()


def _sheet(texts: Sequence[str]) -> Iterator[tuple[str, str, pl.Expr]]:
    for name in texts:
        text = pl.col(name)
        yield name, "may have no character that Excel forbids", ~text.str.contains(FORBIDDEN)
        # Excel counts characters as UTF-16 does.
        length = text.str.len_chars() + text.str.count_matches(_OUTSIDE_UTF_16)
        yield name, f"may have at most {_CELL_LENGTH} characters", length <= _CELL_LENGTH


def _unquoted(options: CsvOptions, texts: Sequence[str]) -> Iterator[tuple[str, str, pl.Expr]]:
    for name in texts:
        marks = (options.separator, '"', "\r", "\n")
        ok = ~pl.any_horizontal(pl.col(name).str.contains(mark, literal=True) for mark in marks)
        yield name, "may have neither separator, quote nor line break", ok


def _fixed_width(options: FixedWidthOptions, types: Mapping[str, DataType]) -> Iterator[tuple[str, str, pl.Expr]]:
    for column in options.columns:
        value = pl.col(column.field)
        if types[column.field].kind is Kind.TEXT:
            yield column.field, "may have no line break", ~value.str.contains(_LINE_BREAKS)
        demand = f"may have at most {column.length} characters"
        yield column.field, demand, value.map_batches(_Fits(column), return_dtype=pl.Boolean, is_elementwise=True)


@dataclass(frozen=True, slots=True)
class _Fits:
    """Whether the text of a value fits its place."""

    column: FixedColumn

    def __call__(self, values: pl.Series) -> pl.Series:
        return as_text(values).str.len_chars() <= self.column.length
