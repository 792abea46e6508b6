"""The distinct values of a column, and which of them each row has: found in a few passes over a batch.

Rows are thrown into a table of slots by their value; a row whose slot was taken by an equal one is stood for by that.
Values that met in a slot are thrown again, and stand for themselves when that goes on: a value may be counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

#: Rows per distinct value from which on it pays to compute by value.
_MIN_REPEATS: Final = 4
_SAMPLE: Final = 1_024
#: Distinct values in a sample of evenly spread rows, in hundredths, up to which a closer look may pay.
_MAX_SAMPLED: Final = 88
_ROUNDS: Final = 3
_SLOT_BITS: Final = 14
#: Texts of so many bytes lie within the sixteen bytes by which Arrow refers to a text.
_INLINE_BYTES: Final = 12
_MIX: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))

Words = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class DistinctValues:
    """``values`` are the distinct ones, ``codes`` the place that the value of each row has among them."""

    values: pl.Series
    codes: Places

    def spread(self, answers: pl.Series) -> pl.Series:
        """What was computed for the values, given to the rows that have them."""
        rows = len(self.codes)
        if answers.null_count() in {0, len(answers)} and _is_uniform(answers):
            return answers.new_from_index(0, rows)
        if answers.dtype == pl.Boolean and not answers.null_count():
            return pl.Series(answers.name, answers.to_numpy().take(self.codes))
        return answers.gather(self.codes)


def find_distinct(column: pl.Series) -> DistinctValues | None:
    """The distinct values of a column that has few of them; None where it has many."""
    rows = len(column)
    if rows > _SAMPLE:
        sample = column.gather_every(rows // _SAMPLE)
        if _stand_ins(sample)[1] * 100 > _MAX_SAMPLED * len(sample):
            return None
    stand_ins, count = _stand_ins(column)
    if count * _MIN_REPEATS > rows:
        return None
    firsts = np.flatnonzero(stand_ins == np.arange(rows))
    places = np.empty(rows, dtype=np.intp)
    places[firsts] = np.arange(count)
    return DistinctValues(column.gather(firsts), places.take(stand_ins))


def _is_uniform(answers: pl.Series) -> bool:
    if answers.null_count():
        return True
    return answers.dtype == pl.Boolean and bool(answers.all() or not answers.any())


def _stand_ins(column: pl.Series) -> tuple[Places, int]:
    """Of each row the row that stands for its value, and how many rows stand for themselves."""
    inline = _words(column)
    words = (column.hash().to_numpy(),) if inline is None else inline
    rows = np.arange(len(column))
    stand_ins, pending = rows.copy(), rows
    slots = np.empty(2**_SLOT_BITS, dtype=np.intp)
    mixed = _mixed(words)
    for turn in range(_ROUNDS):
        taken = ((mixed if turn == 0 else mixed[pending]) >> np.uint64(64 - _SLOT_BITS * (turn + 1))).astype(np.intp)
        taken &= 2**_SLOT_BITS - 1
        slots[taken] = pending
        found = slots.take(taken)
        same = np.logical_and.reduce([word.take(found) == word.take(pending) for word in words])
        if inline is None:
            # A hash is no value: two texts may share one.
            same &= column.gather(found).eq_missing(column.gather(pending)).to_numpy()
        stand_ins[pending[same]] = found[same]
        pending = pending[~same]
        if not len(pending):
            break
    return stand_ins, int(np.count_nonzero(stand_ins == rows))


def _mixed(words: tuple[Words, ...]) -> Words:
    mixed = words[0] * _MIX[0]
    for word in words[1:]:
        mixed ^= word * _MIX[1]
        mixed *= _MIX[0]
    return mixed


def _words(column: pl.Series) -> tuple[Words, ...] | None:
    """Numbers that are equal exactly where the values are; None for long texts."""
    if column.dtype != pl.String:
        physical = column.to_physical().cast(pl.Int64)
        known = physical.fill_null(0).to_numpy().view(np.uint64)
        return (known,) if not column.null_count() else (known, column.is_null().to_numpy().astype(np.uint64))
    if (column.str.len_bytes().max() or 0) > _INLINE_BYTES:
        return None
    views = column.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    references = np.frombuffer(views.buffers()[1], dtype=np.uint64, count=2 * len(views), offset=16 * views.offset)
    first, second = references[0::2], references[1::2]
    if not column.null_count():
        return first, second
    missing = column.is_null().to_numpy()
    return np.where(missing, ~np.uint64(0), first), np.where(missing, np.uint64(0), second)
