"""Our side of the watchdog: started before anything else, told of every process, dismissed at the end."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

from backend.embedded import watchdog
from backend.embedded.errors import DataFolderInUse
from backend.embedded.folder import acquire_lock

WAIT_SECONDS = 15.0


class Guardian:
    """The watchdog process of one platform."""

    def __init__(self, lock_file: Path, mark: str) -> None:
        """``mark`` is carried by the environment of every process of ours."""
        self._lock_file = lock_file
        self._mark = mark
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Wait until the watchdog of a killed platform has done its work, then start ours. Raises DataFolderInUse."""
        self._wait_for_former()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", watchdog.__file__, self._mark, str(self._lock_file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # it may outlive us: nobody should wait for the end of our output
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def watch(self, pid: int) -> None:
        """Make sure that ``pid`` does not outlive us."""
        self._tell(str(pid))

    def dismiss(self) -> None:
        """Everything has been stopped: kill what still carries the mark, and let the watchdog go."""
        if self._process is None:
            return
        watchdog.end_leftovers(self._mark, [])
        self._tell("done")
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._process.wait(WAIT_SECONDS)
        self._process = None

    def _tell(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            # Without its watchdog the platform still works, and its children are bound to it by the kernel.
            with contextlib.suppress(OSError):
                self._process.stdin.write(f"{line}\n".encode())
                self._process.stdin.flush()

    def _wait_for_former(self) -> None:
        with self._lock_file.open("a", encoding="ascii") as lock:
            if not acquire_lock(lock, timeout_seconds=WAIT_SECONDS):
                raise DataFolderInUse(
                    "Processes of a platform that was killed are still being ended.",
                    fix="Wait a moment and start again.",
                )
