"""Files that are sent with a request."""

from __future__ import annotations

import asyncio
import hashlib
from typing import IO, Final

from fastapi import UploadFile

_PIECE: Final = 1024 * 1024


async def digest_of(file: UploadFile) -> str:
    """The SHA-256 of a file, which is back at its beginning afterwards."""
    digest = await asyncio.to_thread(_digest, file.file)
    await file.seek(0)
    return digest


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()
