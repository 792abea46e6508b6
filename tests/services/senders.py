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
        assert self.running.stdin is not None
        assert self.running.stdout is not None
        self.running.stdin.write(order)
        self.running.stdin.flush()
        sender, sent, said = int(self.running.stdout.readline()), 0, ""
        while sent <= target_bytes and (said := self.running.stdout.readline().strip()) != "ended":
            sent += int(said)
        if said == "ended":
            return False
        os.kill(sender, signal.SIGKILL)
        while self.running.stdout.readline().strip() != "ended":
            pass
        return True
