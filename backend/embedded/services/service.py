"""What the embedded servers have in common: prepare, start, become ready, stop."""

from __future__ import annotations

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from backend.embedded.account import ServiceAccount
from backend.embedded.child import start_child, stop_child
from backend.embedded.disk import refuse_full_disk, says_disk_is_full
from backend.embedded.errors import DiskFull, EmbeddedError, ServiceNotStarted, with_last_lines
from backend.embedded.output import ProcessOutput
from backend.embedded.ports import free_port

START_ATTEMPTS = 3  # a free port can be taken by somebody else between our look and the server's bind
POLL_SECONDS = 0.02
READY_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where and as whom a server runs.

    ``folder`` is created on the first start; ``port`` is used when it is still free.
    """

    folder: Path
    output: ProcessOutput
    account: ServiceAccount | None = None
    port: int | None = None


class EmbeddedService(ABC):
    """A server on a free loopback port with its data under one folder."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    death_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, placement: Placement) -> None:
        """Nothing is touched before ``start``."""
        self.folder = placement.folder
        self.account = placement.account
        self._output = placement.output
        self._preferred_port = placement.port
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._is_asked = False

    @property
    def port(self) -> int:
        """The port the server listens on. Raises ServiceNotStarted before the first start."""
        if self._port is None:
            raise ServiceNotStarted(f"{self.name} has not been started.")
        return self._port

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The running server, None before the start and after the stop."""
        return self._process

    def start(self, timeout_seconds: float = READY_TIMEOUT_SECONDS) -> None:
        """Start the server and wait until it answers.

        Raises ServiceNotStarted, DiskFull, DataFolderCorrupt, DataFolderFromOtherVersion.
        """
        refuse_full_disk(self.folder)
        self.prepare()
        for attempt in range(1, START_ATTEMPTS + 1):
            self._port = free_port(self._preferred_port)
            self._is_asked = False
            self._process = start_child(
                self.command(),
                folder=self.folder,
                environment=self.environment(),
                output=subprocess.PIPE,
                account=self.account,
                death_signal=self.death_signal,
            )
            if self._process.stdout is not None:
                self._output.follow(self._process.stdout)
            if self._becomes_ready(self._process, timeout_seconds):
                return
            self._output.finish()
            if attempt == START_ATTEMPTS or not self._is_port_lost():
                break
            self._preferred_port = None
        lines = self._output.last_lines()
        self.stop()
        raise self._reason(lines)

    def ask_to_stop(self) -> None:
        """Ask once, without waiting."""
        if self._process is not None and self._process.poll() is None and not self._is_asked:
            self._process.send_signal(self.stop_signal)
            self._is_asked = True

    def stop(self, timeout_seconds: float = STOP_TIMEOUT_SECONDS) -> None:
        """End the server; it is killed when it does not end by itself in time."""
        self.ask_to_stop()
        if self._process is not None:
            stop_child(self._process, stop_signal=None, timeout_seconds=max(0.0, timeout_seconds))
            self._output.finish()
            self._process = None

    def environment(self) -> dict[str, str]:
        """The server's whole environment: nothing of ours leaks into it."""
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C", "TZ": "UTC"}

    @abstractmethod
    def prepare(self) -> None:
        """Create or check the data folder before a start."""

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments; secrets are never among them."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server answers to our credentials."""

    @abstractmethod
    def explain(self, lines: list[str]) -> EmbeddedError | None:
        """What the printed lines say about a start that failed, where they say more than that."""

    def _becomes_ready(self, process: subprocess.Popen[bytes], timeout_seconds: float) -> bool:
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                return False
            if self.is_ready():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def _is_port_lost(self) -> bool:
        return any("address already in use" in line.lower() for line in self._output.last_lines())

    def _reason(self, lines: list[str]) -> EmbeddedError:
        if says_disk_is_full(lines):
            return DiskFull(
                f"{self.name} could not start: no space is left on the disk of {self.folder}.",
                fix="Free some space and start again; nothing is lost.",
            )
        return self.explain(lines) or ServiceNotStarted(
            with_last_lines(f"{self.name} did not become ready.", lines),
            fix="Read the lines above; `make clean-data` starts over with empty data.",
        )
