"""Extract: source rows become one Parquet object, the run's input, pinned by its hash.

A report with further inputs extracts each of them the same way (``backend.pipeline.gather``).

The stage is repeated from its start after a crash: a database snapshot ends with its connection, and rows of
two snapshots must not be mixed in one input.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from backend.domain.expressions.types import DataType, Kind
from backend.domain.object_keys import input_key, quarantine_key
from backend.domain.runs import RunStep, StepState
from backend.pipeline.context import RunContext
from backend.pipeline.errors import SourceSchemaChanged
from backend.pipeline.multipart import MultipartSink
from backend.pipeline.ports import QuarantiningStream, RowSource, StoredInput
from backend.pipeline.quarantine import store_quarantine
from backend.pipeline.window import read_ahead

MEDIA_TYPE = "application/vnd.apache.parquet"


@dataclass(frozen=True, slots=True)
class Extraction:
    """Rows to store: from where, under which key, and the columns they must have.

    ``title`` is what they are called when something is wrong; ``copy`` is a file that gets the same bytes.
    """

    source: RowSource
    key: str
    columns: Mapping[str, DataType]
    title: str = "the source"
    copy: Path | None = None


def extract(context: RunContext) -> StoredInput:
    """Read the source once and store it. Raises the connector's errors."""
    plan, journal = context.plan, context.journal
    journal.step(RunStep.EXTRACT, StepState.RUNNING)
    key = input_key(plan.prefix, context.attempt)
    stored = store_rows(context, Extraction(context.source, key, plan.program.columns))
    finish(context, stored, plan.inherited or {})
    return stored


def finish(context: RunContext, stored: StoredInput, inputs: Mapping[str, StoredInput]) -> None:
    """The stage is done: the run's input and what it was made of."""
    seconds = sum(part.seconds for part in context.meter.drain())
    context.journal.input_stored(stored, inputs)
    context.journal.step(RunStep.EXTRACT, StepState.SUCCEEDED, stored.rows, seconds)


def store_rows(context: RunContext, wanted: Extraction) -> StoredInput:
    """Read rows once and store them. Raises SourceSchemaChanged and the errors of their source."""
    plan, journal = context.plan, context.journal
    rows = groups = 0
    with (
        context.meter.timed(RunStep.EXTRACT),
        wanted.source.open() as stream,
        MultipartSink(context.store, wanted.key, MEDIA_TYPE) as sink,
        _copied(sink, wanted.copy) as target,
        pq.ParquetWriter(
            pa.PythonFile(target, mode="w"),
            stream.schema,
            compression="zstd",
            compression_level=1,
            write_statistics=False,
        ) as writer,
    ):
        _check_columns(stream.schema, wanted)
        for group in _row_groups(read_ahead(stream, 2), stream.schema, plan.rows_per_group):
            writer.write_table(group, row_group_size=plan.rows_per_group)
            rows += group.num_rows
            groups += 1
            journal.progress(RunStep.EXTRACT, rows)
        quarantine = None
        if isinstance(stream, QuarantiningStream):
            quarantine = store_quarantine(context.store, quarantine_key(wanted.key), stream)
    return StoredInput(wanted.key, sink.sha256, sink.size_bytes, rows, groups, quarantine)


@contextmanager
def _copied(sink: MultipartSink, copy: Path | None) -> Iterator[BinaryIO]:
    """The sink, and a file that gets the same bytes."""
    if copy is None:
        yield cast("BinaryIO", sink)
        return
    with copy.open("wb") as file:
        yield cast("BinaryIO", _Both(sink, file))


class _Both(io.RawIOBase):
    """Writes twice."""

    def __init__(self, sink: MultipartSink, file: BinaryIO) -> None:
        super().__init__()
        self._sink = sink
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._file.write(content)
        return self._sink.write(content)


def _check_columns(schema: pa.Schema, wanted: Extraction) -> None:
    """The columns must be those the report version was written against. Raises SourceSchemaChanged."""
    for name, type_ in wanted.columns.items():
        place = schema.get_field_index(name)
        given = schema.field(place).type if place >= 0 else None
        if given is None or not _holds(given, type_):
            what = f"has the type {given} instead of {type_}" if given is not None else "is not there any more"
            raise SourceSchemaChanged(
                f"The column {name} of {wanted.title} {what}.",
                fix="Save a new version of the report and look at its fields.",
            )


def _holds(given: pa.DataType, expected: DataType) -> bool:
    if expected.kind is Kind.DECIMAL:
        return bool(pa.types.is_decimal(given)) and (given.precision, given.scale) == expected.digits
    return bool(_ARROW_CHECKS[expected.kind](given))


_ARROW_CHECKS: Mapping[Kind, Callable[[pa.DataType], bool]] = {
    Kind.TEXT: lambda given: pa.types.is_string(given) or pa.types.is_large_string(given),
    Kind.INTEGER: pa.types.is_int64,
    Kind.DOUBLE: pa.types.is_float64,
    Kind.BOOLEAN: pa.types.is_boolean,
    Kind.DATE: pa.types.is_date32,
    Kind.TIMESTAMP: lambda given: pa.types.is_timestamp(given) and given.tz is not None,
}


def _row_groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema, size: int) -> Iterator[pa.Table]:
    """Cut batches of any size into tables of exactly ``size`` rows, the last one shorter."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        offset = 0
        while count + batch.num_rows - offset >= size:
            taken = size - count
            waiting.append(batch.slice(offset, taken))
            yield _whole(waiting, schema)
            waiting, count, offset = [], 0, offset + taken
        if offset < batch.num_rows:
            waiting.append(batch.slice(offset))
            count += batch.num_rows - offset
    if waiting:
        yield _whole(waiting, schema)


def _whole(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """The rows in one piece: Parquet's pages would show where the batches ended."""
    return pa.Table.from_batches(batches, schema).combine_chunks()
