"""A platform under test in a process of its own: started, waited for, signalled, searched for leftovers."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from backend.embedded.ports import free_port


@dataclass
class PlatformRun:
    """One start of the supervisor over stand-in processes."""

    data_dir: Path
    process: subprocess.Popen[bytes]
    screen: Path
    api_port: int
    external_port: int

    @property
    def text(self) -> str:
        """What has been on the screen until now."""
        return self.screen.read_text("utf-8")

    @property
    def state(self) -> dict:
        return json.loads((self.data_dir / "state.json").read_text("utf-8"))

    @property
    def secrets(self) -> dict[str, str]:
        return json.loads((self.data_dir / "secrets.json").read_text("utf-8"))

    @property
    def mark(self) -> str:
        """What every process of this platform carries in its environment."""
        return self.secrets["installation_id"]

    def pids(self) -> list[int]:
        """Every process below the supervisor now."""
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def wait_for(self, words: str, timeout_seconds: float = 60) -> None:
        """Wait until the words are on the screen."""
        deadline = time.monotonic() + timeout_seconds
        while words not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < deadline, self.text
            time.sleep(0.02)

    def wait_until_running(self) -> "PlatformRun":
        self.wait_for("`openreg down`")  # the last row of the table
        return self

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)


def start_platform(data_dir: Path, *kinds: str, ports: tuple[int, int] | None = None) -> PlatformRun:
    """Start a platform; it may still be starting when this returns."""
    api_port, external_port = ports or (free_port(), free_port())
    screen = data_dir.with_suffix(f".screen{time.monotonic_ns()}")
    command = [
        sys.executable,
        "-m",
        "tests.services.stand_in_platform",
        str(data_dir),
        str(api_port),
        str(external_port),
    ]
    with screen.open("wb") as output:
        process = subprocess.Popen(
            [*command, *kinds],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    return PlatformRun(data_dir, process, screen, api_port, external_port)


def alive(pids: list[int]) -> list[int]:
    """Those that still run; a zombie waiting for its parent does not."""
    found = []
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
        except psutil.NoSuchProcess:
            continue
    return found
