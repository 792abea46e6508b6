"""Putting a file of any size into the object store."""

from __future__ import annotations

from typing import IO, Final

from backend.services.storage import DEFAULT_CONTENT_TYPE, ObjectStorage

#: Two parts are in memory at most.
_PART_BYTES: Final = 8 * 1024 * 1024


def store_file(storage: ObjectStorage, key: str, content: IO[bytes], content_type: str = DEFAULT_CONTENT_TYPE) -> int:
    """Put what is left of a file, part by part; its size in bytes. Nothing is left behind when that fails."""
    first, following = content.read(_PART_BYTES), content.read(_PART_BYTES)
    if not following:
        storage.put(key, first, content_type)
        return len(first)
    upload, parts, size = storage.begin_upload(key, content_type), list[tuple[int, str]](), 0
    try:
        while first:
            parts.append((len(parts) + 1, storage.upload_part(key, upload, len(parts) + 1, first)))
            size += len(first)
            first, following = following, content.read(_PART_BYTES)
        storage.complete_upload(key, upload, parts)
    except BaseException:
        storage.abort_upload(key, upload)
        raise
    return size
