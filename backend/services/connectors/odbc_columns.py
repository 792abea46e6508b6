"""Buffers that a driver fills, block by block, and the Arrow arrays made of them by columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pyarrow as pa

from backend.services.connectors.odbc_library import (
    SQL_C_CHAR,
    SQL_C_DOUBLE,
    SQL_C_FLOAT,
    SQL_C_SBIGINT,
    SQL_C_WCHAR,
    SQL_NULL_DATA,
    BoundColumn,
)

_NUMBERS: Final = {SQL_C_SBIGINT: np.int64, SQL_C_DOUBLE: np.float64, SQL_C_FLOAT: np.float32}
_TWO_BYTES, _THREE_BYTES = 0x80, 0x800
"""From these characters on UTF-8 takes as many bytes."""
_HALVES_MASK, _HALVES = 0xF800, 0xD800
"""The half of a character that UTF-16 writes in two."""
_INLINE: Final = 12
"""Bytes of a text that Arrow keeps in its view itself; what stands behind a shorter one must be zero."""
_INLINE_MASKS: Final = (
    np.where(np.arange(_INLINE) < np.arange(_INLINE + 1)[:, None], 0xFF, 0).astype(np.uint8).view(np.int32)
)


class TextTooLong(Exception):
    """A value is longer than its buffer; what arrived is only its beginning."""


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """How a driver is asked for a column's values: as what, and in how many bytes at most."""

    c_type: int
    width: int

    @classmethod
    def number(cls, c_type: int) -> Self:
        """A number in the machine's own form."""
        return cls(c_type, np.dtype(_NUMBERS[c_type]).itemsize)

    @classmethod
    def narrow(cls, longest: int) -> Self:
        """A text in UTF-8 of so many bytes, with the mark of its end."""
        return cls(SQL_C_CHAR, max(longest + 1, _INLINE))

    @classmethod
    def wide(cls, longest: int) -> Self:
        """A text in UTF-16 of so many units, with the mark of its end."""
        return cls(SQL_C_WCHAR, 2 * (longest + 1))


class Block:
    """The buffers of one block of rows."""

    def __init__(self, layouts: Sequence[ColumnLayout], rows: int) -> None:
        """Room for ``rows`` rows."""
        self.rows = 0
        self._layouts = layouts
        self._values = [np.zeros((rows, layout.width), dtype=np.uint8) for layout in layouts]
        self._indicators = [np.zeros(rows, dtype=np.int64) for _ in layouts]

    @property
    def bound(self) -> tuple[BoundColumn, ...]:
        """Where the driver writes."""
        return tuple(
            BoundColumn(layout.c_type, layout.width, values.ctypes.data, indicators.ctypes.data)
            for layout, values, indicators in zip(self._layouts, self._values, self._indicators, strict=True)
        )

    def column(self, number: int) -> pa.Array:
        """The values of a column. Raises TextTooLong, and ArrowInvalid for what is no text."""
        layout = self._layouts[number]
        values, indicators = self._values[number][: self.rows], self._indicators[number][: self.rows]
        is_null = indicators == SQL_NULL_DATA
        if layout.c_type in _NUMBERS:
            return pa.array(values.reshape(-1).view(_NUMBERS[layout.c_type]).copy(), mask=is_null)
        end = 2 if layout.c_type == SQL_C_WCHAR else 1
        lengths = np.where(is_null, 0, indicators)
        if self.rows and (lengths.max() > layout.width - end or lengths.min() < 0):
            raise TextTooLong
        if layout.c_type == SQL_C_WCHAR:
            return _wide_texts(values, lengths, is_null)
        return _texts(values, lengths, is_null)


def row_bytes(layouts: Sequence[ColumnLayout]) -> int:
    """What a row takes in the buffers."""
    return sum(layout.width + 8 for layout in layouts)


def _texts(values: np.ndarray, lengths: np.ndarray, is_null: np.ndarray) -> pa.Array:
    """Cells of a fixed width, of which each holds so many bytes of UTF-8; Arrow checks that they are text."""
    rows, width = values.shape
    longest = int(lengths.max()) if rows else 0
    if (lengths == longest).all():  # codes and days: the most frequent columns are the cheapest
        ends = np.arange(0, rows * longest + 1, longest, dtype=np.int32) if longest else np.zeros(rows + 1, np.int32)
        buffers = [_validity(is_null), pa.py_buffer(ends), pa.py_buffer(values[:, :longest].copy())]
        return pa.Array.from_buffers(pa.binary(), rows, buffers).cast(pa.string())
    # Views point at the bytes where they are, but for short texts, which stand in the view itself.
    views = np.zeros((rows, 4), dtype=np.int32)
    views[:, 0] = lengths
    is_long = lengths > _INLINE
    if not is_long.all():
        views[:, 1:] = np.ascontiguousarray(values[:, :_INLINE]).view(np.int32)
        views[:, 1:] &= _INLINE_MASKS.take(np.minimum(lengths, _INLINE), axis=0)
    at = np.flatnonzero(is_long)
    views[at, 2] = 0
    views[at, 3] = at * width
    buffers = [_validity(is_null), pa.py_buffer(views), pa.py_buffer(values)]
    return pa.Array.from_buffers(pa.binary_view(), rows, buffers).cast(pa.string())


def _wide_texts(values: np.ndarray, lengths: np.ndarray, is_null: np.ndarray) -> pa.Array:
    """The same for UTF-16: all cells are decoded as one text, and cut again by what each unit takes in UTF-8."""
    cells = values.view(np.uint16)
    in_units = lengths // 2
    longest = int(in_units.max()) if len(in_units) else 0
    units = cells[:, :longest][np.arange(longest) < in_units[:, None]]
    try:
        encoded = units.tobytes().decode("utf-16-le").encode()
    except UnicodeDecodeError as error:
        raise pa.ArrowInvalid("not a text") from error
    starts = np.zeros(len(in_units) + 1, dtype=np.int64)
    np.cumsum(in_units, out=starts[1:])
    if len(encoded) != len(units):
        is_half = (units & _HALVES_MASK) == _HALVES  # two of them make four bytes
        taken = 1 + (units >= _TWO_BYTES).astype(np.int64) + ((units >= _THREE_BYTES) & ~is_half)
        ends = np.zeros(len(units) + 1, dtype=np.int64)
        np.cumsum(taken, out=ends[1:])
        starts = ends[starts]
    return pa.Array.from_buffers(
        pa.large_string(), len(in_units), [_validity(is_null), pa.py_buffer(starts), pa.py_buffer(encoded)]
    ).cast(pa.string())


def _validity(is_null: np.ndarray) -> pa.Buffer | None:
    return pa.py_buffer(np.packbits(~is_null, bitorder="little")) if is_null.any() else None
