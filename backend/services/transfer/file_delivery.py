"""How a file reaches a folder: temporary name, verified by reading back, made visible by one rename.

Killed at any byte and repeated, a delivery ends with one file under the final name and no other: a complete file is
recognised, a partial one is continued when what is there is a beginning of the artifact, and begun again otherwise.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from backend.services.transfer.contract import OpenSource, check_name, temporary_name
from backend.services.transfer.faults import TransferError
from backend.services.transfer.remote_folder import (
    RemoteFile,
    RemoteFolder,
    artifact_differs,
    differs,
    full,
    name_taken,
)

_TEST_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """The file to deliver and what is known of it."""

    open_source: OpenSource
    name: str
    size_bytes: int
    sha256: str
    delivery_id: str

    def __post_init__(self) -> None:
        """Raises FileNameInvalid."""
        check_name(self.name)
        check_name(self.delivery_id)

    @property
    def part_name(self) -> str:
        """Its temporary name."""
        return temporary_name(self.name, self.delivery_id)


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """The final file at the server, and how it came there."""

    remote: RemoteFile
    was_already_there: bool = False
    resumed_at_bytes: int = 0


@dataclass(slots=True)
class Passing:
    """Pieces on their way, hashed and counted as they pass."""

    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    size_bytes: int = 0

    def take(self, piece: bytes) -> bytes:
        """Count and hash one piece."""
        self.digest.update(piece)
        self.size_bytes += len(piece)
        return piece

    def through(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same pieces, each counted when it is asked for."""
        return map(self.take, pieces)

    def is_whole(self, file: OutgoingFile) -> bool:
        """Whether all that passed is the file."""
        return self.size_bytes == file.size_bytes and self.digest.hexdigest() == file.sha256


def deliver_file(folder: RemoteFolder, file: OutgoingFile) -> DeliveredFile:
    """Bring the file into the folder under its name; safe to repeat. Raises TransferError."""
    folder.check()
    there = folder.find(file.name)
    if there is not None:
        _check_same(folder, file, there)
        folder.remove(file.part_name)
        return DeliveredFile(there, was_already_there=True)
    resumed_at = _send(folder, file)
    if (appeared := folder.find(file.name)) is not None:  # sending may have taken long
        _check_same(folder, file, appeared)
    folder.rename(file.part_name, file.name)
    final = folder.find(file.name)
    if final is None or final.size_bytes != file.size_bytes:
        raise differs(file.name)
    return DeliveredFile(final, resumed_at_bytes=resumed_at)


def try_writing(folder: RemoteFolder) -> None:
    """Write a small file, read it back, rename and remove it. Raises TransferError."""
    content = secrets.token_bytes(_TEST_BYTES)
    name = f".openreg-test-{secrets.token_hex(8)}"
    try:
        folder.write(f"{name}.part", iter([content]), offset=0)
        if folder.sha256(f"{name}.part", _TEST_BYTES) != hashlib.sha256(content).hexdigest():
            raise differs(name)
        folder.rename(f"{name}.part", name)
    except TransferError:
        with suppress(TransferError):  # what failed first is the reason
            folder.remove(f"{name}.part")
        raise
    folder.remove(name)


def _send(folder: RemoteFolder, file: OutgoingFile) -> int:
    """Write and verify the temporary file; where it was continued, in bytes. Raises TransferError."""
    passing = Passing()
    offset = _continue_at(folder, file, passing)
    free = folder.find_free_bytes()
    if free is not None and free < file.size_bytes - offset:
        raise full(folder.path(""))
    folder.write(file.part_name, passing.through(file.open_source(offset)), offset=offset)
    if not passing.is_whole(file):
        folder.remove(file.part_name)
        raise artifact_differs(file.name)
    written = folder.find(file.part_name)
    if written is None or written.size_bytes != file.size_bytes:
        # Writes may be pipelined: a full disk shows only now.
        free = folder.find_free_bytes()
        raise full(folder.path("")) if free is not None and free < file.size_bytes else differs(file.name)
    if folder.sha256(file.part_name, file.size_bytes) != file.sha256:
        folder.remove(file.part_name)
        raise differs(file.name)
    return offset


def _continue_at(folder: RemoteFolder, file: OutgoingFile, passing: Passing) -> int:
    """How many bytes are there already and right; those have then passed through ``passing``."""
    part = folder.find(file.part_name)
    if part is None or not 0 < part.size_bytes <= file.size_bytes:
        return 0
    for piece in _first_bytes(file.open_source(0), part.size_bytes):
        passing.take(piece)
    if folder.sha256(file.part_name, part.size_bytes) == passing.digest.hexdigest():
        return part.size_bytes
    passing.digest, passing.size_bytes = hashlib.sha256(), 0
    return 0


def _first_bytes(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:count]
        count -= len(piece)
        if count <= 0:
            return


def _check_same(folder: RemoteFolder, file: OutgoingFile, there: RemoteFile) -> None:
    """A file with the final name must be ours. Raises FileNameTaken."""
    if there.size_bytes != file.size_bytes or folder.sha256(file.name, file.size_bytes) != file.sha256:
        raise name_taken(folder.path(file.name))
