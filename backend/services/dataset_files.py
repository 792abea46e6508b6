"""Files of entries: CSV and XLSX read as batches of an import, and written from a version.

What a spreadsheet would take for a formula is escaped in CSV, and unescaped when the file comes back, so that a
dataset goes out and in without a change.
"""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import IO, ClassVar, Final

import polars as pl
import pyarrow as pa

from backend.core.csv_text import csv_line
from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.datasets import KEY, RESERVED, VALID_FROM, VALID_TO, column_suggestion
from backend.domain.reports.outputs import NumberForm
from backend.pipeline.rendering.xlsx import SHEET_ENTRY, WORKBOOK_ENTRIES, XlsxRenderer
from backend.services.connectors.files.xlsx_reader import MAX_ROWS
from backend.services.dataset_rows import LINE
from backend.services.table_files import Row, table_rows

MAX_FILE_BYTES: Final = 512 * 1024 * 1024
ROWS_PER_BATCH: Final = 20_000


class DatasetFileUnreadable(OpenRegError):
    """The file cannot be read as entries."""

    code: ClassVar[str] = "dataset_file_unreadable"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class DatasetFileTooLarge(OpenRegError):
    """The file is larger than can be imported at once."""

    code: ClassVar[str] = "dataset_file_too_large"
    kind: ClassVar[ErrorKind] = ErrorKind.TOO_LARGE


def read_batches(name: str, file: IO[bytes], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a file with the names of the columns in its first line, each with its line in the file.

    Raises DatasetFileUnreadable, FileUnreadable, FileTooLarge.
    """
    rows = table_rows(name, file)
    first = next(rows, None)
    if first is None:
        raise DatasetFileUnreadable("The file is empty.", fix="Its first line names the columns.")
    header = _header(first[1], columns)
    for some in _in_batches(rows):
        yield _batch(header, some)


async def csv_lines(
    columns: Sequence[str], pages: AsyncIterator[Mapping[str, Sequence[object]]]
) -> AsyncIterator[bytes]:
    """The entries as CSV, a page at a time."""
    names = [KEY, VALID_FROM, VALID_TO, *columns]
    yield csv_line(names).encode()
    async for page in pages:
        yield "".join(csv_line(row) for row in zip(*(page[name] for name in names), strict=True)).encode()


async def write_workbook(
    columns: Sequence[str], pages: AsyncIterator[Mapping[str, Sequence[object]]], target: IO[bytes]
) -> None:
    """The entries as a workbook, in which texts are texts. Raises DatasetFileTooLarge."""
    names = [KEY, VALID_FROM, VALID_TO, *columns]
    sheet = XlsxRenderer(names, NumberForm.TEXT)
    types = {name: pl.Date() if name in {VALID_FROM, VALID_TO} else pl.String() for name in names}
    rows = 1
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for entry, content in WORKBOOK_ENTRIES.items():
            archive.writestr(entry, content)
        with archive.open(SHEET_ENTRY, "w", force_zip64=True) as part:
            part.write(sheet.header())
            async for page in pages:
                frame = pl.DataFrame({name: page[name] for name in names}, schema=types)
                rows += frame.height
                if rows > MAX_ROWS:
                    raise DatasetFileTooLarge(f"A sheet has at most {MAX_ROWS} rows.", fix="Take it out as CSV.")
                await asyncio.to_thread(part.write, sheet.render(frame))
            part.write(sheet.footer())


def _header(cells: Sequence[str | None], columns: Sequence[str]) -> list[str]:
    names = [(cell or "").strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    for name in names:
        if name not in RESERVED and name not in columns:
            near = column_suggestion(name, columns)
            hint = f" Is it {near}?" if near else ""
            raise DatasetFileUnreadable(
                f"The file has a column {name!r}, which the dataset has not.{hint}",
                fix=f"The first line names {KEY}, {VALID_FROM}, {VALID_TO} and the columns of the dataset.",
                extra={"line": 1, "column": name, "suggestion": near},
            )
    missing = [name for name in (KEY, *columns) if name not in names]
    if missing or len(set(names)) != len(names):
        what = f"has no column {missing[0]}" if missing else "names a column twice"
        raise DatasetFileUnreadable(f"The file {what}.", fix="Correct its first line.", extra={"line": 1})
    return names


def _in_batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while some := list(islice(source, ROWS_PER_BATCH)):
        yield some


def _batch(header: Sequence[str], rows: Sequence[Row]) -> pa.RecordBatch:
    for line, cells in rows:
        if len(cells) > len(header) and any(cells[len(header) :]):
            raise DatasetFileUnreadable(
                f"Line {line} has {len(cells)} cells; the first line names {len(header)}.",
                fix="Check its quotes and separators.",
                extra={"line": line},
            )
    arrays = {
        name: pa.array([cells[place] if place < len(cells) else None for _, cells in rows], pa.string())
        for place, name in enumerate(header)
    }
    return pa.RecordBatch.from_pydict({LINE: pa.array([line for line, _ in rows], pa.int64()), **arrays})
