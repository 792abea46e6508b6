"""What a run asks of every file format: records to bytes, and what stands around them."""

from __future__ import annotations

from typing import Protocol

import polars as pl

from backend.domain.reports.page_texts import ONLY_PAGE, Moment, Page


class Renderer(Protocol):
    """Writes the records of one file format. Safe to call from several threads at once.

    Records rendered together are those rendered one by one with ``separator`` between them.
    """

    @property
    def separator(self) -> bytes:
        """The bytes between two records."""

    @property
    def has_schema(self) -> bool:
        """Whether header + records + footer can be checked against schemas."""

    @property
    def header_moment(self) -> Moment:
        """When the header can be written."""

    @property
    def footer_moment(self) -> Moment:
        """When the footer can be written."""

    @property
    def frame_size(self) -> int:
        """How many bytes header and footer have together at most."""

    def header(self, page: Page = ONLY_PAGE, /) -> bytes:
        """The bytes before the first record of a file."""

    def footer(self, page: Page = ONLY_PAGE, /) -> bytes:
        """The bytes after the last record of a file."""

    def render(self, target: pl.DataFrame) -> bytes | memoryview:
        """The records of a target frame in row order; a frame without rows gives no bytes."""

    def show(self, target: pl.DataFrame) -> str:
        """The records as a person reads them."""

    def find_row(self, line: int, /) -> int | None:
        """The position in the rendered frame of the record on a line of header + records; None for the wrapper."""
