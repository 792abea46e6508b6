"""The bytes behind a text column, as numpy sees them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Offsets = npt.NDArray[np.int64]

_OFFSET_BYTES = 8


def text_buffer(texts: pl.Series) -> tuple[Offsets, Bytes]:
    """Where each text begins (and the last one ends), and the bytes of all texts one after the other.

    NULL is as wide as the empty text.
    """
    column = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offset_buffer, byte_buffer = column.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int64, count=len(column) + 1, offset=column.offset * _OFFSET_BYTES)
    content = np.frombuffer(byte_buffer, dtype=np.uint8) if byte_buffer else np.zeros(0, dtype=np.uint8)
    return offsets - offsets[0], content[offsets[0] : offsets[-1]]


def byte_table(texts: pl.Series, width: int) -> Bytes:
    """Texts of exactly this many bytes (and no NULL) as rows of a table."""
    return text_buffer(texts)[1].reshape(-1, width)
