"""What a transfer is, whatever the protocol: exactly one visible file with the right content, or a reason.

A transfer may be killed at any byte and be tried again. It writes under a temporary name, verifies what arrived
by reading it back, and only then makes the file visible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from backend.services.transfer.faults import DestinationCertificateChanged, FileNameInvalid, TransferError

OpenSource = Callable[[int], Iterator[bytes]]
"""Opens the artifact at an offset in bytes and gives its pieces in order."""

MAX_NAME_LENGTH = 200


class TransferKind(StrEnum):
    """Kinds of destination; a kind appears here together with its code."""

    SFTP = "sftp"
    FTP = "ftp"
    S3 = "s3"
    EMAIL = "email"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class TransferReceipt:
    """Proof of what is at the destination: size and SHA-256 were read back from there."""

    server: str
    host_key_fingerprint: str | None
    remote_path: str
    size_bytes: int
    sha256: str
    remote_modified_at: datetime | None
    was_already_there: bool = False
    resumed_at_bytes: int = 0
    #: SHA-256 of the certificate the server showed, in pairs of hex digits; None without TLS.
    certificate_fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class TransferStep:
    """One step of a destination's test."""

    name: str
    ok: bool
    message: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class TransferTest:
    """The steps made, in order, up to the first that failed."""

    steps: tuple[TransferStep, ...]
    #: What the server showed, where it is not the confirmed one.
    unconfirmed_host_key: str | None = None
    unconfirmed_certificate: str | None = None

    @property
    def ok(self) -> bool:
        """Whether every step succeeded."""
        return all(step.ok for step in self.steps)


class Transfer(Protocol):
    """A destination behind one set of settings and credentials. All calls block."""

    def deliver(
        self, open_source: OpenSource, *, name: str, size_bytes: int, sha256: str, delivery_id: str
    ) -> TransferReceipt:
        """Bring the file there under ``name``; safe to repeat after any failure. Raises TransferError."""
        ...

    def test(self) -> TransferTest:
        """Try every step a delivery takes; leaves nothing behind and never raises for a destination that fails."""
        ...


def check_name(name: str) -> str:
    """A file name without a path. Raises FileNameInvalid."""
    is_path = name in {"", ".", ".."} or any(character in name for character in "/\\\x00") or not name.isprintable()
    if is_path or len(name.encode()) > MAX_NAME_LENGTH:
        raise FileNameInvalid(f"{name!r} is not a file name.", fix="Use letters, digits, dot, hyphen and underscore.")
    return name


def temporary_name(name: str, delivery_id: str) -> str:
    """Where a delivery writes before its file is complete; the same for every attempt of one delivery."""
    return f".{name}.{check_name(delivery_id)}.part"


def tested(names: Sequence[str], walk: Callable[[list[TransferStep]], None]) -> TransferTest:
    """What a walk over the steps of these names found; it adds those that succeeded and raises TransferError.

    What a server showed that is not confirmed is told, for a person to compare.
    """
    done: list[TransferStep] = []
    try:
        walk(done)
    except TransferError as error:
        done.append(failed_step(names[len(done)], error))
        shown = error.extra.get("fingerprint")
        fingerprint = str(shown) if shown is not None else None
        is_certificate = isinstance(error, DestinationCertificateChanged)
        return TransferTest(
            tuple(done), None if is_certificate else fingerprint, fingerprint if is_certificate else None
        )
    return TransferTest(tuple(done))


def failed_step(name: str, error: TransferError) -> TransferStep:
    """A failed step with the reason and the next step of an error."""
    return TransferStep(name, ok=False, message=error.message, fix=error.fix)
