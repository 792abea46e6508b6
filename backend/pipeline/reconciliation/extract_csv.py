"""An extract as CSV: its header, its first rows, and all of them as frames of texts. Memory is that of a block."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final

import polars as pl
import pyarrow as pa
from pyarrow import csv as pa_csv

from backend.pipeline.reconciliation.refusal import ExtractRefused

BLOCK_BYTES: Final = 4 * 1024 * 1024
_HEAD_BYTES: Final = 256 * 1024
_SEPARATORS: Final = ",;\t|"
#: What ``core.csv_text`` puts an apostrophe before, so that no spreadsheet takes it for a formula.
_ESCAPED: Final = r"^'+[=+\-@\t\r]"


@dataclass(frozen=True, slots=True)
class CsvHead:
    """How a file begins: what parts its values, its header line, and the first rows."""

    delimiter: str
    header: list[str]
    rows: list[list[str]]


def read_head(file: IO[bytes], encoding: str, delimiter: str | None = None, rows: int = 0) -> CsvHead:
    """The header and some rows; the file is back at its beginning afterwards. Raises ExtractRefused."""
    head = file.read(_HEAD_BYTES)
    is_whole = len(head) < _HEAD_BYTES
    file.seek(0)
    if not head.strip():
        raise ExtractRefused("empty_file", "The file is empty.")
    text = _decoded(head, encoding, is_whole=is_whole)
    if "\0" in text:
        raise ExtractRefused("not_text", "The file holds characters that no text has: it is no CSV in this encoding.")
    mark = delimiter or max(_SEPARATORS, key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        header = next(reader, [])
        first = [cells for cells, _ in zip(reader, range(rows), strict=False)] if rows else []
    except csv.Error as error:
        raise ExtractRefused("not_well_formed", f"The beginning of the file is no CSV: {error}.") from error
    check_header(header)
    return CsvHead(mark, header, [cells for cells in first if cells])


def check_header(header: Sequence[str | None]) -> None:
    """Every column must have a name of its own. Raises ExtractRefused."""
    blank = next((place for place, name in enumerate(header, 1) if not (name or "").strip()), None)
    if not header or blank is not None:
        where = f": column {blank} has no name" if header else ""
        raise ExtractRefused("no_header", f"The first line must name the columns{where}.")
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise ExtractRefused("column_twice", f"The file has two columns {twice!r}.")


def check_columns(header: Sequence[str], wanted: Sequence[str]) -> None:
    """Raises ExtractRefused where a mapped column is not in the file."""
    missing = [name for name in wanted if name not in header]
    if missing:
        named = ", ".join(repr(name) for name in missing[:5])
        raise ExtractRefused(
            "column_missing",
            f"The file has no column {named}. Its first line is not a header, or it is a file of another report.",
        )


def read_csv(file: IO[bytes], wanted: Sequence[str], encoding: str, delimiter: str | None) -> Iterator[pl.DataFrame]:
    """The wanted columns of all rows, as texts. Raises ExtractRefused, also after frames have gone out."""
    head = read_head(file, encoding, delimiter)
    check_columns(head.header, wanted)
    broken: list[pa_csv.InvalidRow] = []

    def note(row: pa_csv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    def refuse_broken() -> None:
        if broken:
            row = broken[0]
            where = f"Line {row.number}" if row.number else "A line"
            raise ExtractRefused(
                "not_well_formed", f"{where} has {row.actual_columns} values, not {row.expected_columns}."
            )

    try:
        with pa_csv.open_csv(
            pa.PythonFile(file, mode="r"),
            read_options=pa_csv.ReadOptions(block_size=BLOCK_BYTES, encoding=encoding, use_threads=False),
            parse_options=pa_csv.ParseOptions(
                delimiter=head.delimiter, newlines_in_values=True, invalid_row_handler=note
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=list(wanted),
                column_types=dict.fromkeys(wanted, pa.string()),
                strings_can_be_null=False,
            ),
        ) as reader:
            for batch in reader:
                refuse_broken()
                frame = pl.from_arrow(batch)
                if isinstance(frame, pl.DataFrame) and frame.height:
                    yield unescaped(frame)
        refuse_broken()
    except UnicodeDecodeError as error:
        raise _wrong_encoding(encoding) from error
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error) or "UTF-8" in str(error):
            raise _wrong_encoding(encoding) from error
        # What Arrow says holds the text of the line, which may be data of persons.
        raise ExtractRefused("not_well_formed", "The file is no CSV: check its quotes and separators.") from error


def unescaped(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells without the apostrophe that keeps a spreadsheet from reading a formula."""
    every = pl.all()
    return frame.with_columns(pl.when(every.str.contains(_ESCAPED)).then(every.str.slice(1)).otherwise(every))


def _decoded(head: bytes, encoding: str, *, is_whole: bool) -> str:
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        return head.decode(name)
    except UnicodeDecodeError as error:
        if not is_whole and error.start > len(head) - 8:  # cut within a character
            return head[: error.start].decode(name, errors="ignore")
        raise _wrong_encoding(encoding) from error


def _wrong_encoding(encoding: str) -> ExtractRefused:
    return ExtractRefused(
        "wrong_encoding", f"The file is not written in {encoding}. Say its encoding in the mapping, or save it anew."
    )
