"""Rows of an import, read and kept in a file until all of them are known to be good.

Nothing of an import reaches the database before its last row was read: a million rows with one fault change nothing,
and the database never waits for whoever delivers them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa

from backend.core.ids import new_id
from backend.domain.datasets import (
    IS_REMOVED,
    KEY,
    MAX_FAULTS_TOLD,
    MAX_KEY,
    MAX_TEXT,
    VALID_FROM,
    VALID_TO,
    ColumnType,
    EntryFault,
    ImportMode,
    ValueUnreadable,
    read_value,
)
from backend.persistence.repositories.dataset_staging import StagedRow

LINE: Final = "line"
REPLACES: Final = "replaces"
_VALUES: Final = "values"
_SPOOLED: Final = pa.schema(
    [
        (LINE, pa.int64()),
        (KEY, pa.string()),
        (VALID_FROM, pa.date32()),
        (VALID_TO, pa.date32()),
        (_VALUES, pa.string()),
        (REPLACES, pa.string()),
        (IS_REMOVED, pa.bool_()),
    ]
)


@dataclass(slots=True)
class Faults:
    """What is wrong with rows: all of it counted, the first told."""

    count: int = 0
    told: list[EntryFault] = field(default_factory=list)

    def add(self, lines: pl.Series, column: str | None, code: str, message: str) -> None:
        """The same fault in several lines."""
        self.count += lines.len()
        room = max(0, MAX_FAULTS_TOLD - len(self.told))
        self.told += [EntryFault(int(line), column, code, message) for line in lines.head(room)]


@dataclass(frozen=True, slots=True)
class SpooledRows:
    """The rows of an import, in a file."""

    path: Path
    rows: int
    faults: Faults

    def batches(self) -> Iterator[list[StagedRow]]:
        """The rows as the database takes them, so many at a time."""
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_stream(file) as reader:
            for batch in reader:
                columns = [column.to_pylist() for column in batch.columns]
                yield [(one[0], new_id(), *one[1:]) for one in zip(*columns, strict=True)]


def spool_rows(
    columns: Mapping[str, ColumnType], mode: ImportMode, batches: Iterable[pa.RecordBatch], path: Path
) -> SpooledRows:
    """Read every batch: ``key``, the columns, where the mode has them ``valid_from``, ``valid_to`` and ``is_removed``.

    ``line`` numbers the rows, which are counted where it is not given.
    """
    faults, rows = Faults(), 0
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, _SPOOLED) as writer:
        for batch in batches:
            frame = _with_lines(pl.DataFrame(pl.from_arrow(batch)), rows)
            rows += frame.height
            read = _Reading(columns, mode, faults).read(frame)
            if not faults.count:
                writer.write_table(read.to_arrow().cast(_SPOOLED))
    faults.told.sort(key=lambda one: one.line)
    return SpooledRows(path, rows, faults)


def _with_lines(frame: pl.DataFrame, before: int) -> pl.DataFrame:
    if LINE in frame.columns:
        return frame
    return frame.with_row_index(LINE, offset=before + 1)


@dataclass(frozen=True, slots=True)
class _Reading:
    columns: Mapping[str, ColumnType]
    mode: ImportMode
    faults: Faults

    def read(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The batch as it is spooled; what is wrong is added to the faults."""
        lines = frame[LINE].cast(pl.Int64)
        key = self._key(lines, frame[KEY].cast(pl.String))
        begin, end = self._day(lines, frame, VALID_FROM), self._day(lines, frame, VALID_TO)
        wrong = lines.filter((end < begin).fill_null(value=False))
        if wrong.len():
            self.faults.add(wrong, VALID_TO, "period_ends_early", "The period ends before it begins.")
        values = pl.DataFrame([self._values(lines, frame, name, kind) for name, kind in self.columns.items()])
        return pl.DataFrame(
            {
                LINE: lines,
                KEY: key,
                VALID_FROM: begin,
                VALID_TO: end,
                _VALUES: values.select(pl.struct(pl.all()).struct.json_encode()).to_series(),
                REPLACES: frame[REPLACES].cast(pl.String)
                if REPLACES in frame.columns
                else _nothing(frame, pl.String()),
                IS_REMOVED: self._removed(lines, frame),
            }
        )

    def _key(self, lines: pl.Series, key: pl.Series) -> pl.Series:
        missing = lines.filter(key.is_null() | (key == ""))
        if missing.len():
            self.faults.add(missing, KEY, "key_missing", "The key is empty.")
        unfit = lines.filter((key.str.len_chars() > MAX_KEY) | key.str.contains("\x00", literal=True))
        if unfit.len():
            self.faults.add(unfit, KEY, "key_unfit", f"A key has at most {MAX_KEY} characters, and no U+0000.")
        return key

    def _day(self, lines: pl.Series, frame: pl.DataFrame, name: str) -> pl.Series:
        if name not in frame.columns:
            return _nothing(frame, pl.Date())
        column = frame[name]
        if self.mode is ImportMode.SNAPSHOT and column.null_count() != frame.height:
            message = "A snapshot has no periods: it is what is valid on its day."
            self.faults.add(lines.filter(column.is_not_null()), name, "period_not_possible", message)
        if column.dtype == pl.Date:
            return column
        return self._read(lines, column.cast(pl.String), name, ColumnType.DATE).str.to_date("%Y-%m-%d", strict=False)

    def _removed(self, lines: pl.Series, frame: pl.DataFrame) -> pl.Series:
        if IS_REMOVED not in frame.columns:
            return pl.repeat(value=False, n=frame.height, eager=True)
        read = self._read(lines, frame[IS_REMOVED].cast(pl.String), IS_REMOVED, ColumnType.BOOLEAN)
        removed = (read == "true").fill_null(value=False)
        if self.mode is not ImportMode.MERGE and removed.any():
            message = "Entries are removed by a merge; what is not in the file is gone anyway."
            self.faults.add(lines.filter(removed), IS_REMOVED, "removal_not_possible", message)
        return removed

    def _values(self, lines: pl.Series, frame: pl.DataFrame, name: str, kind: ColumnType) -> pl.Series:
        if name not in frame.columns:
            return _nothing(frame, pl.String()).alias(name)
        return self._read(lines, frame[name].cast(pl.String), name, kind).alias(name)

    def _read(self, lines: pl.Series, texts: pl.Series, name: str, kind: ColumnType) -> pl.Series:
        texts = texts.set(texts == "", None)
        if kind is ColumnType.TEXT:
            unfit = lines.filter((texts.str.len_bytes() > MAX_TEXT) | texts.str.contains("\x00", literal=True))
            if not unfit.len():
                return texts
        known = texts.drop_nulls().unique()
        values, messages = _read_each(kind, known.to_list())
        for message, wrong in messages.items():
            self.faults.add(lines.filter(texts.is_in(wrong)), name, "value_unfit", message)
        return texts.replace_strict(known, values, default=None, return_dtype=pl.String())


def _read_each(kind: ColumnType, texts: Sequence[str]) -> tuple[list[str | None], dict[str, list[str]]]:
    values: list[str | None] = []
    messages: dict[str, list[str]] = {}
    for text in texts:
        try:
            values.append(read_value(kind, text))
        except ValueUnreadable as error:
            values.append(None)
            messages.setdefault(str(error), []).append(text)
    return values, messages


def _nothing(frame: pl.DataFrame, kind: pl.DataType) -> pl.Series:
    return pl.repeat(None, frame.height, dtype=kind, eager=True)
