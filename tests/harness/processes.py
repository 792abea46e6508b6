"""The processes of a deployment, each with its log, on an installation of a test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from backend.embedded.ports import LOOPBACK

ROOT = Path(__file__).resolve().parents[2]
_CELERY = (sys.executable, "-m", "celery", "-A", "backend.tasks.app")
_STOP_SECONDS = 30


def api_command(factory: str, port: int) -> tuple[str, ...]:
    """One of the two services."""
    place = ("--host", LOOPBACK, "--port", str(port), "--no-proxy-headers")
    return (sys.executable, "-m", "uvicorn", factory, "--factory", *place)


def worker_command() -> tuple[str, ...]:
    """A worker of every queue."""
    return (*_CELERY, "worker", "-c", "2", "-Q", "runs,delivery,webhooks,maintenance", "--without-mingle")


def beat_command(schedule: Path) -> tuple[str, ...]:
    """The scheduler."""
    return (*_CELERY, "beat", "-s", str(schedule), "--pidfile=")


@contextmanager
def running(command: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process and those it starts, for the length of the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **env},
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
