"""Entries of a dataset in memory: found by key and day, one batch of rows after another.

The entries are sorted once per run, by the hash of their key and the day they begin on, with a directory of where the
hashes with the same first bits begin. A batch then costs a few steps per row, however many entries there are: nothing
is built per batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from backend.domain.reports.document import MissingKey
from backend.pipeline.expressions.buffers import IN_TURN, Flags, numbers_of
from backend.pipeline.expressions.errors import ReferenceSetMissing
from backend.pipeline.expressions.text_views import Places, TextViews, Words, hash_words

KEY: Final = "key"
VALID_FROM: Final = "valid_from"
VALID_TO: Final = "valid_to"
_PERIOD: Final = frozenset({KEY, VALID_FROM, VALID_TO})
#: The ordinal of a day fits into so many bits; 0 is "since always".
_DAY_BITS: Final = 23
#: The ordinal of the day that Arrow counts from.
_EPOCH: Final = date(1970, 1, 1).toordinal()
_ALWAYS: Final = 2**_DAY_BITS - 1
#: A directory of so many bits of the hash costs little; the larger it is, the seldomer a search goes beyond it.
_LEAST_BITS: Final = 17
_LAST_HASH: Final = np.uint64(2**64 - 1)

Numbers = npt.NDArray[np.int64]
Found = npt.NDArray[np.integer[Any]]


class ReferenceTable:
    """``frame`` has ``key``, ``valid_from``, ``valid_to`` and the columns; periods of one key do not overlap."""

    def __init__(self, frame: pl.DataFrame, missing: MissingKey = MissingKey.NULL) -> None:
        self.missing = missing
        self._seed = 0
        begins, words = _days(frame[VALID_FROM], 0), TextViews(frame[KEY]).words()
        order, hashes = self._ordered(words, begins)
        frame = frame.select(pl.all().gather(order))
        self._columns = {name: frame[name] for name in frame.columns if name not in _PERIOD}
        self._begins, self._ends = begins[order], _days(frame[VALID_TO], _ALWAYS)
        self._hashes, starts = np.unique(hashes[order], return_index=True)
        bits = max(_LEAST_BITS, len(starts).bit_length() + 1)
        self._shift = np.uint64(64 - bits)
        self._directory = np.searchsorted(self._hashes >> self._shift, np.arange(2**bits, dtype=np.uint64))
        # One more than all, so that a search may go beyond the last.
        self._hashes = np.append(self._hashes, _LAST_HASH)
        self._firsts = np.append(starts, 0)
        self._keys = tuple(word[order[self._firsts]] for word in words) if frame.height else ()
        lengths = np.diff(starts, append=frame.height)
        self._groups = np.repeat(np.arange(len(starts), dtype=np.int64), lengths)
        self._places = (self._groups << _DAY_BITS) | self._begins
        self._is_plain = len(starts) == frame.height
        #: Whether each key has one entry, which holds on every day.
        self.is_timeless = self._is_plain and bool((self._begins == 0).all() and (self._ends == _ALWAYS).all())
        self._valid: dict[int, Flags | None] = {}

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
        if not self._keys:
            return pl.repeat(None, keys.len(), dtype=pl.UInt32(), eager=True)
        with IN_TURN:
            return _column(*self._first_of(TextViews(keys).words()))

    def _first_of(self, words: Sequence[Words]) -> tuple[Numbers, Flags]:
        """The place of the first entry of each key, and where there is one."""
        hashes = hash_words(words, self._seed)
        groups = self._directory.take((hashes >> self._shift).astype(np.intp))
        # Hashes are in order: what is too small may be followed by the one sought, what is larger may not.
        behind = np.flatnonzero(self._hashes.take(groups) < hashes)
        while len(behind):
            groups[behind] += 1
            behind = behind[self._hashes.take(groups[behind]) < hashes[behind]]
        same = self._keys[0].take(groups) == words[0]
        # A text says in its first word how many words it has: what one side lacks is 0 on the other.
        for known, word in zip(self._keys[1:], words[1:], strict=False):
            same &= known.take(groups) == word
        return self._firsts.take(groups), same

    def entries_on(self, firsts: pl.Series, days: pl.Series | date) -> pl.Series:
        """The place of the entry on its day, given the first one of its key; NULL where there is none."""
        if not self._keys:
            return firsts
        with IN_TURN:
            numbers, known = numbers_of(firsts)
            if self._is_plain and isinstance(days, date):
                valid = self._valid_on(days.toordinal())
                return firsts if valid is None else _column(numbers, _both(known, valid.take(numbers)))
            when = np.int64(days.toordinal()) if isinstance(days, date) else _days(days, -1)
            return _column(*self._places_on(numbers, known, when))

    def _places_on(self, firsts: Found, known: Flags | None, when: Numbers | np.int64) -> tuple[Found, Flags]:
        """The places of the entries on their days, given the first ones of their keys; and where there is one."""
        places = firsts
        if not self._is_plain:
            groups = self._groups.take(firsts)
            places = np.maximum(np.searchsorted(self._places, (groups << _DAY_BITS) | when, side="right") - 1, 0)
            known = _both(known, self._groups.take(places) == groups)
        return places, _both(known, (self._begins.take(places) <= when) & (self._ends.take(places) >= when))

    def _valid_on(self, day: int) -> Flags | None:
        """Which entries are valid on a day; None when all are. Runs ask about few days, each for every row."""
        if day not in self._valid:
            is_valid = (self._begins <= day) & (self._ends >= day)
            self._valid[day] = None if is_valid.all() else is_valid
        return self._valid[day]

    def _ordered(self, words: Sequence[Words], begins: Numbers) -> tuple[Places, Words]:
        """The order of entries by hash and day; with a hash under which no two keys are the same."""
        while True:
            hashes = hash_words(words, self._seed)
            order = np.lexsort((begins, hashes))
            is_same = [word[order[1:]] == word[order[:-1]] for word in (hashes, *words)]
            if not (is_same[0] & ~np.logical_and.reduce(is_same[1:])).any():
                return order, hashes
            self._seed += 1


def _days(column: pl.Series, missing: int) -> Numbers:
    """Days as ordinals; what is written for a NULL never is one."""
    days, known = numbers_of(column)
    numbers: Numbers = days.astype(np.int64) + _EPOCH
    return numbers if known is None else np.where(known, numbers, missing)


def _both(known: Flags | None, valid: Flags) -> Flags:
    return valid if known is None else known & valid


def _column(places: Found, known: Flags) -> pl.Series:
    numbers = places.astype(np.uint32)
    found = pl.Series(numbers) if known.all() else pl.from_arrow(pa.array(numbers, mask=~known))
    if not isinstance(found, pl.Series):
        raise TypeError("a column was expected")
    return found
