"""Delivery into a folder of this machine, and reading there."""

from __future__ import annotations

import posixpath
import socket
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
    failed_step,
)
from backend.services.transfer.faults import TransferError
from backend.services.transfer.file_delivery import OutgoingFile, deliver_file, try_writing
from backend.services.transfer.folder_files import opened_folder
from backend.services.transfer.folder_settings import FolderCredentials, FolderSettings
from backend.services.transfer.inbox import MAX_LISTED_FILES, RemoteFileEntry

TEST_STEPS: Final = ("folder", "write")


@dataclass(frozen=True, slots=True)
class FolderTransfer:
    """See ``transfer.contract.Transfer``."""

    settings: FolderSettings
    credentials: FolderCredentials
    egress: EgressGuard

    def deliver(
        self, open_source: OpenSource, *, name: str, size_bytes: int, sha256: str, delivery_id: str
    ) -> TransferReceipt:
        """Bring the file there. Raises TransferError."""
        file = OutgoingFile(open_source, name, size_bytes, sha256, delivery_id)
        with opened_folder(self.settings.folder, self.egress) as folder:
            delivered = deliver_file(folder, file)
            return TransferReceipt(
                server=socket.gethostname(),
                host_key_fingerprint=None,
                remote_path=folder.path(name),
                size_bytes=delivered.remote.size_bytes,
                sha256=sha256,
                remote_modified_at=delivered.remote.modified_at,
                was_already_there=delivered.was_already_there,
                resumed_at_bytes=delivered.resumed_at_bytes,
            )

    def test(self) -> TransferTest:
        """Every step a delivery takes, with a small file that is removed again."""
        done: list[TransferStep] = []
        try:
            with opened_folder(self.settings.folder, self.egress) as folder:
                done.append(TransferStep("folder", ok=True, message=f"The folder {self.settings.folder} is there."))
                try_writing(folder)
            message = "A file was written, read back, renamed and removed."
            done.append(TransferStep("write", ok=True, message=message))
        except TransferError as error:
            done.append(failed_step(TEST_STEPS[len(done)], error))
        return TransferTest(tuple(done))


@dataclass(frozen=True, slots=True)
class FolderInbox:
    """See ``transfer.inbox.RemoteInbox``."""

    own_folder: str
    egress: EgressGuard

    def list_files(self, folder: str, limit: int = MAX_LISTED_FILES) -> Sequence[RemoteFileEntry]:
        """Files by name. Raises TransferError."""
        with opened_folder(posixpath.join(self.own_folder, folder), self.egress) as found:
            return found.entries(limit)

    def read(self, folder: str, name: str) -> Iterator[bytes]:
        """A file's pieces. Raises RemoteFileMissing."""
        return self._pieces(posixpath.join(self.own_folder, folder), check_name(name))

    def _pieces(self, folder: str, name: str) -> Iterator[bytes]:
        with opened_folder(folder, self.egress) as found:
            yield from found.read(name)


@contextmanager
def open_folder_inbox(
    settings: FolderSettings, credentials: FolderCredentials, egress: EgressGuard
) -> Iterator[FolderInbox]:
    """Reading in the folder. Raises TransferError."""
    del credentials
    with opened_folder(settings.folder, egress):
        yield FolderInbox(settings.folder, egress)
