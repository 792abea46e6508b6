"""What renderers have in common: what stands around the records, and that most files have no schema."""

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
        self.frame_size: Final = len(header) + len(footer)

    def header(self, page: Page = ONLY_PAGE) -> bytes:  # noqa: ARG002 - the same on every page
        """The bytes before the first record of a file."""
        return self._header

    def footer(self, page: Page = ONLY_PAGE) -> bytes:  # noqa: ARG002 - the same on every page
        """The bytes after the last record of a file."""
        return self._footer


class WithoutSchema:
    """A file that no schema is asked about."""

    has_schema: Final = False

    def find_row(self, line: int) -> int | None:  # noqa: ARG002 - no schema names a line
        """Always None."""
        return None
