"""Where the files of a connector lie: a port, so that reading them knows no object storage and no database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final, Protocol

from backend.services.connectors.files.file_faults import FileMissing


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A complete file as it was when it was listed: ``key`` is the shelf's own, ``name`` is what people read.

    ``etag`` and ``size_bytes`` pin it; ``sha256`` is known of files that were uploaded.
    """

    name: str
    key: str
    size_bytes: int
    etag: str
    sha256: str | None = None


class FileShelf(Protocol):
    """The files one connector may read. All calls block; what it raises is named by its own errors."""

    def uploaded(self, table: str) -> Sequence[SourceFile]:
        """Complete uploads for a table, by name."""
        ...

    def found(self, prefix: str) -> Sequence[SourceFile]:
        """Files of the tenant's inbox below a prefix, by name; names go on after the prefix."""
        ...

    def stream(self, file: SourceFile) -> Iterator[bytes]:
        """The bytes of a file in order."""
        ...

    def open(self, file: SourceFile) -> IO[bytes]:
        """A seekable reader that fetches what is read."""
        ...

    def is_unchanged(self, file: SourceFile) -> bool:
        """Whether the file is still the one that was listed."""
        ...


class NoShelf:
    """Stands in while a connector is not stored: it has no files yet."""

    def uploaded(self, table: str) -> Sequence[SourceFile]:
        """None."""
        del table
        return ()

    def found(self, prefix: str) -> Sequence[SourceFile]:
        """None."""
        del prefix
        return ()

    def stream(self, file: SourceFile) -> Iterator[bytes]:
        """Raises FileMissing."""
        raise FileMissing(f"{file.name} is not there.")

    def open(self, file: SourceFile) -> IO[bytes]:
        """Raises FileMissing."""
        raise FileMissing(f"{file.name} is not there.")

    def is_unchanged(self, file: SourceFile) -> bool:
        """Never."""
        del file
        return False


NO_SHELF: Final[FileShelf] = NoShelf()
