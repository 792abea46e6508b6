"""Cutting rendered records where a file has no more room for bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import ClassVar, TypeAlias

import polars as pl

from backend.core.errors import ErrorKind, OpenRegError
from backend.pipeline.ledger import Placement
from backend.pipeline.rendering.contract import Renderer
from backend.pipeline.rendering.packaging import Packager
from backend.pipeline.steps.render import RenderedBlock

#: How many records stand together, and where.
Placed: TypeAlias = tuple[int, Placement]


class RecordTooLarge(OpenRegError):
    """A record is larger than a file may be."""

    code: ClassVar[str] = "record_too_large"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


def align(outputs: Sequence[Sequence[Placed]]) -> list[tuple[int, list[Placement]]]:
    """The places of the same records in every output, cut wherever one of the outputs begins another file."""
    ends = sorted({end for placed in outputs for end in accumulate(count for count, _ in placed)})
    aligned = []
    for start, end in pairwise([0, *ends]):
        aligned.append((end - start, [_place_at(placed, start) for placed in outputs]))
    return aligned


def _place_at(placed: Sequence[Placed], record: int) -> Placement:
    for count, place in placed:
        if record < count:
            return Placement(place.file_number, place.position + record)
        record -= count
    raise ValueError("there are fewer records")


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts the blocks of one output; the packager makes blocks only and is no file's."""

    renderer: Renderer
    packager: Packager

    def count_fitting(self, target: pl.DataFrame, mean_size: float, free_bytes: int) -> int:
        """How many of the records, from the first on, have at most so many bytes; ``mean_size`` is a guess."""
        fits, too_many = 0, target.height + 1
        count = min(int(free_bytes / mean_size) + 1, target.height)
        while too_many - fits > 1:
            count = min(max(count, fits + 1), too_many - 1)
            size = len(self.renderer.render(target.slice(0, count)))
            if size <= free_bytes:
                fits = count
            else:
                too_many = count
            # Records are of like size: where the limit is expected, it mostly is.
            count = free_bytes * count // size
        return fits

    def render(self, target: pl.DataFrame) -> RenderedBlock:
        """Some of the records as a block of their own."""
        raw = self.renderer.render(target)
        return RenderedBlock(raw, self.packager.block(raw), target)
