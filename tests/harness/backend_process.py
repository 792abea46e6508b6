"""A service in a process of its own, as it is deployed, on an installation of a test."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from backend.embedded.ports import free_port

START_SECONDS = 60


@contextmanager
def running_backend(env: dict[str, str], log: Path) -> Iterator[str]:
    """The address of a started backend; it is stopped at the end of the block."""
    with running_service("backend.main:create_app", env, log, free_port()) as address:
        yield address


@contextmanager
def running_service(application: str, env: dict[str, str], log: Path, port: int) -> Iterator[str]:
    """The address of a started application; it is stopped at the end of the block."""
    command = [sys.executable, "-m", "uvicorn", application, "--factory", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env={**os.environ, **env}, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address, log)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(f"{address}/health").raise_for_status()
        except httpx.HTTPError:
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.1)
        else:
            return
