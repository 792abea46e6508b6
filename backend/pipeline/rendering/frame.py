"""What renderers have in common: what stands around the records, and how a line of a file leads to its record."""

from __future__ import annotations

from typing import Final

from backend.domain.reports.page_texts import ONLY_PAGE, Moment, Page


class FixedFrame:
    """Header and footer that are the same in every file, and known before its first record."""

    header_moment: Final = Moment.FILE_BEGINS
    footer_moment: Final = Moment.FILE_BEGINS

    def __init__(self, header: bytes = b"", footer: bytes = b"") -> None:
        self._header: Final = header
        self._footer: Final = footer
        self.frame_size = len(header) + len(footer)

    def header(self, _page: Page = ONLY_PAGE, /) -> bytes:
        """The bytes before the first record of a file."""
        return self._header

    def footer(self, _page: Page = ONLY_PAGE, /) -> bytes:
        """The bytes after the last record of a file."""
        return self._footer


class WithoutSchema:
    """A file that no schema is asked about."""

    has_schema: Final = False

    def find_row(self, _line: int, /) -> int | None:
        """Always None."""
        return None


def row_on_line(line: int, header_lines: int) -> int | None:
    """The row of the rendered frame, one record per line, on a line of the file; None in the header."""
    row = line - header_lines - 1
    return row if row >= 0 else None
