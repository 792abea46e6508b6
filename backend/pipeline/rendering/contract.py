"""What a run asks of every file format: records to bytes, and what stands around them."""

from __future__ import annotations

from typing import Protocol

import polars as pl


class Renderer(Protocol):
    """Writes the records of one file format. Safe to call from several threads at once."""

    @property
    def header(self) -> bytes:
        """The bytes before the first record."""

    @property
    def footer(self) -> bytes:
        """The bytes after the last record."""

    @property
    def has_schema(self) -> bool:
        """Whether header + records + footer can be checked against the regulator's schemas."""

    def render(self, target: pl.DataFrame) -> bytes:
        """The records of a target frame in row order, UTF-8; a frame without rows gives no bytes."""

    def find_row(self, line: int) -> int | None:
        """The position in the rendered frame of the record on a line of header + records; None for the wrapper."""
