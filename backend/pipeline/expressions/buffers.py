"""The memory behind a column, as numpy sees it."""

from __future__ import annotations

import threading
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Offsets = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32 | np.int64 | np.uint32]

_OFFSET_BYTES = 8

#: Held for the steps of numpy over a column. There are many of them and each is short: two threads that hand Python's
#: own lock back and forth between them take half as much processor time again, and are done no sooner. No query of
#: Polars is run while it is held, since its threads wait for each other; columns are only handed over.
IN_TURN: Final = threading.Lock()


def text_buffer(texts: pl.Series) -> tuple[Offsets, Bytes]:
    """Where each text begins (and the last one ends), and the bytes of all texts one after the other.

    NULL is as wide as the empty text.
    """
    column = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offset_buffer, byte_buffer = column.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int64, count=len(column) + 1, offset=column.offset * _OFFSET_BYTES)
    content = np.frombuffer(byte_buffer, dtype=np.uint8) if byte_buffer else np.zeros(0, dtype=np.uint8)
    return offsets - offsets[0], content[offsets[0] : offsets[-1]]


def known_rows(column: pa.Array) -> Flags | None:
    """Where the column is not NULL; None when that is everywhere."""
    if not column.null_count:
        return None
    count = column.offset + len(column)
    bits = np.unpackbits(np.frombuffer(column.buffers()[0], np.uint8), count=count, bitorder="little")
    return bits[column.offset :].astype(np.bool_)


def numbers_of(column: pl.Series) -> tuple[Numbers, Flags | None]:
    """What stands for whole numbers or days, anything for NULL; and where it is not NULL (None: everywhere)."""
    array = column.rechunk().to_arrow()
    width = array.type.bit_width // 8
    numbers = np.frombuffer(array.buffers()[1], f"i{width}", len(array), width * array.offset)
    return numbers, known_rows(array)


def byte_table(texts: pl.Series, width: int) -> Bytes:
    """Texts of exactly this many bytes (and no NULL) as rows of a table."""
    return text_buffer(texts)[1].reshape(-1, width)
