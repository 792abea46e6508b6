"""Stopping a platform from another terminal, and removing its data."""

from __future__ import annotations

import os
import shutil
import signal
import time

from backend.embedded.errors import DataFolderInUse, EmbeddedError
from backend.embedded.folder import DataFolder
from backend.embedded.reach import list_outside_homes

STOP_TIMEOUT_SECONDS = 15.0
_POLL_SECONDS = 0.05


def stop_platform(folder: DataFolder) -> bool:
    """Ask the platform on ``folder`` to stop and wait for its end; False when none runs. Raises EmbeddedError."""
    pid = folder.find_holder()
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError as error:
        raise EmbeddedError(
            f"The platform (process {pid}) was started by another user.", fix="Stop it as that user."
        ) from error
    except ProcessLookupError:
        return False
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while folder.find_holder() is not None:
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"The platform (process {pid}) did not stop within {STOP_TIMEOUT_SECONDS:.0f} s.",
                fix=f"Kill it with `kill -9 {pid}`: nothing it started outlives it, and no committed data is lost.",
            )
        time.sleep(_POLL_SECONDS)
    return True


def remove_data(folder: DataFolder) -> None:
    """Remove the data folder and what lies outside it. Raises DataFolderInUse while a platform runs."""
    if (pid := folder.find_holder()) is not None:
        raise DataFolderInUse(f"OpenReg runs on {folder.path} (process {pid}).", fix="Stop it first: `openreg down`.")
    for home in list_outside_homes(folder.path):
        shutil.rmtree(home)
    if folder.path.exists():
        shutil.rmtree(folder.path)
