"""What runs on a data folder now, seen from another terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from backend.embedded.folder import DataFolder

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One process: ``memory_mb`` is its resident memory with that of its children."""

    name: str
    pid: int
    restarts: int
    is_alive: bool
    memory_mb: int


@dataclass(frozen=True, slots=True)
class PlatformStatus:
    """The platform on one data folder; without one, everything but the folder is empty."""

    data_dir: str
    is_running: bool
    stage: str
    pid: int | None
    api_url: str
    external_api_url: str
    postgresql_version: int | None
    service_ports: Mapping[str, int]
    processes: tuple[ProcessStatus, ...]
    memory_mb: int

    @property
    def headline(self) -> str:
        """One line for people."""
        return f"OpenReg is {self.stage}" if self.is_running else f"OpenReg does not run on {self.data_dir}"

    def as_document(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "running": self.is_running,
            "stage": self.stage,
            "pid": self.pid,
            "data_dir": self.data_dir,
            "api_url": self.api_url,
            "external_api_url": self.external_api_url,
            "postgresql_version": self.postgresql_version,
            "service_ports": dict(self.service_ports),
            "memory_mb": self.memory_mb,
            "processes": [
                {
                    "name": one.name,
                    "pid": one.pid,
                    "alive": one.is_alive,
                    "restarts": one.restarts,
                    "memory_mb": one.memory_mb,
                }
                for one in self.processes
            ],
        }

    def rows(self) -> list[tuple[str, str]]:
        """Name and value pairs for a table."""
        if not self.is_running:
            return [("Data", self.data_dir), ("Start it", "`make up` or `openreg up`")]
        return [
            ("API", f"{self.api_url}/api/v1"),
            ("External API", f"{self.external_api_url}/external_api/v1"),
            ("Data", self.data_dir),
            ("Memory", f"{self.memory_mb} MB in all"),
            *((one.name, _describe(one)) for one in self.processes),
        ]


def platform_status(folder: DataFolder) -> PlatformStatus:
    """Read the state file and ask the system about each process. Raises DataFolderCorrupt."""
    pid = folder.find_holder()
    state = folder.read_state() if pid is not None else {}
    recorded = state.get("processes")
    processes = (
        tuple(_process(str(name), entry) for name, entry in recorded.items()) if isinstance(recorded, dict) else ()
    )
    ports = state.get("service_ports")
    version = state.get("postgresql_version")
    return PlatformStatus(
        data_dir=str(folder.path),
        is_running=pid is not None,
        stage=str(state.get("stage", "starting" if pid else "stopped")),
        pid=pid,
        api_url=str(state.get("api_url", "")),
        external_api_url=str(state.get("external_api_url", "")),
        postgresql_version=version if isinstance(version, int) else None,
        service_ports=ports if isinstance(ports, dict) else {},
        processes=processes,
        memory_mb=_tree_memory_mb(pid) if pid else 0,
    )


def _process(name: str, entry: Mapping[str, int]) -> ProcessStatus:
    pid = entry["pid"]
    return ProcessStatus(
        name=name, pid=pid, restarts=entry["restarts"], is_alive=psutil.pid_exists(pid), memory_mb=_tree_memory_mb(pid)
    )


def _tree_memory_mb(pid: int) -> int:
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(_memory_bytes(process) for process in tree) // _MEGABYTE


def _memory_bytes(process: psutil.Process) -> int:
    """Memory that ending the process would free where the system tells, else all it has resident.

    PostgreSQL's backends share one block: counting it once per backend would report memory that does not exist.
    """
    try:
        return int(getattr(process.memory_full_info(), "pss", 0) or process.memory_info().rss)
    except psutil.Error:
        return 0


def _describe(process: ProcessStatus) -> str:
    life = f"process {process.pid}" if process.is_alive else f"process {process.pid} has ended"
    often = f", started again {process.restarts} times" if process.restarts else ""
    return f"{life}, {process.memory_mb} MB{often}"
