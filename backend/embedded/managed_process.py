"""One process of the platform: started, watched, started again within limits, stopped."""

from __future__ import annotations

import http.client
import signal
import subprocess
import time
from collections import deque
from collections.abc import Mapping

from backend.embedded.child import start_child, stop_child
from backend.embedded.errors import ProcessEnded, with_last_lines
from backend.embedded.folder import PROJECT_FOLDER
from backend.embedded.output import ProcessOutput
from backend.embedded.plan import ProcessSpec
from backend.embedded.ports import LOOPBACK

MAX_RESTARTS = 3
RESTART_WINDOW_SECONDS = 60.0
READY_WORDS_SECONDS = 20.0  # a worker that lives that long works, even where its log level hides the words
_READY_ANSWER_SECONDS = 3.0


class ManagedProcess:
    """A ``ProcessSpec`` at run time."""

    def __init__(self, spec: ProcessSpec, environment: Mapping[str, str], output: ProcessOutput) -> None:
        """Nothing is started yet."""
        self.spec = spec
        self._environment = environment
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None
        self._restarted_at: deque[float] = deque(maxlen=MAX_RESTARTS)
        self._started_at = 0.0
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """Process id while it has been started."""
        return self._process.pid if self._process else None

    @property
    def has_ended(self) -> bool:
        """Whether it was started and is no longer there."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> int:
        """Start it and return its process id."""
        self._process = start_child(
            self.spec.command,
            folder=PROJECT_FOLDER,
            environment=self._environment,
            output=subprocess.PIPE,
            death_signal=signal.SIGKILL,
        )
        self._started_at = time.monotonic()
        if self._process.stdout is not None:
            self._output.follow(self._process.stdout)
        return self._process.pid

    def restart(self) -> int:
        """Start it again after its death. Raises ProcessEnded when it may not be, or died too often."""
        now = time.monotonic()
        is_exhausted = len(self._restarted_at) == MAX_RESTARTS and now - self._restarted_at[0] < RESTART_WINDOW_SECONDS
        if not self.spec.restarts or is_exhausted:
            raise self.ended()
        self._restarted_at.append(now)
        self.restarts += 1
        return self.start()

    def is_ready(self) -> bool:
        """Whether it does its work now. Raises ProcessEnded when it has died while starting."""
        if self.has_ended:
            raise self.ended()
        if self.spec.port is not None:
            return answers_ready(self.spec.port)
        words = self.spec.ready_words
        if words is None or time.monotonic() - self._started_at > READY_WORDS_SECONDS:
            return True
        return any(words in line for line in self._output.last_lines())

    def ask_to_stop(self) -> None:
        """Send SIGTERM without waiting, so that all processes end at the same time."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def stop(self, timeout_seconds: float) -> None:
        """Wait for its end after ``ask_to_stop``, then kill what is left of it."""
        if self._process is not None:
            stop_child(self._process, stop_signal=None, timeout_seconds=max(0.0, timeout_seconds))
            self._output.finish(0.5)

    def ended(self) -> ProcessEnded:
        """The error that says how it died and what it said last."""
        self._output.finish()
        status = self._process.poll() if self._process else None
        how = f"was ended by signal {-status}" if status is not None and status < 0 else f"ended with status {status}"
        often = f" {MAX_RESTARTS} times within a minute" if self.spec.restarts and self.restarts else ""
        return ProcessEnded(
            with_last_lines(f"The process {self.spec.name} {how}{often}.", self._output.last_lines()),
            fix=f"All of it: `openreg logs {self.spec.name}`. When the reason is removed, start again.",
        )


def answers_ready(port: int) -> bool:
    """Whether ``GET /ready`` on loopback ``port`` answers 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_READY_ANSWER_SECONDS)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
