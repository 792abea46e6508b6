"""Secrets that the operator keeps outside of the database: variables of the process, and one folder of files."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from pydantic import SecretStr

from backend.core.errors import ErrorKind, OpenRegError

#: A private key with a long certificate is some 10 KiB.
_MAX_BYTES: Final = 64 * 1024
_OPEN: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class KeptSecretUnfit(OpenRegError):
    """A file of the folder of secrets is not one that can be trusted."""

    code: ClassVar[str] = "kept_secret_unfit"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class KeptSecrets:
    """Reads them anew each time: whoever changes a file need not tell us."""

    variables: Mapping[str, SecretStr] = field(default_factory=dict)
    folder: Path | None = None

    def find_variable(self, name: str) -> str | None:
        """The value of a variable, or None."""
        value = self.variables.get(name)
        return value.get_secret_value() if value is not None else None

    def find_file(self, name: str) -> str | None:
        """The text of a file of the folder without the end of its last line, or None. Raises KeptSecretUnfit."""
        return _read(self.folder, name) if self.folder is not None else None


def _read(folder: Path, name: str) -> str | None:
    try:
        root = folder.resolve(strict=True)
        path = (root / name).resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    # Kubernetes reaches its files by links within the folder; a link that leads out of it is nobody's secret.
    if not path.is_relative_to(root):
        raise _unfit(name, "it leads out of the folder")
    try:
        descriptor = os.open(path, _OPEN)
    except OSError:
        return None
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise _unfit(name, "it is not a file")
        # Docker and Kubernetes make files that all may read; whoever may write one could send another secret.
        if state.st_mode & stat.S_IWOTH:
            raise _unfit(name, "everybody may change it")
        content = os.read(descriptor, _MAX_BYTES + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    if len(content) > _MAX_BYTES:
        raise _unfit(name, f"it is longer than {_MAX_BYTES} bytes")
    try:
        return content.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise _unfit(name, "it is not text") from error


def _unfit(name: str, reason: str) -> KeptSecretUnfit:
    return KeptSecretUnfit(f"The file {name} is not used: {reason}.", fix="Ask the operator to correct the file.")
