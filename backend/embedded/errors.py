"""What can go wrong when OpenReg runs its own services; every message names the fix.

EmbeddedError
├── ProgramMissing           a wheel that carries a server is not installed
├── DiskFull                 no room for the data
├── DataFolderCorrupt        the data folder is not what a server left behind
├── DataFolderFromOtherVersion
├── DataFolderEmpty          nothing was ever installed there
├── DataFolderInUse          a second platform on the same data
├── DataFolderUnreachable    the unprivileged account cannot enter the folder
├── PortTaken                an address the platform needs belongs to somebody else
├── ServiceNotStarted        a server ended, or did not answer, while starting
├── CommandFailed            migrate or seed refused
├── ProcessEnded             a process of the platform died
└── PlatformNotRunning       a command needs the platform, and none runs
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class EmbeddedError(OpenRegError):
    """The embedded platform cannot go on."""

    code: ClassVar[str] = "embedded_platform_failed"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


class ProgramMissing(EmbeddedError):
    """A server program is not installed in this environment."""

    code: ClassVar[str] = "program_missing"


class DiskFull(EmbeddedError):
    """There is not enough free disk space for the data folder."""

    code: ClassVar[str] = "disk_full"


class DataFolderCorrupt(EmbeddedError):
    """The data folder is damaged."""

    code: ClassVar[str] = "data_folder_corrupt"


class DataFolderFromOtherVersion(EmbeddedError):
    """The data folder was written by another version of a server."""

    code: ClassVar[str] = "data_folder_from_other_version"


class DataFolderEmpty(EmbeddedError):
    """No installation lies in this data folder."""

    code: ClassVar[str] = "data_folder_empty"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class DataFolderInUse(EmbeddedError):
    """Another platform runs on this data folder."""

    code: ClassVar[str] = "data_folder_in_use"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class DataFolderUnreachable(EmbeddedError):
    """The account that runs the services cannot reach the data folder."""

    code: ClassVar[str] = "data_folder_unreachable"


class PortTaken(EmbeddedError):
    """A port the platform needs is taken."""

    code: ClassVar[str] = "port_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ServiceNotStarted(EmbeddedError):
    """A server did not become ready."""

    code: ClassVar[str] = "service_not_started"


class CommandFailed(EmbeddedError):
    """A command that prepares the platform failed."""

    code: ClassVar[str] = "command_failed"


class ProcessEnded(EmbeddedError):
    """A process of the platform ended unexpectedly."""

    code: ClassVar[str] = "process_ended"


class PlatformNotRunning(EmbeddedError):
    """No platform runs on this data folder."""

    code: ClassVar[str] = "platform_not_running"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


def with_last_lines(sentence: str, lines: Sequence[str], *, at_most: int = 12) -> str:
    """``sentence`` followed by the end of a log, so that the reason is on the screen and not only in a file."""
    kept = [line.rstrip() for line in lines if line.strip()][-at_most:]
    if not kept:
        return sentence
    return sentence + " Its last lines:\n" + "\n".join(f"  | {line}" for line in kept)
