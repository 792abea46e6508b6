"""Files at an FTP server: bytes only, continued by REST, looked at by MLST or SIZE and MDTM.

A rename may or may not replace a file that is there: the protocol does not say. So the name is looked at first.
"""

from __future__ import annotations

import ftplib
import hashlib
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime

from backend.services.transfer.faults import DestinationProtocolWrong
from backend.services.transfer.ftp_connection import FtpSession, named
from backend.services.transfer.ftp_faults import is_missing, is_unknown_command
from backend.services.transfer.inbox import RemoteFileEntry, is_offered
from backend.services.transfer.remote_folder import (
    RemoteFile,
    file_missing,
    folder_missing,
    lost,
    name_taken,
    refused,
)


class FtpFolder:
    """See ``transfer.remote_folder.RemoteFolder``; ``check`` comes first, names are then relative to the folder."""

    def __init__(self, session: FtpSession, home: str, folder: str) -> None:
        """``home`` is where the server puts the user."""
        self._session = session
        self._folder = posixpath.join(home, folder or ".")

    def path(self, name: str) -> str:
        """A file's path."""
        return posixpath.join(self._folder, name)

    def check(self) -> None:
        """Go there. Raises DestinationFolderMissing."""
        with self._named("go to the folder"):
            try:
                self._session.cwd(self._folder)
            except ftplib.error_perm as error:
                if is_missing(error):
                    raise folder_missing(self._folder) from error
                raise

    def find(self, name: str) -> RemoteFile | None:
        """A file, None when it is not there. Raises FileNameTaken for what is no file."""
        with self._named(f"look for {name}"):
            try:
                facts = _facts(self._session.sendcmd(f"MLST {name}"))
            except ftplib.error_perm as error:
                if is_missing(error):
                    return None
                if not is_unknown_command(error):
                    raise
                return self._find_by_size(name)
        if facts.get("type", "file") != "file":
            raise name_taken(self.path(name))
        if "size" not in facts:
            with self._named(f"look for {name}"):
                return self._find_by_size(name)
        return RemoteFile(int(facts["size"]), _time(facts.get("modify")))

    def entries(self, limit: int) -> list[RemoteFileEntry]:
        """Finished files by name."""
        with self._named("list the files"):
            try:
                found = list(self._session.mlsd(facts=["type", "size", "modify"]))
            except ftplib.error_perm as error:
                if not is_unknown_command(error):
                    raise
                return self._entries_by_name(limit)
        files = sorted((name, facts) for name, facts in found if _is_file(facts) and is_offered(name))
        return [
            RemoteFileEntry(name, int(facts.get("size", 0)), _time(facts.get("modify")))
            for name, facts in files[:limit]
        ]

    def read(self, name: str) -> Iterator[bytes]:
        """A file's pieces, as many as the server says it has. Raises RemoteFileMissing."""
        found = self.find(name)
        if found is None:
            raise file_missing(self.path(name))
        size_bytes = 0
        with self._named(f"read {name}"), closing(self._session.retrieve(name)) as pieces:
            for piece in pieces:
                size_bytes += len(piece)
                yield piece
        if size_bytes < found.size_bytes:
            raise lost()

    def sha256(self, name: str, size_bytes: int) -> str:
        """Hash of a file, read back to its end."""
        digest = hashlib.sha256()
        with self._named(f"read {name} back"), closing(self._session.retrieve(name)) as pieces:
            for piece in pieces:
                digest.update(piece[:size_bytes])
                size_bytes -= min(size_bytes, len(piece))
        return digest.hexdigest()

    def write(self, name: str, pieces: Iterable[bytes], *, offset: int) -> None:
        """Write from ``offset`` on. A server that does not continue files loses the beginning, and is tried again."""
        with self._named(f"write {name}"):
            try:
                self._session.store(name, pieces, offset)
            except ftplib.error_perm as error:
                if not offset or not is_unknown_command(error):
                    raise
                self._session.delete(name)
                raise refused(f"continue {name}", "it begins again") from error

    def rename(self, name: str, to: str) -> None:
        """Give the file its final name."""
        with self._named(f"rename {name}"):
            self._session.rename(name, to)

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""
        with self._named(f"remove {name}"):
            try:
                self._session.delete(name)
            except ftplib.error_perm as error:
                if not is_missing(error):
                    raise
                gone = True
            else:
                gone = False
        if gone and self.find(name) is not None:
            raise refused(f"remove {name}", "it is still there")

    def find_free_bytes(self) -> int | None:
        """The protocol does not tell."""
        return None

    def _find_by_size(self, name: str) -> RemoteFile | None:
        self._session.as_bytes()  # a size in lines is refused, or another one
        try:
            size_bytes = self._session.size(name)
        except ftplib.error_perm as error:
            if is_missing(error):
                return None
            if is_unknown_command(error):
                raise DestinationProtocolWrong(
                    "The server tells neither facts (MLST) nor sizes (SIZE) of files; nothing could be verified.",
                    fix="Ask the server's operator to switch one of them on, or use SFTP.",
                ) from error
            raise
        try:
            modified = self._session.sendcmd(f"MDTM {name}")[4:]
        except ftplib.error_perm:
            modified = None
        return RemoteFile(size_bytes or 0, _time(modified))

    def _entries_by_name(self, limit: int) -> list[RemoteFileEntry]:
        try:
            names = sorted(posixpath.basename(one) for one in self._session.nlst())
        except ftplib.error_perm as error:
            if is_missing(error):  # how some servers say that a folder is empty
                return []
            raise
        entries: list[RemoteFileEntry] = []
        for name in names:
            found = self._find_by_size(name) if is_offered(name) else None  # folders have no size
            if found is not None:
                entries.append(RemoteFileEntry(name, found.size_bytes, found.modified_at))
            if len(entries) == limit:
                break
        return entries

    def _named(self, action: str) -> AbstractContextManager[None]:
        return named(action, self._folder)


def _facts(answer: str) -> dict[str, str]:
    """Facts of an answer to MLST: its second line, ``key=value;…; name`` (RFC 3659 section 7)."""
    line = answer.splitlines()[1].strip() if "\n" in answer else ""
    pairs = (fact.partition("=") for fact in line.partition(" ")[0].split(";"))
    return {key.lower(): value for key, _, value in pairs if key}


def _is_file(facts: Mapping[str, str]) -> bool:
    return facts.get("type", "").lower() == "file"


def _time(text: str | None) -> datetime | None:
    """A time in UTC as RFC 3659 writes it; None for what cannot be read."""
    try:
        return datetime.strptime((text or "")[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
