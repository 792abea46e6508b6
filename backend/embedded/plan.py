"""What the platform consists of: the commands that prepare it and the processes that run it."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from backend.embedded.folder import DataFolder
from backend.embedded.ports import LOOPBACK

API_PORT = 8000
EXTERNAL_API_PORT = 8001
_PYTHON_MODULE = (sys.executable, "-m")
_OPENREG = (*_PYTHON_MODULE, "backend.cli")
_WORKER = (*_PYTHON_MODULE, "celery", "-A", "backend.tasks.app", "worker", "--without-gossip", "--without-mingle")


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One long-running process.

    ``port``: it is ready when ``GET /ready`` there answers 200. ``ready_words``: it is ready once it has printed
    them. ``restarts``: it is started again when it dies; a process without it takes the platform down.
    """

    name: str
    command: tuple[str, ...]
    port: int | None = None
    ready_words: str | None = None
    restarts: bool = False


@dataclass(frozen=True, slots=True)
class PlatformPlan:
    """Preparing commands, run in turn with their own environment, and the processes, started together."""

    migrate: tuple[str, ...]
    seed: tuple[str, ...]
    processes: tuple[ProcessSpec, ...]
    api_port: int
    external_api_port: int


def platform_plan(folder: DataFolder, *, api_port: int, external_api_port: int) -> PlatformPlan:
    """OpenReg's own processes: two APIs, two groups of workers, the scheduler."""
    return PlatformPlan(
        migrate=(*_OPENREG, "migrate"),
        seed=(*_OPENREG, "seed", "--demo", "--json"),
        processes=(
            _api("backend", "backend.main:create_app", api_port),
            _api("external_api", "external_api.main:create_app", external_api_port),
            _worker("runs", "runs"),
            _worker("other", "delivery,webhooks,sync,billing,maintenance"),
            ProcessSpec(
                name="beat",
                command=(
                    *(*_PYTHON_MODULE, "celery", "-A", "backend.tasks.app", "beat"),
                    *("--schedule", str(folder.beat / "schedule"), "--pidfile="),
                ),
                restarts=True,
            ),
        ),
        api_port=api_port,
        external_api_port=external_api_port,
    )


def _api(name: str, factory: str, port: int) -> ProcessSpec:
    return ProcessSpec(
        name=name,
        command=(
            *(*_PYTHON_MODULE, "uvicorn", factory, "--factory", "--host", LOOPBACK, "--port", str(port)),
            # Whom to believe about the caller's address is a setting of the application, TRUSTED_PROXIES.
            "--no-proxy-headers",
            # Event streams stay open for ever: without a limit they would hold up every stop.
            *("--timeout-graceful-shutdown", "2"),
        ),
        port=port,
    )


def _worker(name: str, queues: str) -> ProcessSpec:
    return ProcessSpec(
        name=f"worker-{name}",
        command=(*_WORKER, "-Q", queues, "-n", f"{name}@%h", "-c", "2"),
        ready_words=" ready.",
        restarts=True,
    )
