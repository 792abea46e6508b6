"""Servers of the demo in processes of their own, which end with the demo however it ends.

A server of ours prints one JSON line when it is ready and stops when its standard input closes, which the kernel
does for a parent that was killed. A foreign program (sshd) is bound to us by the parent-death signal of ``setpriv``.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from backend.demo.errors import DemoServerNotStarted

LOOPBACK: Final = "127.0.0.1"
_READY_SECONDS: Final = 15.0
_STOP_SECONDS: Final = 5.0
# Accounts that may serve when we are root, in this order. ``openreg`` is the embedded platform's; some systems
# declare ``nobody`` locked, and sshd lets no locked account in.
_UNPRIVILEGED: Final = ("openreg", "daemon", "nobody")


def start_module(
    module: str, arguments: Sequence[str], folder: Path | None = None
) -> tuple[subprocess.Popen[bytes], dict[str, object]]:
    """Start a module of ours, found from a folder, and wait for the line that says that it is ready.

    Raises DemoServerNotStarted.
    """
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder
    )
    timer = threading.Timer(_READY_SECONDS, process.kill)
    timer.start()
    try:
        line = process.stdout.readline() if process.stdout else b""
    finally:
        timer.cancel()
    if not line:
        process.kill()
        words = process.stderr.read().decode(errors="replace").strip() if process.stderr else ""
        stop(process)
        raise DemoServerNotStarted(f"{module} did not start: {words.splitlines()[-1] if words else 'it said nothing'}")
    ready: dict[str, object] = json.loads(line)
    return process, ready


def start_program(
    command: Sequence[str],
    log: Path,
    user: tuple[int, int] | None,
    listening: tuple[str, int],
    *,
    ready_seconds: float = _READY_SECONDS,
) -> subprocess.Popen[bytes]:
    """Start a program as ``user`` and wait until it listens at address and port. Raises DemoServerNotStarted."""
    setpriv = shutil.which("setpriv")
    binding = [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
    uid, gid = user or (None, None)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*binding, *command], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            user=uid, group=gid, extra_groups=[] if user else None,
        )  # fmt: skip
    deadline = time.monotonic() + ready_seconds
    while process.poll() is None and time.monotonic() < deadline:
        if is_listening(listening[1], listening[0]):
            return process
        time.sleep(0.05)
    stop(process)
    words = log.read_text(errors="replace").strip().splitlines()
    raise DemoServerNotStarted(f"{command[0]} did not start: {words[-1] if words else 'it said nothing'}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process we started, gently first."""
    if process.stdin is not None:
        process.stdin.close()
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def free_port(address: str = LOOPBACK) -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(port: int, address: str = LOOPBACK) -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((address, port)) == 0


def unprivileged_account() -> pwd.struct_passwd | None:
    """Root never serves strangers: then a server and its one user are an account without rights."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next((known[name] for name in _UNPRIVILEGED if name in known), None)
