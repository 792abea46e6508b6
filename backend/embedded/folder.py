"""The data folder of an embedded installation: its paths, its lock and its state file.

``.openreg/`` beside the project holds everything ``make up`` creates; ``OPENREG_DATA_DIR`` names another place.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import backend
from backend.embedded.errors import DataFolderCorrupt, DataFolderInUse, DataFolderUnreachable, DiskFull

DATA_DIR_VARIABLE = "OPENREG_DATA_DIR"
LOOKER_SECONDS = 0.5  # who looks whether a platform runs holds the lock for a moment
_POLL_SECONDS = 0.02
PROJECT_FOLDER = Path(backend.__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Paths below one data folder; nothing is created by naming them."""

    path: Path

    @property
    def logs(self) -> Path:
        """One ``<process>.log`` each."""
        return self.path / "logs"

    @property
    def state_file(self) -> Path:
        """Process ids, ports and addresses; no secrets."""
        return self.path / "state.json"

    @property
    def secrets_file(self) -> Path:
        """Passwords and keys, readable by its owner only."""
        return self.path / "secrets.json"

    @property
    def scratch(self) -> Path:
        """Where runs keep their working files."""
        return self.path / "scratch"

    @property
    def mail_outbox(self) -> Path:
        """Mails as .eml files, when no mail server is configured."""
        return self.path / "outbox"

    @property
    def beat(self) -> Path:
        """Where the scheduler keeps what it has already started."""
        return self.path / "beat"

    def create(self, *, is_shared: bool) -> None:
        """Create the folder; ``is_shared`` lets another account pass through to its own part, never list.

        Raises DataFolderUnreachable, DiskFull.
        """
        try:
            with naming_a_full_disk(self.path):
                self.path.mkdir(parents=True, exist_ok=True)
                self.path.chmod(0o711 if is_shared else 0o700)
                for folder in (self.logs, self.scratch, self.beat):
                    folder.mkdir(mode=0o700, exist_ok=True)
        except PermissionError as error:
            raise DataFolderUnreachable(
                f"{error.filename} belongs to another user.",
                fix=f"Start OpenReg as that user, or name another place with {DATA_DIR_VARIABLE}.",
            ) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Own the data for as long as this process lives. Raises DataFolderInUse.

        The kernel gives the lock back when the process ends, however it ends: a lock file left behind locks nothing.
        """
        with (self.path / "lock").open("a+", encoding="ascii") as file:
            if not acquire_lock(file, timeout_seconds=LOOKER_SECONDS):
                holder = self.find_holder()
                raise DataFolderInUse(
                    f"OpenReg already runs on {self.path}" + (f" (process {holder})." if holder else "."),
                    fix="See it with `openreg status`, end it with `openreg down`, "
                    f"or start this one on other data with {DATA_DIR_VARIABLE}.",
                )
            file.seek(0)
            file.truncate()
            file.write(str(os.getpid()))
            file.flush()
            yield

    def find_holder(self) -> int | None:
        """Process id of the platform that runs on this folder now; None when none does."""
        try:
            with (self.path / "lock").open("r", encoding="ascii") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except OSError:
                    return int(file.read() or 0) or None
        except (OSError, ValueError):
            pass
        return None

    def read_state(self) -> dict[str, object]:
        """What the platform last wrote about itself, empty before the first start. Raises DataFolderCorrupt."""
        return read_document(
            self.state_file, fix=f"Remove {self.state_file}: it holds only ports and process ids, no data."
        )

    def write_state(self, state: Mapping[str, object]) -> None:
        """Replace the state file in one step: a reader sees the old one or the new one."""
        write_document(self.state_file, state)


def acquire_lock(file: IO[str], *, timeout_seconds: float) -> bool:
    """Lock ``file`` for ourselves alone, trying again until the time is over; whether that succeeded."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        else:
            return True


def data_folder(path: Path | None = None) -> DataFolder:
    """The folder given, else ``OPENREG_DATA_DIR``, else ``.openreg`` in the project (or the current folder)."""
    if path is None:
        project = PROJECT_FOLDER if (PROJECT_FOLDER / "pyproject.toml").exists() else Path.cwd()
        path = Path(os.environ.get(DATA_DIR_VARIABLE) or project / ".openreg")
    return DataFolder(path.expanduser().absolute())


def read_document(file: Path, *, fix: str) -> dict[str, object]:
    """A JSON object from ``file``; empty when there is none. Raises DataFolderCorrupt with ``fix``."""
    try:
        document = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataFolderCorrupt(f"{file} cannot be read: {error}.", fix=fix) from error
    if not isinstance(document, dict):
        raise DataFolderCorrupt(f"{file} does not hold what OpenReg wrote.", fix=fix)
    return document


def write_document(file: Path, document: Mapping[str, object]) -> None:
    """Write a JSON object readable by its owner only, all of it or nothing. Raises DiskFull."""
    unfinished = file.with_suffix(".unfinished")
    with naming_a_full_disk(file.parent):
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(document, stream, indent=2)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)


@contextmanager
def naming_a_full_disk(folder: Path) -> Iterator[None]:
    """Turn the system's error about a full disk into ours."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise DiskFull(f"No space is left on the disk of {folder}.", fix="Free some space and start again.") from error
