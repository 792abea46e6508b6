"""What a process prints: kept in a size-capped file, its end in memory, and echoed to whoever watches."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock, Thread
from typing import IO

MAX_FILE_BYTES = 5_000_000  # then the file becomes <name>.log.1 and a new one begins: at most 10 MB per process
KEPT_LINES = 200
MAX_LINE_BYTES = 64_000


class ProcessOutput:
    """The printed lines of one process, over all its restarts."""

    def __init__(
        self,
        file: Path,
        *,
        echo: Callable[[str], None] | None = None,
        hidden: Iterable[str] = (),
        max_bytes: int = MAX_FILE_BYTES,
    ) -> None:
        """Append to ``file``; ``echo`` is called with each line, from the reading thread.

        ``hidden`` texts (passwords, keys) are cut out of every line before anybody sees it.
        """
        self._hidden = tuple(hidden)
        self._path = file
        self._echo = echo
        self._max_bytes = max_bytes
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._lock = Lock()
        self._reader: Thread | None = None

    def follow(self, stream: IO[bytes]) -> None:
        """Read ``stream`` to its end in the background."""
        with self._lock:
            self._lines.clear()
        self._reader = Thread(target=self._read, args=(stream,), name=f"output of {self._path.stem}", daemon=True)
        self._reader.start()

    def last_lines(self) -> list[str]:
        """The newest lines since the process was last started."""
        with self._lock:
            return list(self._lines)

    def finish(self, timeout_seconds: float = 2.0) -> None:
        """Wait until the lines of an ended process are all taken in."""
        if self._reader is not None:
            self._reader.join(timeout_seconds)

    def _read(self, stream: IO[bytes]) -> None:
        file = _CappedFile(self._path, self._max_bytes)
        with stream:
            while raw := stream.readline(MAX_LINE_BYTES):
                line = self._without_secrets(raw.decode("utf-8", "replace").rstrip("\n"))
                with self._lock:
                    self._lines.append(line)
                file.append(line)
                if self._echo is not None:
                    self._echo(line)
        file.close()

    def _without_secrets(self, line: str) -> str:
        for secret in self._hidden:
            line = line.replace(secret, "[hidden]")
        return line


class _CappedFile:
    """A log that starts over when it is full and never stops the process that prints."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._file: IO[str] | None = None

    def append(self, line: str) -> None:
        # Whatever happens to the file, the pipe is read on: the lines are still in memory and on the screen.
        with contextlib.suppress(OSError):
            if self._file is None:
                self._file = self._path.open("a", encoding="utf-8", buffering=1)
            elif self._file.tell() > self._max_bytes:
                self.close()
                self._path.replace(self._path.with_suffix(".log.1"))
                self._file = self._path.open("a", encoding="utf-8", buffering=1)
            self._file.write(line + "\n")

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
