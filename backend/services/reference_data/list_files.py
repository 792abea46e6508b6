"""The bytes of a published file, plain or in an archive, within limits."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Final

from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable

PIECE_BYTES: Final = 1024 * 1024
MAX_UNPACKED_BYTES: Final = 64 * 1024**3
#: Markup repeats itself: published files shrink to a thirtieth; what shrinks to less than this was made to harm.
MAX_RATIO: Final = 200
_SLACK_BYTES: Final = 16 * 1024 * 1024
_ENCRYPTED: Final = 0x1
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_FETCH_AGAIN: Final = "Fetch the file again from its publisher."


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file of a list; ``open`` gives a seekable reader of its bytes, to be closed by the caller."""

    name: str
    size_bytes: int
    open: Callable[[], IO[bytes]]


def unpacked(file: ListFile, ending: str) -> Iterator[bytes]:
    """The bytes of the file, or of the one file with the ending in its archive. Raises FileUnreadable, FileTooLarge."""
    with closing(file.open()) as opened:
        head = opened.read(len(_ZIP))
        opened.seek(0)
        if not head:
            raise FileUnreadable(f"{file.name} is empty.", fix=_FETCH_AGAIN)
        if head == _ZIP:
            yield from _within(file, _from_zip(opened, file.name, ending))
        elif head.startswith(_GZIP):
            yield from _within(file, _from_gzip(opened, file.name))
        else:
            yield from _pieces(opened)


def _within(file: ListFile, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Declared sizes are not trusted: what comes out is counted."""
    limit = min(MAX_UNPACKED_BYTES, file.size_bytes * MAX_RATIO + _SLACK_BYTES)
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise FileTooLarge(
                f"{file.name} has {file.size_bytes} bytes and unpacks to more than {limit}.", fix=_FETCH_AGAIN
            )
        yield piece


def _from_zip(opened: IO[bytes], name: str, ending: str) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(opened) as archive:
            members = [one for one in archive.infolist() if one.filename.lower().endswith(ending)]
            if len(members) != 1:
                raise FileUnreadable(f"{name} holds {len(members)} files that end in {ending}; one is read.")
            if members[0].flag_bits & _ENCRYPTED:
                raise FileUnreadable(f"{name} is encrypted.", fix="Unpack the file yourself.")
            with archive.open(members[0]) as member:
                yield from _pieces(member)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise FileUnreadable(f"{name} is no whole zip archive: {error}.", fix=_FETCH_AGAIN) from error


def _from_gzip(opened: IO[bytes], name: str) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for packed in _pieces(opened):
            rest = packed
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, PIECE_BYTES)
                rest = unpacker.unconsumed_tail
    except zlib.error as error:
        raise FileUnreadable(f"{name} is no whole gzip file: {error}.", fix=_FETCH_AGAIN) from error
    if not unpacker.eof:
        raise FileUnreadable(f"{name} ends in the middle of its data.", fix=_FETCH_AGAIN)


def _pieces(opened: IO[bytes]) -> Iterator[bytes]:
    while piece := opened.read(PIECE_BYTES):
        yield piece
