"""Patterns that only ask whether a text has other characters than some: ``[^A-Z0-9]``, ``^[A-Z0-9]{1,52}$``.

All bytes of a column are compared with the ranges of the class at once, some at a time in memory that stays near the
processor: a fraction of what a regular expression costs, which begins anew with each text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

from backend.pipeline.expressions.buffers import IN_TURN, Bytes, Flags, Offsets, known_rows, text_buffer

#: What stands between the brackets of a class that has no class and no escape in it.
_CHARACTERS: Final = r"(?P<characters>[^\[\]\\^]+)"
_OTHER: Final = re.compile(rf"\[\^{_CHARACTERS}\]")
_ONLY: Final = re.compile(
    rf"(?:\^|\\A)\[{_CHARACTERS}\](?:(?P<sign>[*+])|\{{(?P<fewest>\d+)(?P<comma>,)?(?P<most>\d+)?\}})(?:\$|\\z)"
)
_ASCII: Final = 128
_BLOCK: Final = 65_536
_WORD_BYTES: Final = 8
_ALL_INSIDE: Final = np.frombuffer(b"\x01" * _WORD_BYTES, np.uint64)[0]
#: Beyond so many ranges a regular expression costs less.
_MOST_RANGES: Final = 4

#: Where more than one text in so many has such a character, a regular expression finds it soon in most of them.
_SELDOM: Final = 8

#: The first byte, and how many follow.
ByteRange = tuple[np.uint8, np.uint8]


@dataclass(frozen=True, slots=True)
class CharacterSearch:
    """Finds texts with a byte outside ``ranges``; or, with ``is_whole``, texts of that many bytes that have none."""

    pattern: str
    ranges: Sequence[ByteRange]
    is_whole: bool
    fewest: int = 0
    most: int | None = None

    def judge(self, texts: pl.Series) -> pl.Series:
        """True where the pattern matches; NULL stays NULL."""
        with IN_TURN:
            offsets, content = text_buffer(texts)
            verdict = self._verdict(offsets, content)
            known = known_rows(texts.rechunk().to_arrow(compat_level=pl.CompatLevel.newest()))
            found = None if verdict is None else pa.array(verdict, pa.bool_(), mask=None if known is None else ~known)
        return texts.str.contains(self.pattern) if found is None else pl.Series(found)

    def _verdict(self, offsets: Offsets, content: Bytes) -> Flags | None:
        """Which texts match; None when so many have other bytes that it is not worth to look at each."""
        has_other = np.zeros(len(offsets) - 1, dtype=np.bool_)
        left = len(has_other) // _SELDOM
        for places in self._outside(content):
            left -= len(places)
            if left < 0:
                return None
            has_other[np.searchsorted(offsets, places, side="right") - 1] = True
        if not self.is_whole:
            return has_other
        lengths = np.diff(offsets)
        verdict: Flags = ~has_other & (lengths >= self.fewest)
        return verdict if self.most is None else verdict & (lengths <= self.most)

    def _outside(self, content: Bytes) -> Iterator[Offsets]:
        """Where there are bytes outside all ranges."""
        shifted = np.empty(_BLOCK, np.uint8)
        is_in, is_inside = np.empty((2, _BLOCK), np.bool_)
        for begin in range(0, len(content), _BLOCK):
            block = content[begin : begin + _BLOCK]
            size = len(block)
            is_inside[:size] = False
            is_inside[size:] = True
            for first, following in self.ranges:
                np.subtract(block, first, out=shifted[:size])
                np.less_equal(shifted, following, out=is_in)
                is_inside |= is_in
            # Eight at a time: nearly all are inside.
            words = np.flatnonzero(is_inside.view(np.uint64) != _ALL_INSIDE)
            places = (words[:, None] * _WORD_BYTES + np.arange(_WORD_BYTES)).reshape(-1)
            yield places[~is_inside[places]] + begin


def read_characters(pattern: str) -> CharacterSearch | None:
    """What a pattern in Rust's spelling asks of the characters; None when it asks for anything else."""
    if not pattern.isascii():
        return None
    other, only = _OTHER.fullmatch(pattern), _ONLY.fullmatch(pattern)
    found = other or only
    if found is None:
        return None
    ranges = _ranges(found["characters"])
    if len(ranges) > _MOST_RANGES:
        return None
    if only is None:
        return CharacterSearch(pattern, ranges, is_whole=False)
    # Characters are counted as bytes: others than those of ASCII are not in a text that matches.
    fewest, most = _repetitions(only)
    return CharacterSearch(pattern, ranges, is_whole=True, fewest=fewest, most=most)


def _repetitions(whole: re.Match[str]) -> tuple[int, int | None]:
    if whole["sign"]:
        return int(whole["sign"] == "+"), None
    fewest = int(whole["fewest"])
    if whole["most"]:
        return fewest, int(whole["most"])
    return fewest, None if whole["comma"] else fewest


def _ranges(characters: str) -> list[ByteRange]:
    """The class as the engine for regular expressions reads it itself."""
    members = pl.Series([chr(code) for code in range(_ASCII)]).str.contains(f"[{characters}]").to_numpy()
    edges = np.flatnonzero(np.diff(members, prepend=False, append=False))
    return [(np.uint8(first), np.uint8(end - first - 1)) for first, end in zip(edges[::2], edges[1::2], strict=True)]
