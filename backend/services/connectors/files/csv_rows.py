"""Cuts delimited text into blocks of whole rows, and finds the row that breaks its quotes.

A quote opens a field only at its beginning and closes it only at its end (RFC 4180). Where that does not hold, the
first line of the row is put aside and reading goes on with the next line: one lost quote does not swallow the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from backend.services.connectors.files.file_faults import FileTooLarge
from backend.services.connectors.files.settings import CsvFormat

BLOCK_BYTES: Final = 1024 * 1024
MAX_ROW_BYTES: Final = 16 * 1024 * 1024
_FEED, _RETURN = 10, 13
BROKEN_QUOTES: Final = "a quote stands inside a field, or is not closed"

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """Whole rows on so many lines; ``first_line`` counts from 1. With ``fault`` it is one line that is no row."""

    content: bytes
    first_line: int
    lines: int
    fault: str | None = None


class QuoteRules:
    """Where rows end, given which bytes quote, delimit and escape."""

    def __init__(self, settings: CsvFormat) -> None:
        """``settings`` have been checked."""
        self._quote = settings.quote.encode() if settings.quote else None
        self._escape = settings.escape.encode() if settings.escape else None
        delimiter = settings.delimiter.encode()[0]
        quote = self._quote[0] if self._quote else 0
        self._beside = np.zeros(256, dtype=np.bool_)
        self._beside[[delimiter, quote, _FEED, _RETURN]] = True

    def last_end(self, content: bytes, *, is_last: bool) -> tuple[int, bool]:
        """Where the last whole row ends before the first broken quote, 0 for nowhere; whether there is such a quote."""
        if self._escape is None and (self._quote is None or self._quote not in content):
            return (len(content) if is_last else content.rfind(b"\n") + 1), False
        ends, is_broken = self.ends(content, is_last=is_last)
        return (int(ends[-1]) if len(ends) else 0), is_broken

    def ends(self, content: bytes, *, is_last: bool) -> tuple[Positions, bool]:
        """Where rows end (one behind their line feed), up to the first broken quote; whether there is one."""
        content = self._unescaped(content)
        octets = np.frombuffer(content, dtype=np.uint8)
        quotes = self.quotes(octets)
        broken = self._first_broken(octets, quotes)
        feeds = np.flatnonzero(octets == _FEED)
        ends = feeds[np.searchsorted(quotes, feeds) % 2 == 0] + 1
        if is_last and len(quotes) % 2 == 0 and (not len(ends) or ends[-1] != len(content)) and content:
            ends = np.append(ends, len(content))
        if broken is not None:
            return ends[ends <= broken], True
        return ends, is_last and len(quotes) % 2 == 1

    def quotes(self, octets: npt.NDArray[np.uint8]) -> Positions:
        """Where quotes stand."""
        return np.flatnonzero(octets == self._quote[0]) if self._quote else np.array([], dtype=np.int64)

    def _unescaped(self, content: bytes) -> bytes:
        """The content with what is escaped blotted out; of the same length, so that positions stay."""
        if self._escape is None:
            return content
        for escaped in (self._escape, b"\n", self._quote):
            if escaped is not None:
                content = content.replace(self._escape + escaped, b"__")
        return content

    def _first_broken(self, octets: npt.NDArray[np.uint8], quotes: Positions) -> int | None:
        """The first quote that neither opens nor closes a field."""
        opening, closing = quotes[0::2], quotes[1::2]
        is_open = self._beside[octets[np.maximum(opening - 1, 0)]] | (opening == 0)
        at_end = closing == len(octets) - 1  # what follows is not here yet
        is_closed = self._beside[octets[np.minimum(closing + 1, len(octets) - 1)]] | at_end
        wrong = np.concatenate([opening[~is_open], closing[~is_closed]])
        return int(wrong.min()) if len(wrong) else None


def cut_blocks(pieces: Iterable[bytes], rules: QuoteRules, file: str, first_line: int) -> Iterator[Block]:
    """Blocks of a text whose first line is ``first_line``. Raises FileTooLarge for a line without an end."""
    waiting, line = b"", first_line
    for piece in pieces:
        waiting += piece
        if len(waiting) < BLOCK_BYTES:
            continue
        for block in _cut(waiting, rules, line, is_last=False):
            yield block
            line += block.lines
            waiting = waiting[len(block.content) :]
        if len(waiting) > MAX_ROW_BYTES:
            feed = waiting.find(b"\n") + 1
            if not feed:
                raise FileTooLarge(
                    f"{file}, line {line}: the line is longer than {MAX_ROW_BYTES // 1024**2} MiB.",
                    fix="Check delimiter, encoding and format of the table.",
                )
            yield Block(waiting[:feed], line, 1, BROKEN_QUOTES)
            line, waiting = line + 1, waiting[feed:]
    for block in _cut(waiting, rules, line, is_last=True):
        yield block
        line += block.lines


def _cut(content: bytes, rules: QuoteRules, line: int, *, is_last: bool) -> Iterator[Block]:
    """The blocks at the beginning of a content, which may leave a rest."""
    while content:
        end, is_broken = rules.last_end(content, is_last=is_last)
        if end:
            lines = content.count(b"\n", 0, end)
            yield Block(content[:end], line, lines)
            line += lines
            content = content[end:]
        if not is_broken:
            return
        feed = content.find(b"\n") + 1 or (len(content) if is_last else 0)
        if not feed:
            return  # the rest of the line is still to come
        yield Block(content[:feed], line, 1, BROKEN_QUOTES)
        line, content = line + 1, content[feed:]
