"""Rows of text put together from pieces: literals, columns, and parts that only some rows have.

Every literal and every value goes into one pool; a list of positions says which piece follows which, row after row;
one gather over the pool yields the rows. The gathered values lie one behind the other in memory, so the bytes of
the gather are the rows themselves: nothing is joined, encoded or looped over per row, and a part that is rare costs
only the rows that have it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from backend.pipeline.rendering.frame_facts import Rows

Positions: TypeAlias = npt.NDArray[np.uint32]
#: Rows worked on at once: few enough that their positions stay in the processor's cache.
_ROWS: Final = 1 << 12
_NOTHING: Final = 0


@dataclass(frozen=True, slots=True)
class _Segment:
    """Consecutive pieces of the same rows; None means all rows. A piece is a literal's position or a column."""

    rows: Rows | None
    pieces: list[int | str] = field(default_factory=list)


class PieceWriter:
    """Collects the pieces of a row in order, then renders all rows of a frame.

    ``find_text`` gives the texts of a column where it is not null, ``find_rows`` where that is.
    """

    def __init__(
        self, rows: int, find_text: Callable[[str], pl.Series], find_rows: Callable[[str], Rows | bool]
    ) -> None:
        self._rows = rows
        self._find_text = find_text
        self._find_rows = find_rows
        self._literals = [""]
        self._pending = ""
        self._segments = [_Segment(None)]

    def literal(self, text: str) -> None:
        """Add text that is the same in every row."""
        self._pending += text

    def column(self, name: str) -> None:
        """Add the value of a column; null adds nothing."""
        self._flush()
        self._segments[-1].pieces.append(name)

    def part(self, rows: Rows | bool, write: Callable[[], None]) -> None:
        """Add what ``write`` adds, for the given rows only; inside another part, for no row beyond those of it."""
        if isinstance(rows, bool):
            if rows:
                write()
            return
        outer = self._segments[-1].rows
        self._begin(rows)
        write()
        self._begin(outer)

    def render(self) -> bytes:
        """All rows, one behind the other."""
        self._flush()
        pool, places = self._pool()
        cuts = range(0, self._rows, _ROWS)
        return b"".join(_gather(pool, self._positions(places, start, min(start + _ROWS, self._rows))) for start in cuts)

    def _pool(self) -> tuple[pl.Series, dict[str, Positions]]:
        """All texts in one series, and per column the position of each row's text in it."""
        names = dict.fromkeys(one for segment in self._segments for one in segment.pieces if isinstance(one, str))
        pool = [pl.Series("", self._literals, dtype=pl.String)]
        places: dict[str, Positions] = {}
        size = len(self._literals)
        for name in names:
            text, rows = self._find_text(name), self._find_rows(name)
            positions = np.arange(size, size + len(text), dtype=np.uint32)
            if not isinstance(rows, bool):
                # A null that is asked for all the same leaves nothing; never the text of another row.
                every = np.full(self._rows, _NOTHING, dtype=np.uint32)
                every[rows] = positions
                positions = every
            places[name] = positions
            pool.append(text.alias(""))
            size += len(text)
        return pl.concat(pool, rechunk=True), places

    def _positions(self, places: dict[str, Positions], start: int, end: int) -> Positions:
        """The positions of the pieces of some rows, row after row."""
        counts = np.zeros(end - start, dtype=np.intp)
        chosen: dict[int, npt.NDArray[np.intp]] = {}
        for segment in self._segments:
            if segment.rows is None:
                counts += len(segment.pieces)
            else:
                if id(segment.rows) not in chosen:
                    chosen[id(segment.rows)] = np.flatnonzero(segment.rows[start:end])
                counts[chosen[id(segment.rows)]] += len(segment.pieces)
        ends = np.cumsum(counts)
        positions = np.empty(int(ends[-1]), dtype=np.uint32)
        cursor = ends - counts
        for segment in self._segments:
            rows = slice(None) if segment.rows is None else chosen[id(segment.rows)]
            here = cursor[rows]
            for piece in segment.pieces:
                positions[here] = piece if isinstance(piece, int) else places[piece][start:end][rows]
                here += 1
            cursor[rows] = here
        return positions

    def _begin(self, rows: Rows | None) -> None:
        self._flush()
        self._segments.append(_Segment(rows))

    def _flush(self) -> None:
        if self._pending:
            self._segments[-1].pieces.append(len(self._literals))
            self._literals.append(self._pending)
            self._pending = ""


def _gather(pool: pl.Series, positions: Positions) -> memoryview:
    """The texts at the positions, one behind the other, as bytes."""
    found = pool.gather(pl.Series(positions)).to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, content = found.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64, count=len(found) + 1)
    return memoryview(content)[int(ends[0]) : int(ends[-1])]
