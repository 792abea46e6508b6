"""The texts of a column as Arrow refers to them: sixteen bytes each, in which short texts lie as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from backend.pipeline.expressions.buffers import Bytes, Flags, known_rows

Words = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]
Lengths = npt.NDArray[np.uint32]

_VIEW_BYTES: Final = 16
_INLINE_BYTES: Final = 12
_PREFIX_BYTES: Final = 4
_WORD_BYTES: Final = 8
_FACTOR: Final = 0x9E3779B97F4A7C15
#: The bytes of a word that belong to a text of which so many are left.
_MASKS: Final = np.array([2 ** (8 * left) - 1 for left in range(_WORD_BYTES + 1)], dtype=np.uint64)


class TextViews:
    """``known`` says which are not NULL; it is None where none is."""

    def __init__(self, texts: pl.Series) -> None:
        column = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
        _, views, *contents = column.buffers()
        first, count = column.offset, len(column)
        table = np.frombuffer(views, np.uint8, count * _VIEW_BYTES, first * _VIEW_BYTES).reshape(count, _VIEW_BYTES)
        self._bytes: Bytes = table
        self._words: Words = table.view(np.uint64)
        self._numbers = table.view(np.uint32)
        self._contents = [np.frombuffer(one, np.uint8) for one in contents]
        self.known = known_rows(column)

    @property
    def lengths(self) -> Lengths:
        """The bytes of each text; 0 for NULL."""
        lengths: Lengths = self._numbers[:, 0]
        return lengths if self.known is None else np.where(self.known, lengths, np.uint32(0))

    def words(self) -> tuple[Words, ...]:
        """Numbers that are the same exactly where the texts are.

        The words that a text does not need are 0, whatever the others in the column need. NULL is no text's number.
        """
        first, second, lengths = self._words[:, 0], self._words[:, 1], self.lengths
        if self.known is not None:
            first, second = np.where(self.known, first, _MASKS[-1]), np.where(self.known, second, _MASKS[0])
        most = int(lengths.max(initial=0))
        if most <= _INLINE_BYTES:
            return first, second
        places, content = self._places(), self._content(_WORD_BYTES)
        places[lengths <= _INLINE_BYTES] = 0
        later = [_word(content, places + at, lengths, at) for at in range(_PREFIX_BYTES, most, _WORD_BYTES)]
        return first, np.where(lengths > _INLINE_BYTES, later[0], second), *later[1:]

    def has_length(self, length: int) -> Flags:
        """Which texts have this many bytes; arbitrary for NULL."""
        has: Flags = self._numbers[:, 0] == length
        return has

    def characters(self, length: int) -> list[Bytes]:
        """The bytes of all texts, one column for each place; arbitrary ones of texts that are not that long."""
        if length <= _INLINE_BYTES:
            return [self._bytes[:, _PREFIX_BYTES + at] for at in range(length)]
        content, is_long = self._content(0), self.has_length(length)
        if len(content) < length or not is_long.any():
            return [self._bytes[:, 0]] * length
        whole = np.ndarray((len(content) - length + 1,), f"V{length}", content, strides=(1,))
        table = whole[self._places() * is_long].view(np.uint8).reshape(-1, length)
        return [table[:, at] for at in range(length)]

    def _content(self, padding: int) -> Bytes:
        if len(self._contents) == 1 and not padding:
            return self._contents[0]
        return np.concatenate([*self._contents, np.zeros(padding, np.uint8)])

    def _places(self) -> Places:
        """Where long texts begin in the content."""
        places = self._numbers[:, 3].astype(np.intp)
        if len(self._contents) > 1:
            begins = np.cumsum([0, *(len(one) for one in self._contents[:-1])])
            places += begins.take(self._numbers[:, 2], mode="clip")
        return places


def _word(content: Bytes, places: Places, lengths: Lengths, at: int) -> Words:
    """The eight bytes of each text from a place on, without what follows the text."""
    words: Words = np.ndarray((len(content) - _WORD_BYTES + 1,), np.uint64, content, strides=(1,))[
        np.minimum(places, len(content) - _WORD_BYTES)
    ]
    left = lengths.astype(np.int64) - at
    if (left >= _WORD_BYTES).all():
        return words
    return words & _MASKS.take(left, mode="clip")


def hash_words(words: Sequence[Words], seed: int = 0) -> Words:
    """A hash per row, best in its upper bits; words that are 0 do not change it."""
    total: Words = words[0] * _factor(0, seed)
    for place, word in enumerate(words[1:], 1):
        total += word * _factor(place, seed)
    total ^= total >> np.uint64(32)
    total *= np.uint64(_FACTOR)
    return total


def _factor(place: int, seed: int) -> np.uint64:
    """Another odd number for each word and seed."""
    return np.uint64((_FACTOR ** (place + 1) * (2 * seed + 1)) % 2**64)
