"""Delivery by SFTP: temporary name, verified by reading back, made visible by one rename.

Killed at any byte and repeated, a delivery ends with one file under the final name and no other: a complete file is
recognised, a partial one is continued when what is there is a beginning of the artifact, and begun again otherwise.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from backend.services.egress import EgressGuard
from backend.services.ssh.session import HostKey, host_key_of
from backend.services.transfer import faults
from backend.services.transfer.contract import (
    OpenSource,
    TransferReceipt,
    TransferStep,
    TransferTest,
    check_name,
    failed_step,
    temporary_name,
)
from backend.services.transfer.faults import TransferError
from backend.services.transfer.sftp_connection import (
    SftpSession,
    connect,
    greeted,
    open_sftp,
    resolve,
    sign_in,
    trusted,
)
from backend.services.transfer.sftp_files import RemoteFile, RemoteFolder, full
from backend.services.transfer.sftp_settings import SftpCredentials, SftpSettings

TEST_STEPS: Final = ("dns", "tcp", "host_key", "sign_in", "folder", "write")
_TEST_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class _File:
    """The file to deliver and what is known of it."""

    open_source: OpenSource
    name: str
    part_name: str
    size_bytes: int
    sha256: str


@dataclass(slots=True)
class _Passing:
    """Pieces on their way, hashed and counted as they pass."""

    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    size_bytes: int = 0

    def through(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.digest.update(piece)
            self.size_bytes += len(piece)
            yield piece


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
        part_name = temporary_name(check_name(name), delivery_id)
        file = _File(open_source, name, part_name, size_bytes, sha256)
        with self._session() as session:
            folder = RemoteFolder(session.sftp, self.settings.folder)
            folder.check()
            there = folder.find(name)
            if there is not None:
                _check_same(folder, file, there)
                folder.remove(part_name)
                return self._receipt(session, file, there, was_already_there=True)
            resumed_at = _send(folder, file)
            if (appeared := folder.find(name)) is not None:  # sending may have taken long
                _check_same(folder, file, appeared)
            folder.rename(part_name, name)
            final = folder.find(name)
            if final is None or final.size_bytes != size_bytes:
                raise _differs(name)
            return self._receipt(session, file, final, resumed_at_bytes=resumed_at)

    def fetch_host_key(self) -> HostKey:
        """The key the server shows, for a person to confirm; nobody signs in."""
        with greeted(self.settings, resolve(self.settings, self.egress)) as transport:
            return host_key_of(transport)

    def test(self) -> TransferTest:
        """Every step a delivery takes, with a small file that is removed again."""
        done: list[TransferStep] = []
        shown: object = None
        try:
            self._walk(done)
        except TransferError as error:
            shown = error.extra.get("fingerprint")
            done.append(failed_step(TEST_STEPS[len(done)], error))
        return TransferTest(tuple(done), str(shown) if shown is not None else None)

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
            folder = RemoteFolder(sftp, self.settings.folder)
            folder.check()
            succeed(f"The folder {self.settings.folder} is there.")
            _try_writing(folder)
            succeed("A file was written, read back, renamed and removed.")

    @contextmanager
    def _session(self) -> Iterator[SftpSession]:
        with trusted(self.settings, resolve(self.settings, self.egress)) as (transport, key):
            sign_in(transport, self.settings, self.credentials)
            yield SftpSession(open_sftp(transport, self.settings), key, transport.remote_version)

    def _receipt(
        self,
        session: SftpSession,
        file: _File,
        final: RemoteFile,
        *,
        was_already_there: bool = False,
        resumed_at_bytes: int = 0,
    ) -> TransferReceipt:
        return TransferReceipt(
            server=f"{self.settings.host}:{self.settings.port} ({session.server})",
            host_key_fingerprint=session.host_key.fingerprint,
            remote_path=RemoteFolder(session.sftp, self.settings.folder).path(file.name),
            size_bytes=final.size_bytes,
            sha256=file.sha256,
            remote_modified_at=final.modified_at,
            was_already_there=was_already_there,
            resumed_at_bytes=resumed_at_bytes,
        )


def _send(folder: RemoteFolder, file: _File) -> int:
    """Write and verify the temporary file; where it was continued, in bytes. Raises TransferError."""
    passing = _Passing()
    offset = _continue_at(folder, file, passing)
    free = folder.find_free_bytes()
    if free is not None and free < file.size_bytes - offset:
        raise full(folder.path(""))
    folder.write(file.part_name, passing.through(file.open_source(offset)), offset=offset)
    if passing.size_bytes != file.size_bytes or passing.digest.hexdigest() != file.sha256:
        folder.remove(file.part_name)
        raise faults.ArtifactDiffers(
            f"{file.name} in storage does not have the size and hash it was recorded with; it was not delivered.",
            fix="Produce the artifact again and look for the cause in the storage's log.",
        )
    written = folder.find(file.part_name)
    if written is None or written.size_bytes != file.size_bytes:
        # Writes are pipelined: a full disk shows only now.
        free = folder.find_free_bytes()
        raise full(folder.path("")) if free is not None and free < file.size_bytes else _differs(file.name)
    if folder.sha256(file.part_name, file.size_bytes) != file.sha256:
        folder.remove(file.part_name)
        raise _differs(file.name)
    return offset


def _continue_at(folder: RemoteFolder, file: _File, passing: _Passing) -> int:
    """How many bytes are there already and right; those have then passed through ``passing``."""
    part = folder.find(file.part_name)
    if part is None or not 0 < part.size_bytes <= file.size_bytes:
        return 0
    for piece in _first_bytes(file.open_source(0), part.size_bytes):
        passing.digest.update(piece)
        passing.size_bytes += len(piece)
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


def _check_same(folder: RemoteFolder, file: _File, there: RemoteFile) -> None:
    """A file with the final name must be ours. Raises FileNameTaken."""
    if there.size_bytes == file.size_bytes and folder.sha256(file.name, file.size_bytes) == file.sha256:
        return
    raise faults.FileNameTaken(
        f"{folder.path(file.name)} is already there with other content; it was left as it is.",
        fix="Find out what that file is; move it away, or let the report's file name hold {sequence}.",
    )


def _try_writing(folder: RemoteFolder) -> None:
    content = secrets.token_bytes(_TEST_BYTES)
    name = f".openreg-test-{secrets.token_hex(8)}"
    try:
        folder.write(f"{name}.part", iter([content]), offset=0)
        if folder.sha256(f"{name}.part", _TEST_BYTES) != hashlib.sha256(content).hexdigest():
            raise _differs(name)
        folder.rename(f"{name}.part", name)
    except TransferError:
        with suppress(TransferError):  # what failed first is the reason
            folder.remove(f"{name}.part")
        raise
    folder.remove(name)


def _differs(name: str) -> faults.RemoteFileDiffers:
    return faults.RemoteFileDiffers(
        f"What the server stored of {name} is not what was sent.",
        fix="It is sent again; if it stays so, ask its operator.",
    )
