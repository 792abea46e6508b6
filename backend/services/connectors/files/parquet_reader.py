"""Parquet as typed rows: its own types are taken where they hold the declared one exactly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from backend.domain.expressions.types import Kind
from backend.services.connectors.base import arrow_type
from backend.services.connectors.files.casting import ColumnCast, failing_rows
from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable
from backend.services.connectors.files.headers import positions_in_header
from backend.services.connectors.files.rows import Fault, RowTyper, TextBlock, Typed
from backend.services.connectors.files.settings import ColumnSettings
from backend.services.connectors.source_values import at_zone

_BATCH_ROWS: Final = 16_384
MAX_ROW_GROUP_BYTES: Final = 2 * 1024**3
"""Of a row group when it is unpacked; larger ones would not fit the memory of a run."""

Convert = Callable[[pa.Array], pa.Array]
Task = Callable[[], Typed]


@dataclass(frozen=True, slots=True)
class ParquetReader:
    """Reads one file of a table."""

    columns: Sequence[ColumnSettings]
    typer: RowTyper

    def tasks(self, file: IO[bytes]) -> Iterator[Task]:
        """The parts of the file in order. Raises FileUnreadable, FileTooLarge."""
        name = self.typer.file
        try:
            with pq.ParquetFile(file, pre_buffer=False, buffer_size=1024 * 1024) as parquet:
                names = parquet.schema_arrow.names
                positions = positions_in_header(self.columns, names, name)
                converts = [
                    _convert(column, cast, parquet.schema_arrow.field(position).type, name)
                    for column, cast, position in zip(self.columns, self.typer.casts, positions, strict=True)
                ]
                _check_sizes(parquet.metadata, name)
                wanted = [names[position] for position in positions]
                first = 1
                for batch in parquet.iter_batches(_BATCH_ROWS, columns=list(dict.fromkeys(wanted)), use_threads=False):
                    yield partial(self._type_rows, [batch.column(one) for one in wanted], converts, first)
                    first += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise FileUnreadable(f"{name} is not a readable Parquet file: {_reason(error)}.") from error

    def _type_rows(self, arrays: Sequence[pa.Array], converts: Sequence[Convert], first: int) -> Typed:
        faults: dict[int, Fault] = {}
        typed: list[pa.Array] = []
        for cast, convert, array in zip(self.typer.casts, converts, arrays, strict=True):
            try:
                typed.append(convert(array))
            except pa.ArrowInvalid:
                wrong = list(failing_rows(array, convert))
                for row in wrong:
                    faults.setdefault(row, Fault(row, cast.name, cast.reason))
                kept = [None if row in set(wrong) else array[row] for row in range(len(array))]
                typed.append(convert(pa.array([one and one.as_py() for one in kept], array.type)))

        def raw(row: int) -> str:
            values = {cast.name: arrays[number][row] for number, cast in enumerate(self.typer.casts)}
            return json.dumps({name: str(value) for name, value in values.items()}, ensure_ascii=False)

        batch = pa.RecordBatch.from_arrays(typed, schema=self.typer.schema)
        return self.typer.put_aside(batch, TextBlock((), batch.num_rows, lambda row: first + row, raw), faults)


def _convert(column: ColumnSettings, cast: ColumnCast, given: pa.DataType, file: str) -> Convert:
    """How values of a type of the file become values of the declared one. Raises FileUnreadable where they do not."""
    if pa.types.is_dictionary(given):
        inner = _convert(column, cast, given.value_type, file)
        return lambda array: inner(array.cast(given.value_type))
    if pa.types.is_string(given) or pa.types.is_large_string(given):
        return partial(_of_texts, cast)
    wanted = column.data_type
    if pa.types.is_timestamp(given) and given.tz is None and cast.rules.time_zone and wanted.kind is Kind.TIMESTAMP:
        zone = cast.rules.time_zone
        return lambda array: at_zone(array.cast(pa.timestamp("us")), zone)
    if not _HOLDS[wanted.kind](given):
        zone_hint = " Give the table a time zone." if pa.types.is_timestamp(given) and given.tz is None else ""
        raise FileUnreadable(
            f"{file}: {column.field} has the type {given}, which is not exactly {wanted}.",
            fix=f"Declare another type, and cast it in the query.{zone_hint}",
            extra={"file": file, "column": column.name},
        )
    return lambda array: _finite(array.cast(arrow_type(wanted)))


_HOLDS: Final[Mapping[Kind, Callable[[pa.DataType], bool]]] = {
    Kind.INTEGER: pa.types.is_integer,
    Kind.DECIMAL: lambda given: pa.types.is_decimal(given) or pa.types.is_integer(given),
    Kind.DOUBLE: pa.types.is_floating,
    Kind.BOOLEAN: pa.types.is_boolean,
    Kind.DATE: pa.types.is_date,
    Kind.TIMESTAMP: lambda given: pa.types.is_timestamp(given) and given.tz is not None,
    Kind.TEXT: lambda _: False,
}


def suggested_type(given: pa.DataType) -> str:
    """The declared type that holds a type of Parquet; text where none does."""
    if pa.types.is_decimal(given):
        return f"decimal({given.precision},{given.scale})"
    held = (kind for kind in _HOLDS if kind is not Kind.DECIMAL and _HOLDS[kind](given))
    return next((kind.value for kind in held), "timestamp" if pa.types.is_timestamp(given) else "text")


def _of_texts(cast: ColumnCast, array: pa.Array) -> pa.Array:
    texts = array.cast(pa.string())
    texts.validate(full=True)
    typed, wrong = cast.cast(texts)
    if wrong:
        raise pa.ArrowInvalid(cast.reason)
    return typed


def _finite(array: pa.Array) -> pa.Array:
    if pa.types.is_floating(array.type) and pc.all(pc.is_finite(array)).as_py() is False:
        raise pa.ArrowInvalid("not finite")
    return array


def _check_sizes(metadata: pq.FileMetaData, file: str) -> None:
    for number in range(metadata.num_row_groups):
        size = metadata.row_group(number).total_byte_size
        if size > MAX_ROW_GROUP_BYTES:
            raise FileTooLarge(
                f"{file}: row group {number + 1} has {size // 1024**2} MiB when it is unpacked; "
                f"{MAX_ROW_GROUP_BYTES // 1024**2} MiB are read at most.",
                fix="Write the file with smaller row groups.",
            )


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0][:200].rstrip(".")
