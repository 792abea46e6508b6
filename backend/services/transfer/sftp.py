"""Delivery by SFTP, and reading there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from backend.services.egress import EgressGuard
from backend.services.ssh.session import HostKey, host_key_of
from backend.services.transfer.contract import (
    OpenSource,
    TransferReceipt,
    TransferStep,
    TransferTest,
    check_name,
    tested,
)
from backend.services.transfer.file_delivery import DeliveredFile, OutgoingFile, deliver_file, try_writing
from backend.services.transfer.inbox import MAX_LISTED_FILES, RemoteFileEntry
from backend.services.transfer.sftp_connection import (
    SftpSession,
    connect,
    greeted,
    open_sftp,
    resolve,
    sign_in,
    trusted,
)
from backend.services.transfer.sftp_files import SftpFolder
from backend.services.transfer.sftp_settings import SftpCredentials, SftpSettings

TEST_STEPS: Final = ("dns", "tcp", "host_key", "sign_in", "folder", "write")


@dataclass(frozen=True, slots=True)
class SftpTransfer:
    """See ``transfer.contract.Transfer``."""

    settings: SftpSettings
    credentials: SftpCredentials
    egress: EgressGuard

    def deliver(
        self, open_source: OpenSource, *, name: str, size_bytes: int, sha256: str, delivery_id: str
    ) -> TransferReceipt:
        """Bring the file there. Raises TransferError."""
        file = OutgoingFile(open_source, name, size_bytes, sha256, delivery_id)
        with signed_in(self.settings, self.credentials, self.egress) as session:
            folder = SftpFolder(session.sftp, self.settings.folder)
            return self._receipt(session, file, folder.path(name), deliver_file(folder, file))

    def fetch_host_key(self) -> HostKey:
        """The key the server shows, for a person to confirm; nobody signs in."""
        with greeted(self.settings, resolve(self.settings, self.egress)) as transport:
            return host_key_of(transport)

    def test(self) -> TransferTest:
        """Every step a delivery takes, with a small file that is removed again."""
        return tested(TEST_STEPS, self._walk)

    def _walk(self, done: list[TransferStep]) -> None:
        def succeed(message: str) -> None:
            done.append(TransferStep(TEST_STEPS[len(done)], ok=True, message=message))

        address = resolve(self.settings, self.egress)
        succeed(f"{self.settings.host} is {address.address}.")
        connect(self.settings, address).close()
        succeed(f"Something listens at port {self.settings.port}.")
        with trusted(self.settings, address) as (transport, key):
            succeed(f"The host key is the confirmed one, {key.fingerprint}.")
            sign_in(transport, self.settings, self.credentials)
            sftp = open_sftp(transport, self.settings)
            succeed(f"Signed in as {self.settings.username}.")
            folder = SftpFolder(sftp, self.settings.folder)
            folder.check()
            succeed(f"The folder {self.settings.folder} is there.")
            try_writing(folder)
            succeed("A file was written, read back, renamed and removed.")

    def _receipt(
        self, session: SftpSession, file: OutgoingFile, path: str, delivered: DeliveredFile
    ) -> TransferReceipt:
        return TransferReceipt(
            server=f"{self.settings.host}:{self.settings.port} ({session.server})",
            host_key_fingerprint=session.host_key.fingerprint,
            remote_path=path,
            size_bytes=delivered.remote.size_bytes,
            sha256=file.sha256,
            remote_modified_at=delivered.remote.modified_at,
            was_already_there=delivered.was_already_there,
            resumed_at_bytes=delivered.resumed_at_bytes,
        )


@dataclass(frozen=True, slots=True)
class SftpInbox:
    """See ``transfer.inbox.RemoteInbox``."""

    session: SftpSession
    own_folder: str

    def list_files(self, folder: str, limit: int = MAX_LISTED_FILES) -> Sequence[RemoteFileEntry]:
        """Files by name. Raises TransferError."""
        return self._folder(folder).entries(limit)

    def read(self, folder: str, name: str) -> Iterator[bytes]:
        """A file's pieces. Raises RemoteFileMissing."""
        return self._folder(folder).read(check_name(name))

    def _folder(self, folder: str) -> SftpFolder:
        return SftpFolder(self.session.sftp, posixpath.join(self.own_folder, folder))


@contextmanager
def open_sftp_inbox(settings: SftpSettings, credentials: SftpCredentials, egress: EgressGuard) -> Iterator[SftpInbox]:
    """A session for reading. Raises TransferError."""
    with signed_in(settings, credentials, egress) as session:
        yield SftpInbox(session, settings.folder)


@contextmanager
def signed_in(settings: SftpSettings, credentials: SftpCredentials, egress: EgressGuard) -> Iterator[SftpSession]:
    """A session with the confirmed server. Raises TransferError."""
    with trusted(settings, resolve(settings, egress)) as (transport, key):
        sign_in(transport, settings, credentials)
        yield SftpSession(open_sftp(transport, settings), key, transport.remote_version)
