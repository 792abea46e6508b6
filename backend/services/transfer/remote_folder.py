"""What a delivery needs of a folder at a server, whatever the protocol."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backend.services.transfer import faults


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """Size and time of change of a file at the server."""

    size_bytes: int
    modified_at: datetime | None


class RemoteFolder(Protocol):
    """The folder of a destination, and what is done in it. Every method raises TransferError."""

    def path(self, name: str) -> str:
        """A file's path in the folder."""
        ...

    def check(self) -> None:
        """Raises DestinationFolderMissing when the folder is not there."""
        ...

    def find(self, name: str) -> RemoteFile | None:
        """A file of the folder, None when it is not there."""
        ...

    def sha256(self, name: str, size_bytes: int) -> str:
        """Hash of the first ``size_bytes`` bytes of a file, read from the server."""
        ...

    def write(self, name: str, pieces: Iterable[bytes], *, offset: int) -> None:
        """Write a file from ``offset`` on; from 0 whatever was there is replaced."""
        ...

    def rename(self, name: str, to: str) -> None:
        """Make a file visible under its final name in one step."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""
        ...

    def find_free_bytes(self) -> int | None:
        """Room in the folder, None where the server does not tell."""
        ...


def lost() -> faults.DestinationConnectionLost:
    """The connection ended on the way."""
    return faults.DestinationConnectionLost(
        "The connection to the destination broke off.", fix="It is tried again; what was sent so far is used."
    )


def full(folder: str) -> faults.DestinationFull:
    """No room for the file."""
    return faults.DestinationFull(
        f"The server has no room left in {folder}.", fix="Ask the server's operator to make room; it is tried again."
    )


def folder_missing(folder: str) -> faults.DestinationFolderMissing:
    """The folder of the destination is not there."""
    return faults.DestinationFolderMissing(
        f"The folder {folder} is not there.", fix="Create it, or correct the destination's folder."
    )


def file_missing(path: str) -> faults.RemoteFileMissing:
    """A file that was listed is gone."""
    return faults.RemoteFileMissing(
        f"{path} is not there.", fix="Somebody may have moved it away; the folder is looked through again."
    )


def timed_out(action: str) -> faults.DestinationTimedOut:
    """The server fell silent while something was done."""
    return faults.DestinationTimedOut(
        f"The server stopped answering (while OpenReg tried to {action}).", fix="It is tried again."
    )


def denied(action: str, folder: str) -> faults.DestinationPermissionDenied:
    """The server has no right for this user."""
    return faults.DestinationPermissionDenied(
        f"The server does not let this user {action} in {folder}.",
        fix="Ask the server's operator for the right to read, write and rename there.",
    )


def refused(action: str, reason: str) -> faults.DestinationRefused:
    """The server said no without a reason known here."""
    return faults.DestinationRefused(
        f"The server refused to {action}: {reason or 'no reason given'}.",
        fix="Ask the server's operator what its log says; it is tried again.",
    )


def differs(name: str) -> faults.RemoteFileDiffers:
    """What was read back is not what was sent."""
    return faults.RemoteFileDiffers(
        f"What the server stored of {name} is not what was sent.",
        fix="It is sent again; if it stays so, ask its operator.",
    )


def name_taken(path: str) -> faults.FileNameTaken:
    """Another file has the final name."""
    return faults.FileNameTaken(
        f"{path} is already there with other content; it was left as it is.",
        fix="Find out what that file is; move it away, or let the report's file name hold {sequence}.",
    )


def artifact_differs(name: str) -> faults.ArtifactDiffers:
    """The artifact in our own storage is not the one that was recorded."""
    return faults.ArtifactDiffers(
        f"{name} in storage does not have the size and hash it was recorded with; it was not delivered.",
        fix="Produce the artifact again and look for the cause in the storage's log.",
    )
