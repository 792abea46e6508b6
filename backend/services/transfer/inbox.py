"""Reading at a destination: the folder in which a regulator answers, or in which a partner leaves files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

MAX_LISTED_FILES: Final = 10_000


@dataclass(frozen=True, slots=True)
class RemoteFileEntry:
    """A file in a folder at the server; ``modified_at`` by the server's clock, None where it does not tell."""

    name: str
    size_bytes: int
    modified_at: datetime | None


class RemoteInbox(Protocol):
    """An open session that only reads. All calls block, and raise TransferError.

    A relative folder starts at the destination's own folder; an empty one is that folder; one with a leading slash
    starts at the server's root.
    """

    def list_files(self, folder: str, limit: int = MAX_LISTED_FILES) -> Sequence[RemoteFileEntry]:
        """Files of a folder by name, at most ``limit``; no folders, no links, no hidden or unfinished files."""
        ...

    def read(self, folder: str, name: str) -> Iterator[bytes]:
        """The pieces of a file in order. Raises RemoteFileMissing."""
        ...


def is_offered(name: str) -> bool:
    """Whether a name is one of a finished file: partners write under hidden or temporary names, as we do."""
    return not name.startswith(".") and not name.endswith((".part", ".tmp", ".filepart"))
