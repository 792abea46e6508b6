"""Rows of text put together from pieces: literals, columns, and parts that only some rows have.

Every literal and every value goes into one pool; a matrix of positions says which piece stands where in which
row; one gather over the pool yields the rows. The gathered values lie one behind the other in memory, so the bytes
of the gather are the rows themselves: nothing is joined, encoded or looped over per row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from backend.pipeline.rendering.frame_facts import Rows

Positions: TypeAlias = npt.NDArray[np.uint32]
#: Cells of the position matrix worked on at once: small enough to stay in the processor's cache.
_CELLS: Final = 1 << 19
_NOTHING: Final = 0


class PieceWriter:
    """Collects the pieces of a row in order, then renders all rows of a frame."""

    def __init__(self, rows: int, find_text: Callable[[str], pl.Series]) -> None:
        self._rows = rows
        self._find_text = find_text
        self._literals = [""]
        self._pending = ""
        # Per piece: a literal's position in the pool, or ~number of a column.
        self._pieces: list[int] = []
        self._columns: dict[str, int] = {}
        # Which rows have the pieces from a number on: (number, rows), None for all rows.
        self._parts: list[tuple[int, Rows | None]] = [(0, None)]

    def literal(self, text: str) -> None:
        """Add text that is the same in every row."""
        self._pending += text

    def column(self, name: str) -> None:
        """Add the value of a column; null adds nothing."""
        self._flush()
        self._pieces.append(~self._columns.setdefault(name, len(self._columns)))

    def part(self, rows: Rows | bool, write: Callable[[], None]) -> None:
        """Add what ``write`` adds, for the given rows only; inside another part, for no row beyond those of it."""
        if isinstance(rows, bool):
            if rows:
                write()
            return
        outer = self._parts[-1][1]
        self._begin(rows)
        write()
        self._begin(outer)

    def render(self) -> bytes:
        """All rows, one behind the other."""
        self._flush()
        pool = self._pool()
        pieces = np.array(self._pieces, dtype=np.int64)[:, np.newaxis]
        is_column = pieces < 0
        first: Positions = np.where(is_column, len(self._literals) + ~pieces * self._rows, pieces).astype(np.uint32)
        step: Positions = is_column.astype(np.uint32)
        size = max(1, _CELLS // max(1, len(pieces)))
        gathered = []
        for start in range(0, self._rows, size):
            end = min(start + size, self._rows)
            rows: Positions = np.arange(start, end, dtype=np.uint32)
            positions: Positions = step * rows
            positions += first
            self._blank(positions, start, end)
            in_order: Positions = positions.T.reshape(-1)
            gathered.append(_gather(pool, in_order[in_order != _NOTHING] if len(self._parts) > 1 else in_order))
        return b"".join(gathered)

    def _blank(self, positions: Positions, start: int, end: int) -> None:
        """Point the pieces that a row does not have to the empty text."""
        ends = [number for number, _ in self._parts[1:]]
        for (left, rows), right in zip(self._parts, [*ends, len(self._pieces)], strict=True):
            if rows is not None and right > left:
                positions[left:right] *= rows[start:end]

    def _pool(self) -> pl.Series:
        columns = [self._find_text(name).alias("") for name in self._columns]
        return pl.concat([pl.Series("", self._literals, dtype=pl.String), *columns], rechunk=True)

    def _begin(self, rows: Rows | None) -> None:
        self._flush()
        self._parts.append((len(self._pieces), rows))

    def _flush(self) -> None:
        if self._pending:
            self._pieces.append(len(self._literals))
            self._literals.append(self._pending)
            self._pending = ""


def _gather(pool: pl.Series, positions: Positions) -> memoryview:
    """The texts at the positions, one behind the other, as bytes."""
    found = pool.gather(pl.Series(positions))
    if found.null_count():
        # A null may have text behind it; only records that miss a mandatory value still have one here.
        found = found.fill_null("")
    _, offsets, content = found.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()
    ends = np.frombuffer(offsets, dtype=np.int64, count=len(found) + 1)
    return memoryview(content)[int(ends[0]) : int(ends[-1])]
