"""Streams of text: marks, encodings and lines that are passed over."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import Final

from backend.services.connectors.files.file_faults import FileUnreadable

_UTF8: Final = "utf-8"
_MARK: Final = codecs.BOM_UTF8
_LEGACY: Final = "windows-1252"


def not_of_encoding(raw: bytes, error: UnicodeDecodeError, encoding: str) -> str:
    """What is wrong with a row, and what its byte is elsewhere: a file of two encodings was joined from two."""
    byte = raw[error.start]
    reason = f"the byte 0x{byte:02X} is not {encoding}"
    if encoding != _UTF8:
        return reason
    try:
        meant = raw[error.start : error.start + 1].decode(_LEGACY)
    except UnicodeDecodeError:
        return reason
    return f"{reason}; in {_LEGACY} it is {meant}, so the file mixes encodings or has another one"


def without_mark(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes without the mark of UTF-8 at their beginning."""
    beginning = b""
    rest = iter(pieces)
    for piece in rest:
        beginning += piece
        if len(beginning) >= len(_MARK):
            break
    yield beginning.removeprefix(_MARK)
    yield from rest


def without_lines(pieces: Iterable[bytes], count: int) -> Iterator[bytes]:
    """The same bytes without their first lines."""
    for piece in pieces:
        content = piece
        while count and content:
            _, feed, content = content.partition(b"\n")
            count -= bool(feed)
        if content:
            yield content


def from_utf16(pieces: Iterable[bytes], file: str) -> Iterator[bytes]:
    """The same text in UTF-8. Raises FileUnreadable."""
    decoder = codecs.getincrementaldecoder("utf-16")()
    line = 1
    try:
        for piece in pieces:
            text = decoder.decode(piece)
            line += text.count("\n")
            yield text.encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise FileUnreadable(
            f"{file}, at or after line {line}: the bytes are not UTF-16.", fix="Correct the table's encoding."
        ) from error
