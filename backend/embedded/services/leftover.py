"""A PostgreSQL server that outlived the platform that started it."""

from __future__ import annotations

from pathlib import Path

import psutil

STOP_TIMEOUT_SECONDS = 10


def end_leftover_server(cluster: Path) -> None:
    """End a postmaster that still runs on ``cluster``; forget a lock file whose process id means somebody else now.

    Called under the lock of the data folder, so no other platform of ours can own that server. A process id may
    have been given to another program since, after a restart of the machine for instance; PostgreSQL would then
    refuse to start for ever.
    """
    lock_file = cluster / "postmaster.pid"
    try:
        pid = int(lock_file.read_text("utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return
    server = _find_server(pid, cluster)
    if server is None:
        lock_file.unlink(missing_ok=True)
        return
    server.terminate()
    psutil.wait_procs([server], timeout=STOP_TIMEOUT_SECONDS)
    if server.is_running():
        server.kill()


def _find_server(pid: int, cluster: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        is_server = process.name() == "postgres" and Path(process.cwd()) == cluster
    except (psutil.Error, OSError):
        return None
    return process if is_server else None
