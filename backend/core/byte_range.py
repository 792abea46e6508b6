"""The Range header of a download (RFC 9110 section 14): one range of bytes, or the whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError

# More digits than any file has bytes are no byte range.
_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")


class RangeNotSatisfiable(OpenRegError):
    """The file has no such bytes."""

    code: ClassVar[str] = "range_not_satisfiable"
    kind: ClassVar[ErrorKind] = ErrorKind.RANGE_NOT_SATISFIABLE


@dataclass(frozen=True, slots=True)
class ByteRange:
    """``length`` bytes from ``offset``."""

    offset: int
    length: int
    is_partial: bool


def read_range(header: str | None, size: int) -> ByteRange:
    """The bytes asked for; anything but one byte range is ignored, as the RFC allows. Raises RangeNotSatisfiable."""
    match = _RANGE.match(header.replace(" ", "")) if header else None
    if match is None or match.group(0) == "bytes=-":
        return ByteRange(0, size, is_partial=False)
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        start, end = size - length, size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    if start > end or start >= size:
        raise RangeNotSatisfiable(extra={"size_bytes": size})
    return ByteRange(start, end - start + 1, is_partial=True)
