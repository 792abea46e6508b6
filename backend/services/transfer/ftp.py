"""Delivery by FTP and FTPS, and reading there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from backend.services.egress import EgressGuard
from backend.services.transfer.contract import (
    OpenSource,
    TransferReceipt,
    TransferStep,
    TransferTest,
    check_name,
    tested,
)
from backend.services.transfer.dial import connect, resolve
from backend.services.transfer.file_delivery import OutgoingFile, deliver_file, try_writing
from backend.services.transfer.ftp_connection import FtpSession, ftp_session, greeted, named
from backend.services.transfer.ftp_files import FtpFolder
from backend.services.transfer.ftp_settings import FtpCredentials, FtpSettings
from backend.services.transfer.inbox import MAX_LISTED_FILES, RemoteFileEntry

TEST_STEPS: Final = ("dns", "tcp", "encryption", "sign_in", "folder", "write")
_GREETING_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class FtpTransfer:
    """See ``transfer.contract.Transfer``."""

    settings: FtpSettings
    credentials: FtpCredentials
    egress: EgressGuard

    def deliver(
        self, open_source: OpenSource, *, name: str, size_bytes: int, sha256: str, delivery_id: str
    ) -> TransferReceipt:
        """Bring the file there. Raises TransferError."""
        file = OutgoingFile(open_source, name, size_bytes, sha256, delivery_id)
        with ftp_session(self.settings, self.credentials, self.egress) as session:
            folder = FtpFolder(session, _home(session), self.settings.folder)
            delivered = deliver_file(folder, file)
            greeting = " ".join((session.welcome or "").split())[4 : 4 + _GREETING_LENGTH]
            return TransferReceipt(
                server=f"{self.settings.host}:{self.settings.actual_port} ({greeting})",
                host_key_fingerprint=None,
                certificate_fingerprint=session.certificate_fingerprint,
                remote_path=folder.path(name),
                size_bytes=delivered.remote.size_bytes,
                sha256=sha256,
                remote_modified_at=delivered.remote.modified_at,
                was_already_there=delivered.was_already_there,
                resumed_at_bytes=delivered.resumed_at_bytes,
            )

    def test(self) -> TransferTest:
        """Every step a delivery takes, with a small file that is removed again."""
        return tested(TEST_STEPS, self._walk)

    def _walk(self, done: list[TransferStep]) -> None:
        def succeed(message: str) -> None:
            done.append(TransferStep(TEST_STEPS[len(done)], ok=True, message=message))

        address = resolve(self.settings.host, self.settings.actual_port, self.egress)
        succeed(f"{self.settings.host} is {address.address}.")
        connect(address, self.settings.connect_timeout_seconds).close()
        succeed(f"Something listens at port {self.settings.actual_port}.")
        with greeted(self.settings, address, self.egress) as session:
            with named("begin encryption"):
                session.protect()
            shown = session.certificate_fingerprint
            succeed(f"The certificate is accepted, {shown}." if shown else "Nothing is encrypted, as the settings say.")
            with named("sign in"):
                session.sign_in(self.credentials)
            succeed(f"Signed in as {self.settings.username}.")
            folder = FtpFolder(session, _home(session), self.settings.folder)
            folder.check()
            succeed(f"The folder {self.settings.folder} is there.")
            try_writing(folder)
            succeed("A file was written, read back, renamed and removed.")


@dataclass(frozen=True, slots=True)
class FtpInbox:
    """See ``transfer.inbox.RemoteInbox``."""

    session: FtpSession
    home: str
    own_folder: str

    def list_files(self, folder: str, limit: int = MAX_LISTED_FILES) -> Sequence[RemoteFileEntry]:
        """Files by name. Raises TransferError."""
        return self._enter(folder).entries(limit)

    def read(self, folder: str, name: str) -> Iterator[bytes]:
        """A file's pieces; they are read to the end, or the session is closed. Raises RemoteFileMissing."""
        check_name(name)
        return self._pieces(folder, name)

    def _pieces(self, folder: str, name: str) -> Iterator[bytes]:
        yield from self._enter(folder).read(name)

    def _enter(self, folder: str) -> FtpFolder:
        found = FtpFolder(self.session, self.home, posixpath.join(self.own_folder, folder))
        found.check()
        return found


@contextmanager
def open_ftp_inbox(settings: FtpSettings, credentials: FtpCredentials, egress: EgressGuard) -> Iterator[FtpInbox]:
    """A session for reading. Raises TransferError."""
    with ftp_session(settings, credentials, egress) as session:
        yield FtpInbox(session, _home(session), settings.folder)


def _home(session: FtpSession) -> str:
    with named("ask for the folder of the user"):
        return session.pwd() or "/"
