"""Free space: looked at before a server starts, recognised in what a server prints."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from backend.embedded.errors import DiskFull

# A new PostgreSQL cluster takes 55 MB and its first WAL segments 16 MB each; below this even a start is a gamble.
MIN_FREE_BYTES = 300_000_000
_FULL_DISK_WORDS = ("no space left on device", "disk quota exceeded", "enospc")


def refuse_full_disk(folder: Path, *, min_free_bytes: int = MIN_FREE_BYTES) -> None:
    """Raise DiskFull when the disk that holds (or will hold) ``folder`` has less than ``min_free_bytes`` free."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < min_free_bytes:
        raise DiskFull(
            f"Only {free // 1_000_000} MB are free on the disk of {existing}; "
            f"OpenReg needs at least {min_free_bytes // 1_000_000} MB to start.",
            fix="Free some space, or choose another place with OPENREG_DATA_DIR.",
        )


def says_disk_is_full(lines: Iterable[str]) -> bool:
    """Whether a server's last words are about a full disk."""
    return any(words in line.lower() for line in lines for words in _FULL_DISK_WORDS)
