"""The embedded platform as other commands see it: is it running, where, and start one for the length of a block."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from backend.embedded.child import start_child, stop_child
from backend.embedded.errors import ServiceNotStarted, with_last_lines
from backend.embedded.folder import PROJECT_FOLDER, DataFolder, data_folder
from backend.embedded.output import ProcessOutput
from backend.embedded.plan import API_PORT, EXTERNAL_API_PORT
from backend.embedded.ports import LOOPBACK, free_port
from backend.embedded.secrets import open_secrets
from backend.embedded.services.postgresql import SUPERUSER, PostgresqlServer
from backend.embedded.state import Stage

START_TIMEOUT_SECONDS = 300.0
STOP_TIMEOUT_SECONDS = 15.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, repr=False)
class PlatformState:
    """A running platform. Addresses have no path; ``postgres_superuser_dsn`` is a ``postgresql://`` URL."""

    pid: int
    data_dir: Path
    api_url: str
    external_api_url: str
    admin_email: str
    admin_password: str
    author_email: str
    author_password: str
    approver_email: str
    approver_password: str
    postgres_superuser_dsn: str


def running_platform(data_dir: Path | None = None) -> PlatformState | None:
    """The platform that runs on ``data_dir`` and is ready, None when none is."""
    folder = data_folder(data_dir)
    pid = folder.find_holder()
    if pid is None:
        return None
    state = folder.read_state()
    if state.get("stage") != Stage.RUNNING or state.get("pid") != pid:
        return None
    known = open_secrets(folder, has_data=True)
    ports = state["service_ports"]
    port = ports[PostgresqlServer.name] if isinstance(ports, dict) else 0
    return PlatformState(
        pid=pid,
        data_dir=folder.path,
        api_url=str(state["api_url"]),
        external_api_url=str(state["external_api_url"]),
        admin_email=known.administrator_email,
        admin_password=known.administrator_password,
        author_email=known.author_email,
        author_password=known.author_password,
        approver_email=known.approver_email,
        approver_password=known.approver_password,
        postgres_superuser_dsn=(
            f"postgresql://{SUPERUSER}:{quote(known.postgresql_superuser, safe='')}@{LOOPBACK}:{port}/postgres"
        ),
    )


@contextmanager
def started_platform(data_dir: Path | None = None) -> Iterator[PlatformState]:
    """A platform of its own process for the length of the block; free ports are chosen when the usual are taken.

    Raises ServiceNotStarted with the platform's own last words. Must be entered in the main thread.
    """
    folder = data_folder(data_dir)
    folder.logs.mkdir(parents=True, exist_ok=True)
    output = ProcessOutput(folder.logs / "up.log")
    command = [sys.executable, "-m", "backend.cli", "up", "--quiet"]
    ports = ["--port", str(free_port(API_PORT)), "--external-port", str(free_port(EXTERNAL_API_PORT))]
    process = start_child(
        [*command, "--data-dir", str(folder.path), *ports],
        folder=PROJECT_FOLDER,
        environment=os.environ,
        output=subprocess.PIPE,
        death_signal=signal.SIGTERM,
    )
    if process.stdout is not None:
        output.follow(process.stdout)
    try:
        yield _wait_until_running(process, folder, output)
    finally:
        stop_child(process, stop_signal=signal.SIGTERM, timeout_seconds=STOP_TIMEOUT_SECONDS)


def _wait_until_running(process: subprocess.Popen[bytes], folder: DataFolder, output: ProcessOutput) -> PlatformState:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        state = running_platform(folder.path)
        if state is not None:
            return state
        time.sleep(_POLL_SECONDS)
    output.finish()
    raise ServiceNotStarted(
        with_last_lines("The platform could not be started.", output.last_lines(), at_most=30),
        fix="Start it with `openreg up` to see more.",
    )
