"""Files at an SFTP server: written in a pipeline, read back for their hash, renamed in one step.

The third version of the protocol has one status for almost every failure. What stands behind it is found out:
the free space is asked for, sizes and permissions are looked at.
"""

from __future__ import annotations

import errno
import hashlib
import posixpath
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import paramiko
from paramiko.sftp import CMD_EXTENDED, SFTPError

from backend.services.transfer import faults
from backend.services.transfer.inbox import RemoteFileEntry, is_offered
from backend.services.transfer.remote_folder import (
    RemoteFile,
    denied,
    file_missing,
    folder_missing,
    full,
    lost,
    refused,
    timed_out,
)

_WRITE_BYTES: Final = 256 * 1024
_READ_BYTES: Final = 32 * 1024  # what a server gives at once
_READ_WINDOW: Final = 16 * 1024 * 1024
_EXTENDED_REPLY: Final = 201  # draft-ietf-secsh-filexfer-02 section 8
_NO_SPACE_TEXTS: Final = ("no space", "quota", "disk full")


class SftpFolder:
    """See ``transfer.remote_folder.RemoteFolder``."""

    def __init__(self, sftp: paramiko.SFTPClient, folder: str) -> None:
        """``folder`` as the destination names it; a relative one starts where the server puts the user."""
        self._sftp = sftp
        self._folder = folder or "."

    def path(self, name: str) -> str:
        """A file's path in the folder."""
        return posixpath.join(self._folder, name)

    def check(self) -> None:
        """Raises DestinationFolderMissing when the folder is not there."""
        with self._named("look at the folder"):
            try:
                self._sftp.stat(self._folder)
            except FileNotFoundError as error:
                raise folder_missing(self._folder) from error

    def find(self, name: str) -> RemoteFile | None:
        """A file of the folder, None when it is not there."""
        with self._named(f"look for {name}"):
            try:
                found = self._sftp.stat(self.path(name))
            except FileNotFoundError:
                return None
        return RemoteFile(int(found.st_size or 0), _modified_at(found))

    def entries(self, limit: int) -> list[RemoteFileEntry]:
        """Files by name, those that are still being written left out."""
        with self._named("list the files"):
            try:
                found = self._sftp.listdir_attr(self._folder)
            except FileNotFoundError as error:
                raise folder_missing(self._folder) from error
        entries = [
            RemoteFileEntry(one.filename, int(one.st_size or 0), _modified_at(one))
            for one in found
            if stat.S_ISREG(one.st_mode or stat.S_IFREG) and is_offered(one.filename)
        ]
        return sorted(entries, key=lambda entry: entry.name)[:limit]

    def read(self, name: str) -> Iterator[bytes]:
        """A file's pieces, asked for ahead. Raises RemoteFileMissing."""
        with self._named(f"read {name}"):
            size_bytes = self._size(name)
            if size_bytes is None:
                raise file_missing(self.path(name))
            yield from self._pieces(name, size_bytes)

    def sha256(self, name: str, size_bytes: int) -> str:
        """Hash of the first ``size_bytes`` bytes of a file, read from the server."""
        digest = hashlib.sha256()
        with self._named(f"read {name} back"):
            for piece in self._pieces(name, size_bytes):
                digest.update(piece)
        return digest.hexdigest()

    def write(self, name: str, pieces: Iterable[bytes], *, offset: int) -> None:
        """Write a file from ``offset`` on; from 0 whatever was there is replaced."""
        with self._named(f"write {name}"), self._sftp.open(self.path(name), "r+b" if offset else "wb") as file:
            file.set_pipelined(True)  # without it every 32 KiB waits for the server: a hundredth of the speed
            file.seek(offset)
            for piece in pieces:
                view = memoryview(piece)
                for start in range(0, len(view), _WRITE_BYTES):
                    file.write(bytes(view[start : start + _WRITE_BYTES]))

    def rename(self, name: str, to: str) -> None:
        """Make a file visible under its final name in one step."""
        with self._named(f"rename {name}"):
            try:
                self._sftp.posix_rename(self.path(name), self.path(to))
            except OSError as error:
                if not _is_unsupported(error):
                    raise
                self._sftp.rename(self.path(name), self.path(to))  # fails when the name is taken

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""
        with self._named(f"remove {name}"):
            try:
                self._sftp.remove(self.path(name))
            except FileNotFoundError:
                return

    def find_free_bytes(self) -> int | None:
        """Room in the folder, None where the server does not tell (``statvfs@openssh.com``, OpenSSH's PROTOCOL)."""
        try:
            client: Any = self._sftp
            kind, reply = client._request(CMD_EXTENDED, "statvfs@openssh.com", self._folder)  # noqa: SLF001 - no public form
        except (OSError, SFTPError, EOFError):
            return None
        if kind != _EXTENDED_REPLY:
            return None
        reply.get_int64()  # block size
        fragment_bytes = reply.get_int64()
        reply.get_int64(), reply.get_int64()  # blocks, free blocks
        return int(fragment_bytes * reply.get_int64())  # available to this user

    def _size(self, name: str) -> int | None:
        found = self.find(name)
        return None if found is None else found.size_bytes

    def _pieces(self, name: str, size_bytes: int) -> Iterator[bytes]:
        with self._sftp.open(self.path(name), "rb") as file:
            for start in range(0, size_bytes, _READ_WINDOW):
                window = min(_READ_WINDOW, size_bytes - start)
                chunks = [
                    (start + offset, min(_READ_BYTES, window - offset)) for offset in range(0, window, _READ_BYTES)
                ]
                yield from file.readv(chunks)

    @contextmanager
    def _named(self, action: str) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise timed_out(action) from error
        except PermissionError as error:
            raise denied(action, self._folder) from error
        except (EOFError, paramiko.SSHException, ConnectionError) as error:
            raise lost() from error
        except OSError as error:
            raise self._refusal(action, error) from error

    def _refusal(self, action: str, error: OSError) -> faults.TransferError:
        text = str(error).lower()
        if error.errno in {errno.ENOSPC, errno.EDQUOT} or any(known in text for known in _NO_SPACE_TEXTS):
            return full(self._folder)
        if "socket is closed" in text or error.errno in {errno.EPIPE, errno.ECONNRESET}:
            return lost()
        if self.find_free_bytes() == 0:
            return full(self._folder)
        return refused(action, str(error.args[-1]) if error.args else "")


def _modified_at(found: paramiko.SFTPAttributes) -> datetime | None:
    return datetime.fromtimestamp(found.st_mtime, tz=UTC) if found.st_mtime is not None else None


def _is_unsupported(error: OSError) -> bool:
    return "unsupported" in str(error).lower()
