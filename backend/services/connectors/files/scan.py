"""One table as a stream of Arrow batches that DuckDB may open as often as its plan wants."""

from __future__ import annotations

import fnmatch
import hashlib
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import pyarrow as pa

from backend.core.errors import OpenRegError
from backend.services.connectors.base import arrow_schema
from backend.services.connectors.faults import ParameterInvalid
from backend.services.connectors.files.casting import ColumnCast
from backend.services.connectors.files.csv_reader import CsvReader, Task
from backend.services.connectors.files.file_faults import FileChanged, FileMissing
from backend.services.connectors.files.fixed_width_reader import FixedWidthReader
from backend.services.connectors.files.ndjson_reader import NdjsonReader
from backend.services.connectors.files.parquet_reader import ParquetReader
from backend.services.connectors.files.rows import BadRow, RowTyper, TableIntake, Typed, columns_of
from backend.services.connectors.files.settings import (
    REPORTING_DATE_MARK,
    CsvFormat,
    FixedWidthFormat,
    NdjsonFormat,
    ParquetFormat,
    TableSettings,
    XlsxFormat,
)
from backend.services.connectors.files.shelf import FileShelf, SourceFile
from backend.services.connectors.files.xlsx_reader import XlsxReader
from backend.services.connectors.source_values import extraction_cancelled

THREADS: Final = 2
_PARTS_AHEAD: Final = 3


@dataclass(slots=True)
class FaultBox:
    """Keeps what went wrong inside of a stream: on its way through the engine it would become a text."""

    failure: BaseException | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)


def files_of(table: TableSettings, shelf: FileShelf, reporting_date: date | None) -> Sequence[SourceFile]:
    """The files of a table in the order they are read. Raises FileMissing, ParameterInvalid."""
    pattern = _dated(table, table.pattern, reporting_date)
    if table.location == "uploads":
        listed, where = shelf.uploaded(table.name), "among its uploads"
    else:
        prefix = _dated(table, table.prefix, reporting_date)
        listed, where = shelf.found(prefix), f"in inbox/{prefix}"
    found = sorted((one for one in listed if fnmatch.fnmatchcase(one.name, pattern)), key=lambda one: one.name)
    if not found:
        raise FileMissing(
            f"The table {table.name} has no file named {pattern} {where}.",
            fix="Upload one, or correct the table's location.",
            extra={"table": table.name},
        )
    return found


def _dated(table: TableSettings, text: str, reporting_date: date | None) -> str:
    if REPORTING_DATE_MARK not in text:
        return text
    if reporting_date is None:
        raise ParameterInvalid(
            f"The files of the table {table.name} are found by the reporting date, which is not given.",
            fix="Give the parameter reporting_date.",
            extra={"parameter": "reporting_date"},
        )
    return text.replace(REPORTING_DATE_MARK, reporting_date.isoformat())


class TableScan:
    """Opened by DuckDB through the Arrow stream protocol, once or several times; every pass reads the same rows."""

    def __init__(self, table: TableSettings, shelf: FileShelf, reporting_date: date | None, faults: FaultBox) -> None:
        """Nothing is listed or read before the first row is asked for."""
        self.table = table
        self.schema: pa.Schema = arrow_schema(columns_of(table))
        self._shelf = shelf
        self._reporting_date = reporting_date
        self._faults = faults
        self._passes: list[TableIntake] = []

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A pass over the table."""
        del requested_schema
        return pa.RecordBatchReader.from_batches(self.schema, self._guarded()).__arrow_c_stream__()

    @property
    def size_bytes(self) -> int:
        """Of all its files together. Raises FileMissing, ParameterInvalid."""
        return sum(file.size_bytes for file in files_of(self.table, self._shelf, self._reporting_date))

    @property
    def intake(self) -> TableIntake:
        """What was taken and put aside. A pass may have ended early; the longest has seen what the others have."""
        none = TableIntake(self.table)
        return max(self._passes, key=lambda one: one.read, default=none)

    def _guarded(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self.batches()
        except OpenRegError as error:
            self._faults.failure = self._faults.failure or error
            raise

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows of all files in order. Raises ConnectorError."""
        intake = TableIntake(self.table)
        self._passes.append(intake)
        casts = tuple(ColumnCast.of(column, self.table.values) for column in self.table.columns)
        with ThreadPoolExecutor(THREADS, thread_name_prefix="file-rows") as threads:
            for file in files_of(self.table, self._shelf, self._reporting_date):
                intake.files += 1
                typer = RowTyper(self.table.name, file.name, casts, self.schema)
                for typed in _ordered(threads, self._tasks(file, typer)):
                    if self._faults.cancelled.is_set():
                        raise extraction_cancelled()
                    batch = intake.take(typed)
                    if batch.num_rows:
                        yield batch

    def _tasks(self, file: SourceFile, typer: RowTyper) -> Iterator[Task]:
        settings = self.table.file
        columns = self.table.columns
        match settings:
            case CsvFormat():
                yield from CsvReader(settings, columns, typer).tasks(_pinned(self._shelf, file))
            case NdjsonFormat():
                yield from NdjsonReader(settings, columns, typer).tasks(_pinned(self._shelf, file))
            case FixedWidthFormat():
                yield from FixedWidthReader(settings, columns, typer).tasks(_pinned(self._shelf, file))
            case ParquetFormat():
                yield from self._opened(file, ParquetReader(columns, typer))
            case XlsxFormat():
                yield from self._opened(file, XlsxReader(settings, columns, typer))

    def _opened(self, file: SourceFile, reader: ParquetReader | XlsxReader) -> Iterator[Task]:
        with self._shelf.open(file) as opened:
            yield from reader.tasks(opened)
        if not self._shelf.is_unchanged(file):
            raise _changed(file)


def _ordered(threads: ThreadPoolExecutor, tasks: Iterable[Task]) -> Iterator[Typed]:
    """What the tasks give, in their order, a few of them at work ahead."""
    waiting: deque[Future[Typed]] = deque()
    try:
        for task in tasks:
            waiting.append(threads.submit(task))
            if len(waiting) > _PARTS_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for left in waiting:
            left.cancel()


def _pinned(shelf: FileShelf, file: SourceFile) -> Iterator[bytes]:
    """The bytes of a file, which must be those that were listed. Raises FileChanged."""
    digest, size = hashlib.sha256(), 0
    for piece in shelf.stream(file):
        if file.sha256 is not None:
            digest.update(piece)
        size += len(piece)
        yield piece
    is_same = digest.hexdigest() == file.sha256 if file.sha256 is not None else shelf.is_unchanged(file)
    if size != file.size_bytes or not is_same:
        raise _changed(file)


def _changed(file: SourceFile) -> FileChanged:
    return FileChanged(
        f"{file.name} changed while it was read.",
        fix="Put files into the inbox under another name and rename them when they are complete; then run again.",
        extra={"file": file.name},
    )


def bad_rows(scans: Iterable[TableScan]) -> list[BadRow]:
    """What all tables put aside, in their order."""
    return [one for scan in scans for one in scan.intake.bad]
