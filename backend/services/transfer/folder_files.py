"""Files in a folder of this machine, or of a share mounted here.

Every step goes through the opened folder, not through its path, and follows no link at a file's name: what somebody
puts in the way later leads nowhere else. A file becomes visible by a second name for it, which, other than a rename,
never replaces a file of somebody else.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from backend.services.egress import EgressGuard, FileRefused
from backend.services.transfer import faults
from backend.services.transfer.inbox import RemoteFileEntry, is_offered
from backend.services.transfer.remote_folder import (
    RemoteFile,
    denied,
    file_missing,
    folder_missing,
    full,
    name_taken,
    refused,
    timed_out,
)

_READ_BYTES: Final = 1024 * 1024
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_SECOND_NAME: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV, errno.ENOSYS})


class LocalFolder:
    """See ``transfer.remote_folder.RemoteFolder``."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """``descriptor`` is the opened folder."""
        self._path = path
        self._folder = descriptor

    def path(self, name: str) -> str:
        """A file's path."""
        return str(self._path / name)

    def check(self) -> None:
        """It was opened, so it is there."""

    def find(self, name: str) -> RemoteFile | None:
        """A file, None when it is not there. Raises FileNameTaken for what is no file."""
        with self._named(f"look for {name}"):
            try:
                found = os.stat(name, dir_fd=self._folder, follow_symlinks=False)
            except FileNotFoundError:
                return None
        if not stat.S_ISREG(found.st_mode):
            raise name_taken(self.path(name))
        return RemoteFile(found.st_size, _time(found.st_mtime))

    def entries(self, limit: int) -> list[RemoteFileEntry]:
        """Finished files by name."""
        with self._named("list the files"), os.scandir(self._folder) as found:
            entries = [
                RemoteFileEntry(one.name, one.stat(follow_symlinks=False).st_size, _time(one.stat().st_mtime))
                for one in found
                if one.is_file(follow_symlinks=False) and is_offered(one.name)
            ]
        return sorted(entries, key=lambda entry: entry.name)[:limit]

    def read(self, name: str) -> Iterator[bytes]:
        """A file's pieces. Raises RemoteFileMissing."""
        with self._named(f"read {name}"):
            try:
                descriptor = self._open(name, os.O_RDONLY)
            except FileNotFoundError as error:
                raise file_missing(self.path(name)) from error
            with os.fdopen(descriptor, "rb") as file:
                while piece := file.read(_READ_BYTES):
                    yield piece

    def sha256(self, name: str, size_bytes: int) -> str:
        """Hash of a file's beginning."""
        digest = hashlib.sha256()
        with self._named(f"read {name} back"), os.fdopen(self._open(name, os.O_RDONLY), "rb") as file:
            while size_bytes > 0 and (piece := file.read(min(_READ_BYTES, size_bytes))):
                digest.update(piece)
                size_bytes -= len(piece)
        return digest.hexdigest()

    def write(self, name: str, pieces: Iterable[bytes], *, offset: int) -> None:
        """Write from ``offset`` on; on the disk when it returns."""
        flags = os.O_WRONLY | os.O_CREAT | (0 if offset else os.O_TRUNC)
        with self._named(f"write {name}"), os.fdopen(self._open(name, flags), "wb") as file:
            file.seek(offset)
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    def rename(self, name: str, to: str) -> None:
        """Give the file its final name. Raises FileNameTaken."""
        with self._named(f"rename {name}"):
            try:
                os.link(name, to, src_dir_fd=self._folder, dst_dir_fd=self._folder, follow_symlinks=False)
            except FileExistsError as error:
                raise name_taken(self.path(to)) from error
            except OSError as error:
                if error.errno not in _NO_SECOND_NAME:
                    raise
                os.rename(name, to, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            else:
                os.unlink(name, dir_fd=self._folder)
            os.fsync(self._folder)

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""
        with self._named(f"remove {name}"):
            try:
                os.unlink(name, dir_fd=self._folder)
            except FileNotFoundError:
                return

    def find_free_bytes(self) -> int | None:
        """Room on the disk."""
        with self._named("ask for the free room"):
            disk = os.statvfs(self._folder)
        return disk.f_bavail * disk.f_frsize

    def _open(self, name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=self._folder)

    @contextmanager
    def _named(self, action: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _fault(error, action, str(self._path)) from error


@contextmanager
def opened_folder(path: str, egress: EgressGuard) -> Iterator[LocalFolder]:
    """The folder, links followed. Raises DestinationFolderRefused, DestinationFolderMissing, …PermissionDenied."""
    try:
        found = egress.check_delivery_folder(path)
    except FileRefused as error:
        raise faults.DestinationFolderRefused(error.message, fix=error.fix) from error
    try:
        descriptor = os.open(found, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _fault(error, "look at the folder", path) from error
    try:
        yield LocalFolder(found, descriptor)
    finally:
        os.close(descriptor)


def _fault(error: OSError, action: str, folder: str) -> faults.TransferError:
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return denied(action, folder)
    if error.errno in _NO_ROOM:
        return full(folder)
    if isinstance(error, TimeoutError) or error.errno == errno.ESTALE:
        return timed_out(action)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return folder_missing(folder)
    return refused(action, error.strerror or "")


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
