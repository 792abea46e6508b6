"""Entries of a dataset in memory: found by key and day, one batch of rows after another.

The entries are sorted once per run, by the hash of their key and the day they begin on. A batch then costs two binary
searches per row, however many entries there are: nothing is built per batch.
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
        count = keys.len()
        if not self._keys.len():
            return pl.repeat(None, count, dtype=pl.UInt32(), eager=True)
        when = np.int64(days.toordinal()) if isinstance(days, date) else _days(days, -1)
        hashes = keys.hash(self._seed).to_numpy()
        # In the order of the hashes the searches walk through the entries instead of jumping about in them.
        order = np.argsort(hashes)
        groups = np.empty(count, dtype=np.int64)
        groups[order] = np.searchsorted(self._hashes, hashes[order])
        groups = np.minimum(groups, len(self._hashes) - 1)
        places = groups if self._is_plain else self._last_begun(groups, when, order)
        is_there = (self._hashes[groups] == hashes) & (self._groups[places] == groups)
        is_there &= (self._begins[places] <= when) & (self._ends[places] >= when)
        found = pl.Series(places, dtype=pl.UInt32)
        same = self._keys.gather(found).eq(keys).fill_null(value=False)
        return found.zip_with(same & pl.Series(is_there), pl.repeat(None, count, dtype=pl.UInt32(), eager=True))

    def _last_begun(self, groups: Numbers, when: Numbers | np.int64, order: npt.NDArray[np.intp]) -> Numbers:
        """Of each key the entry that began last, on its day or before."""
        wanted = (groups << _DAY_BITS) | when
        places = np.empty_like(groups)
        places[order] = np.searchsorted(self._places, wanted[order], side="right") - 1
        return np.maximum(places, 0)

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
