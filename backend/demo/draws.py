"""Random draws that depend only on a seed, a name and a row's index, so any block of rows can be made on its own.

The generator is the output function of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
generators", OOPSLA 2014) over a counter; it is fast in numpy and gives the same numbers on every machine.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: Rows are made in blocks of this many; a share of n per mille holds exactly in every full block.
BLOCK = 1000

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class Draws:
    """Independent streams of draws, one per name, for the rows with the given indices."""

    seed: int
    index: Integers

    def integers(self, name: str, low: int, high: int) -> Integers:
        """A whole number per row, ``low`` included, ``high`` excluded."""
        return (self._bits(name, self.index) % np.uint64(high - low)).astype(np.int64) + low

    def below(self, name: str, limits: Integers) -> Integers:
        """A whole number per row, from 0 up to the row's own limit (excluded, at least 1)."""
        return (self._bits(name, self.index) % limits.astype(np.uint64)).astype(np.int64)

    def happens(self, name: str, per_mille: int) -> Flags:
        """True in about ``per_mille`` of 1,000 rows."""
        return self.integers(name, 0, 1000) < per_mille

    def slots(self, name: str, step: int) -> Integers:
        """A number from 0 to 999 per row, each exactly once in every block; ``step`` has no factor 2 or 5."""
        block, place = np.divmod(self.index, BLOCK)
        shift = (self._bits(name, block) % np.uint64(BLOCK)).astype(np.int64)
        return (place * step + shift) % BLOCK

    def _bits(self, name: str, counter: Integers) -> Bits:
        with np.errstate(over="ignore"):
            seed = np.array([self.seed], np.int64).view(np.uint64)
            stream = _mix(seed * _GOLDEN + np.uint64(zlib.crc32(name.encode())))
            return _mix(_mix(counter.view(np.uint64) * _GOLDEN + stream))


def pick(values: Sequence[str | None], places: Integers) -> pl.Series:
    """The text at each place of a short list, as a column."""
    return pl.Series(values, dtype=pl.String).gather(places.astype(np.uint32))


def _mix(values: Bits) -> Bits:
    values = (values ^ (values >> np.uint64(30))) * _MIX_1
    values = (values ^ (values >> np.uint64(27))) * _MIX_2
    return values ^ (values >> np.uint64(31))
