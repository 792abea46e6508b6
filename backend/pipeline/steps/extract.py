"""Extract: source rows become one Parquet object, the run's input, pinned by its hash.

The stage is repeated from its start after a crash: a database snapshot ends with its connection, and rows of
two snapshots must not be mixed in one input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from backend.domain.expressions.types import DataType, Kind
from backend.domain.object_keys import input_key
from backend.domain.runs import RunStep, StepState
from backend.pipeline.context import RunContext
from backend.pipeline.errors import SourceSchemaChanged
from backend.pipeline.multipart import MultipartSink
from backend.pipeline.ports import StoredInput
from backend.pipeline.window import read_ahead

MEDIA_TYPE = "application/vnd.apache.parquet"


def extract(context: RunContext) -> StoredInput:
    """Read the source once and store it. Raises the connector's errors."""
    plan, journal = context.plan, context.journal
    journal.step(RunStep.EXTRACT, StepState.RUNNING)
    key = input_key(plan.prefix, context.attempt)
    rows = groups = 0
    with (
        context.meter.timed(RunStep.EXTRACT),
        context.source.open() as stream,
        MultipartSink(context.store, key, MEDIA_TYPE) as sink,
        pq.ParquetWriter(
            pa.PythonFile(sink, mode="w"),
            stream.schema,
            compression="zstd",
            compression_level=1,
            write_statistics=False,
        ) as writer,
    ):
        _check_columns(stream.schema, plan.program.columns)
        for group in _row_groups(read_ahead(stream, 2), stream.schema, plan.rows_per_group):
            writer.write_table(group, row_group_size=plan.rows_per_group)
            rows += group.num_rows
            groups += 1
            journal.progress(RunStep.EXTRACT, rows)
    stored = StoredInput(key, sink.sha256, sink.size_bytes, rows, groups)
    seconds = sum(part.seconds for part in context.meter.drain())
    journal.input_stored(stored)
    journal.step(RunStep.EXTRACT, StepState.SUCCEEDED, rows, seconds)
    return stored


def _check_columns(schema: pa.Schema, expected: Mapping[str, DataType]) -> None:
    """The columns must be those the report version was written against. Raises SourceSchemaChanged."""
    for name, type_ in expected.items():
        place = schema.get_field_index(name)
        given = schema.field(place).type if place >= 0 else None
        if given is None or not _holds(given, type_):
            what = f"has the type {given} instead of {type_}" if given is not None else "is not there any more"
            raise SourceSchemaChanged(
                f"The column {name} of the source {what}.",
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
            yield pa.Table.from_batches(waiting, schema)
            waiting, count, offset = [], 0, offset + taken
        if offset < batch.num_rows:
            waiting.append(batch.slice(offset))
            count += batch.num_rows - offset
    if waiting:
        yield pa.Table.from_batches(waiting, schema)
