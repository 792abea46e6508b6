"""Showing the log files of the platform, also while it runs in another terminal."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from backend.embedded.console import PlatformConsole
from backend.embedded.errors import PlatformNotRunning
from backend.embedded.folder import DataFolder

_POLL_SECONDS = 0.2


def show_logs(folder: DataFolder, console: PlatformConsole, *, process: str | None, lines: int, follow: bool) -> None:
    """Print the last ``lines`` lines of one process or of each, then new ones as they come when ``follow`` is set.

    Raises PlatformNotRunning when there is no such log.
    """
    tails = [_Tail(file, console.line_printer(file.stem)) for file in _files(folder, process)]
    for tail in tails:
        tail.show_end(lines)
    while follow:
        time.sleep(_POLL_SECONDS)
        for tail in tails:
            tail.show_new()


def _files(folder: DataFolder, process: str | None) -> list[Path]:
    files = sorted(folder.logs.glob("*.log"))
    if process is None and files:
        return files
    chosen = [file for file in files if file.stem == process]
    if chosen:
        return chosen
    names = ", ".join(file.stem for file in files)
    raise PlatformNotRunning(
        f"There is no log of {process}." if process else f"There are no logs in {folder.logs}.",
        fix=f"Choose one of: {names}." if names else "Start OpenReg with `make up`.",
    )


class _Tail:
    """One file, read from where it was left; a file that was started over is read from its beginning."""

    def __init__(self, file: Path, show: Callable[[str], None]) -> None:
        self._file = file
        self._show = show
        self._position = 0

    def show_end(self, lines: int) -> None:
        with self._file.open("rb") as stream:
            for line in deque(stream, maxlen=lines):
                self._show(line.decode("utf-8", "replace").rstrip("\n"))
            self._position = stream.tell()

    def show_new(self) -> None:
        try:
            if self._file.stat().st_size < self._position:
                self._position = 0
            with self._file.open("rb") as stream:
                stream.seek(self._position)
                for line in stream:
                    if not line.endswith(b"\n"):
                        break  # half a line: the rest comes with the next look
                    self._position += len(line)
                    self._show(line.decode("utf-8", "replace").rstrip("\n"))
        except FileNotFoundError:
            self._position = 0
