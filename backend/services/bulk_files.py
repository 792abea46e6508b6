"""Tables as files that are sent while they are made: lines of JSON, CSV, Parquet; memory holds one page of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from enum import StrEnum
from io import RawIOBase
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from typing_extensions import Buffer

from backend.core.csv_text import csv_line
from backend.services.dataset_tables import ROWS_PER_GROUP, table_of

Columns = Mapping[str, Sequence[object]]


class BulkFormat(StrEnum):
    """What a file is."""

    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"


MEDIA_TYPES: Final[Mapping[BulkFormat, str]] = {
    BulkFormat.NDJSON: "application/x-ndjson",
    BulkFormat.CSV: "text/csv; charset=utf-8",
    BulkFormat.PARQUET: "application/vnd.apache.parquet",
}


async def bulk_file(form: BulkFormat, schema: pa.Schema, pages: AsyncIterator[Columns]) -> AsyncIterator[bytes]:
    """The columns of a schema, page by page. Values are texts, or days where the schema has days in every entry.

    Lines of JSON and CSV hold the texts as they are stored, Parquet the types of the schema.
    """
    if form is BulkFormat.PARQUET:
        async for piece in _parquet(schema, pages):
            yield piece
        return
    if form is BulkFormat.CSV:
        yield csv_line(schema.names).encode()
    async for page in pages:
        yield await asyncio.to_thread(_csv if form is BulkFormat.CSV else _json_lines, schema.names, page)


def _csv(names: Sequence[str], page: Columns) -> bytes:
    return "".join(csv_line(row) for row in zip(*(page[name] for name in names), strict=True)).encode()


def _json_lines(names: Sequence[str], page: Columns) -> bytes:
    rows = zip(*(page[name] for name in names), strict=True)
    return b"".join(_json_line(dict(zip(names, row, strict=True))) for row in rows)


def _json_line(row: Mapping[str, object]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=str).encode() + b"\n"


async def _parquet(schema: pa.Schema, pages: AsyncIterator[Columns]) -> AsyncIterator[bytes]:
    sink = _Pieces()
    writer = pq.ParquetWriter(sink, schema, compression="zstd")
    async for page in pages:
        table = await asyncio.to_thread(table_of, page, schema)
        await asyncio.to_thread(writer.write_table, table, ROWS_PER_GROUP)
        yield sink.take()
    await asyncio.to_thread(writer.close)
    yield sink.take()


class _Pieces(RawIOBase):
    """What was written and not yet taken."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, piece: Buffer, /) -> int:
        content = memoryview(piece).cast("B")
        self._waiting += content
        self._written += len(content)
        return len(content)

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken
