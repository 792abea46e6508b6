"""Entries of a dataset in memory: found by key and day, one batch of rows after another.

The entries are sorted once per run, by the hash of their key and the day they begin on, with a directory of where the
hashes with the same first bits begin. A batch then costs a few steps per row, however many entries there are: nothing
is built per batch.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from backend.domain.reports.document import MissingKey
from backend.pipeline.expressions.errors import ReferenceSetMissing

KEY: Final = "key"
VALID_FROM: Final = "valid_from"
VALID_TO: Final = "valid_to"
_PERIOD: Final = frozenset({KEY, VALID_FROM, VALID_TO})
#: The ordinal of a day fits into so many bits; 0 is "since always".
_DAY_BITS: Final = 23
#: The ordinal of the day that Arrow counts from.
_EPOCH: Final = date(1970, 1, 1).toordinal()
_ALWAYS: Final = 2**_DAY_BITS - 1
_LAST_HASH: Final = np.uint64(2**64 - 1)

Numbers = npt.NDArray[np.int64]


class ReferenceTable:
    """``frame`` has ``key``, ``valid_from``, ``valid_to`` and the columns; periods of one key do not overlap."""

    def __init__(self, frame: pl.DataFrame, missing: MissingKey = MissingKey.NULL) -> None:
        self.missing = missing
        self._seed = 0
        begins = _days(frame[VALID_FROM], 0)
        order, hashes = self._ordered(frame[KEY], begins)
        frame = frame.select(pl.all().gather(order))
        self._keys = frame[KEY]
        self._columns = {name: frame[name] for name in frame.columns if name not in _PERIOD}
        self._begins, self._ends = begins[order], _days(frame[VALID_TO], _ALWAYS)
        self._hashes, starts = np.unique(hashes[order], return_index=True)
        bits = max(1, len(starts).bit_length() + 1)
        self._shift = np.uint64(64 - bits)
        self._directory = np.searchsorted(self._hashes >> self._shift, np.arange(2**bits, dtype=np.uint64))
        # One more than all, so that a search may go beyond the last.
        self._hashes = np.append(self._hashes, _LAST_HASH)
        self._firsts = np.append(starts, 0)
        lengths = np.diff(starts, append=frame.height)
        self._groups = np.repeat(np.arange(len(starts), dtype=np.int64), lengths)
        self._places = (self._groups << _DAY_BITS) | self._begins
        self._is_plain = len(starts) == frame.height

    def column(self, name: str | None) -> pl.Series:
        """A column in the order of the places; the only one if none is named. Raises ReferenceSetMissing."""
        if name is None and len(self._columns) == 1:
            return next(iter(self._columns.values()))
        found = self._columns.get(name or "")
        if found is None:
            raise ReferenceSetMissing(f"The dataset has no column {name}.", fix="Name one of its columns.")
        return found

    def find(self, keys: pl.Series, days: pl.Series | date) -> pl.Series:
        """The place of the entry that each key has on its day; NULL where there is none."""
        return self.entries_on(self.find_keys(keys), days)

    def find_keys(self, keys: pl.Series) -> pl.Series:
        """The place of the first entry that each key has; NULL where it has none."""
        if not self._keys.len():
            return pl.repeat(None, keys.len(), dtype=pl.UInt32(), eager=True)
        hashes = keys.hash(self._seed).to_numpy()
        groups = self._directory.take((hashes >> self._shift).astype(np.intp))
        # Hashes are in order: what is too small may be followed by the one sought, what is larger may not.
        behind = np.flatnonzero(self._hashes.take(groups) < hashes)
        while len(behind):
            groups[behind] += 1
            behind = behind[self._hashes.take(groups[behind]) < hashes[behind]]
        is_there = self._hashes.take(groups) == hashes
        firsts = pl.Series(self._firsts.take(groups), dtype=pl.UInt32)
        same = self._keys.gather(firsts).eq(keys).fill_null(value=False)
        return _where(firsts, same & pl.Series(is_there))

    def entries_on(self, firsts: pl.Series, days: pl.Series | date) -> pl.Series:
        """The place of the entry on its day, given the first one of its key; NULL where there is none."""
        when = np.int64(days.toordinal()) if isinstance(days, date) else _days(days, -1)
        known = firsts.is_not_null()
        places = firsts.fill_null(0).to_numpy().astype(np.int64)
        if not self._keys.len():
            return firsts
        if not self._is_plain:
            groups = self._groups.take(places)
            places = np.maximum(np.searchsorted(self._places, (groups << _DAY_BITS) | when, side="right") - 1, 0)
            known &= pl.Series(self._groups.take(places) == groups)
        is_valid = (self._begins.take(places) <= when) & (self._ends.take(places) >= when)
        return _where(pl.Series(places, dtype=pl.UInt32), known & pl.Series(is_valid))

    def _ordered(self, keys: pl.Series, begins: Numbers) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint64]]:
        """The order of entries by hash and day; with a hash under which no two keys are the same."""
        while True:
            hashes = keys.hash(self._seed).to_numpy()
            order = np.lexsort((begins, hashes))
            sorted_keys, sorted_hashes = keys.gather(order), hashes[order]
            alike = pl.Series(sorted_hashes[1:] == sorted_hashes[:-1])
            if not (alike & sorted_keys.slice(1).ne(sorted_keys.head(max(0, keys.len() - 1)))).any():
                return order, hashes
            self._seed += 1


def _days(column: pl.Series, missing: int) -> Numbers:
    """Days as ordinals; what is written for a NULL never is one."""
    numbers: Numbers = (column.cast(pl.Int32).cast(pl.Int64) + _EPOCH).fill_null(missing).to_numpy()
    return numbers


def _where(places: pl.Series, known: pl.Series) -> pl.Series:
    return pl.select(pl.when(known).then(places)).to_series()
