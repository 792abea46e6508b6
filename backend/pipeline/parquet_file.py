"""Parquet files: one writer makes each from its first row to its last.

So the records wait, block by block, in an object of their own, and the file is made of them at the end: always of
the same records in the same row groups, whatever the blocks were and however often the run was stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from backend.domain.expressions.types import DataType
from backend.pipeline.multipart import MultipartSink
from backend.pipeline.ports import ArtifactStore
from backend.pipeline.rendering.parquet import BLOCK_LENGTH, parquet_schema
from backend.pipeline.steps.store import StoredFile

MEDIA_TYPE: Final = "application/vnd.apache.parquet"
ROWS_PER_GROUP: Final = 65_536


class ParquetAssembly:
    """Makes Parquet files of the records that wait."""

    def __init__(self, types: Mapping[str, DataType]) -> None:
        self._schema: Final = parquet_schema(types)

    def assemble(self, store: ArtifactStore, spool: str, key: str) -> StoredFile:
        """Write the file; memory holds one row group."""
        with (
            MultipartSink(store, key, MEDIA_TYPE) as sink,
            pq.ParquetWriter(pa.PythonFile(sink, mode="w"), self._schema, compression="zstd") as writer,
        ):
            for group in _groups(_read_blocks(store.stream(spool))):
                writer.write_table(group, row_group_size=ROWS_PER_GROUP)
        return StoredFile(sink.size_bytes, sink.sha256, sink.size_bytes, sink.sha256)


def _read_blocks(pieces: Iterable[bytes]) -> Iterator[pa.Table]:
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= BLOCK_LENGTH.size:
            end = BLOCK_LENGTH.size + BLOCK_LENGTH.unpack_from(waiting)[0]
            if len(waiting) < end:
                break
            with pa.ipc.open_stream(bytes(waiting[BLOCK_LENGTH.size : end])) as stream:
                yield stream.read_all()
            del waiting[:end]


def _groups(blocks: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows of all blocks in groups of the same size, but for the last."""
    waiting: list[pa.Table] = []
    rows = 0
    for block in blocks:
        waiting.append(block)
        rows += block.num_rows
        if rows >= ROWS_PER_GROUP:
            together = pa.concat_tables(waiting)
            full = rows - rows % ROWS_PER_GROUP
            for start in range(0, full, ROWS_PER_GROUP):
                yield together.slice(start, ROWS_PER_GROUP).combine_chunks()
            waiting, rows = [together.slice(full)], rows - full
    if rows:
        yield pa.concat_tables(waiting).combine_chunks()
