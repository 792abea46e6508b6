"""Records for a Parquet file, which one writer makes of them at the end (``backend.pipeline.parquet_file``)."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from typing import Final

import polars as pl
import pyarrow as pa

from backend.domain.expressions.types import DataType, Kind
from backend.domain.reports.outputs import NumberForm
from backend.pipeline.rendering.frame import FixedFrame, WithoutSchema
from backend.pipeline.rendering.json import NdjsonRenderer

BLOCK_LENGTH: Final = struct.Struct("<Q")
_ARROW: Final[Mapping[Kind, pa.DataType]] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.DOUBLE: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.TIMESTAMP: pa.timestamp("us", "UTC"),
    Kind.LOCAL_TIMESTAMP: pa.timestamp("us"),
    Kind.NULL: pa.null(),
}


def parquet_schema(types: Mapping[str, DataType]) -> pa.Schema:
    """The schema of a file with these columns."""
    return pa.schema([(name, _arrow_type(type_)) for name, type_ in types.items()])


class ParquetRenderer(FixedFrame, WithoutSchema):
    """Renders blocks of the object in which the records wait: the length of each, then a stream of Arrow's."""

    separator: Final = b""

    def __init__(self, types: Mapping[str, DataType]) -> None:
        super().__init__()
        self._schema: Final = parquet_schema(types)

    def render(self, target: pl.DataFrame) -> bytes:
        """The records of a target frame as one block."""
        if target.is_empty():
            return b""
        table = target.select(self._schema.names).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(self._schema)
        stream = io.BytesIO()
        with pa.ipc.new_stream(stream, self._schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            writer.write_table(table)
        return BLOCK_LENGTH.pack(stream.tell()) + stream.getvalue()

    def show(self, target: pl.DataFrame) -> str:
        """The records as objects of JSON."""
        return NdjsonRenderer(self._schema.names, NumberForm.TEXT).show(target)


def _arrow_type(type_: DataType) -> pa.DataType:
    if type_.precision is not None and type_.scale is not None:
        return pa.decimal128(type_.precision, type_.scale)
    return _ARROW[type_.kind]
