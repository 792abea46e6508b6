"""Ends what a platform leaves behind when it is killed: nothing it started may outlive it.

Run as a file by a bare interpreter in its own session. It reads process ids from its input, one line each; when the
input ends without the word ``done``, the platform died, and every process it started is ended: the ones named, and
all that carry this installation's mark in their environment. The lock it holds tells a new platform to wait.
Arguments: ``<mark> <lock file>``.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import time

MARK_VARIABLE = "OPENREG_INSTANCE"
GRACE_SECONDS = 5.0
POLL_SECONDS = 0.1


def main(arguments: list[str]) -> int:
    """Wait for the end of the platform, then make sure nothing of it is left."""
    mark, lock_file = arguments[1:]
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    with open(lock_file, "a", encoding="ascii") as lock:  # noqa: PTH123 - pathlib costs a third of this process's memory
        fcntl.flock(lock, fcntl.LOCK_EX)
        started: list[int] = []
        for line in sys.stdin:
            if line.strip() == "done":
                return os.EX_OK
            with contextlib.suppress(ValueError):
                started.append(int(line))
        end_leftovers(mark, started)
    return os.EX_OK


def end_leftovers(mark: str, started: list[int]) -> None:
    """Ask the processes to end, wait, kill the rest and whatever carries the mark."""
    leaders = [pid for pid in started if _leads_session(pid)]
    _signal_all(leaders, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(_leads_session(pid) for pid in leaders):
        time.sleep(POLL_SECONDS)
    for pid in leaders:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    while (marked := find_marked(mark)) and time.monotonic() < deadline + GRACE_SECONDS:
        _signal_all(marked, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def find_marked(mark: str) -> list[int]:
    """Processes that inherited the mark, ourselves left out; where there is no /proc, none are found."""
    wanted = f"{MARK_VARIABLE}={mark}".encode()
    found = []
    try:
        names = os.listdir("/proc")  # noqa: PTH208 - see above
    except OSError:
        return []
    for name in names:
        if not name.isdigit() or int(name) == os.getpid():
            continue
        with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as environment:  # noqa: PTH123
            if wanted in environment.read().split(b"\0"):
                found.append(int(name))
    return found


def _leads_session(pid: int) -> bool:
    # Each child leads a session of its own: a process id that was given away again does not.
    try:
        return os.getsid(pid) == pid
    except (ProcessLookupError, PermissionError):
        return False


def _signal_all(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
