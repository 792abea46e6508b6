"""Senders in processes of their own, to be killed at a byte."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Senders:
    """Processes that deliver one file each, and are killed on the way."""

    running: "subprocess.Popen[str]"
    read_bytes: int = 0
    """How much of its source the last one had read when it ended."""

    @classmethod
    @contextmanager
    def started(cls, program: str) -> Iterator["Senders"]:
        """``program`` as in ``tests.services.destinations``; it is started once for many senders."""
        with subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as running:
            yield cls(running)
            running.kill()

    def kill_at(self, order: str, target_bytes: int) -> bool:
        """Start one and kill it when so much of the source was read; whether it was still at work."""
        sender, sent, said = self._start(order), 0, ""
        while sent <= target_bytes and (said := self._hear()) != "ended":
            sent += int(said)
        was_killed = said != "ended"
        if was_killed:
            os.kill(sender, signal.SIGKILL)
            while (said := self._hear()) != "ended":
                sent += int(said)
        self.read_bytes = sent
        return was_killed

    @contextmanager
    def at_work(self, order: str) -> Iterator[int]:
        """The number of the process that sends; whoever asked ends it, and leaves when it has ended."""
        yield self._start(order)
        while self._hear() != "ended":
            pass

    def _start(self, order: str) -> int:
        assert self.running.stdin is not None
        self.running.stdin.write(order)
        self.running.stdin.flush()
        return int(self._hear())

    def _hear(self) -> str:
        assert self.running.stdout is not None
        return self.running.stdout.readline().strip()
