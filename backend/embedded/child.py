"""One child process: its own session, bound to our life, ended with its whole process group."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from backend.embedded import launch
from backend.embedded.account import ServiceAccount


def start_child(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    output: int | IO[bytes],
    account: ServiceAccount | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in ``folder`` with exactly ``environment``; ``output`` gets both of its streams.

    The child leads its own session, so a Ctrl-C typed at the terminal reaches only us, and gets ``death_signal``
    when we end for whatever reason. Must be called from the main thread: the kernel binds a child to the thread
    that created it.
    """
    uid, gid = (str(account.uid), str(account.gid)) if account else ("-", "-")
    return subprocess.Popen(
        [
            *(sys.executable, "-I", "-S", launch.__file__),
            *(str(os.getpid()), str(int(death_signal)), uid, gid),
            *command,
        ],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def stop_child(process: subprocess.Popen[bytes], *, stop_signal: signal.Signals | None, timeout_seconds: float) -> bool:
    """Ask (None: that has been done), wait, kill the process group. True when the child ended by being asked."""
    if stop_signal is not None and process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(stop_signal)
    try:
        process.wait(timeout_seconds)
        asked = True
    except subprocess.TimeoutExpired:
        asked = False
    # The group outlives its leader when the leader left children behind.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return asked
