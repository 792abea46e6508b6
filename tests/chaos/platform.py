"""A whole platform in the hands of a test: real servers and processes, each of which can be hit by itself.

Two run workers, two workers for the rest, two schedulers and both APIs, by the commands of ``make up``. What dies is
started again, as the supervisor, a container runtime or systemd would do; that is ``tend``, which every wait calls.
"""

import json
import os
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
from psycopg.rows import dict_row

from backend.config import load_settings
from backend.embedded.account import service_account
from backend.embedded.environment import (
    DATABASE_NAME,
    ServiceAddresses,
    application_environment,
    migration_environment,
    seed_environment,
)
from backend.embedded.folder import PROJECT_FOLDER, DataFolder
from backend.embedded.managed_process import answers_ready
from backend.embedded.output import ProcessOutput
from backend.embedded.plan import PlatformPlan, platform_plan
from backend.embedded.ports import free_port
from backend.embedded.programs import installed_programs
from backend.embedded.reach import service_home
from backend.embedded.secrets import InstallationSecrets, open_secrets, record_people
from backend.embedded.service_group import ServiceGroup
from backend.embedded.services.service import EmbeddedService
from backend.services.adapters import create_adapters
from backend.services.storage import ObjectStorage
from tests.chaos.door import Door

START_SECONDS = 120.0
RUN_COMMAND_WORDS = "backend.tasks.run_process"
ROWS_PER_GROUP = 1_000
SCRATCH_MEGABYTES = 64
SCRATCH_FILES = 2_000


class ChaosPlatform:
    """One installation; ``stop`` ends everything of it."""

    def __init__(self, path: Path) -> None:
        account = service_account()
        self.folder = DataFolder(path)
        self.folder.create(is_shared=account is not None)
        self.known: InstallationSecrets = open_secrets(self.folder, has_data=False)
        home = service_home(path, self.known.installation_id, installed_programs(), account)
        self.services = ServiceGroup(home, self.known, outputs=self._output, account=account, ports={})
        self.services.start(lambda _service: None)
        self.has_small_scratch = _mount(self.folder.scratch)
        self.door = Door(self.services.s3.port)
        self.plan: PlatformPlan = platform_plan(self.folder, api_port=free_port(), external_api_port=free_port())
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, tuple[str, ...]] = {}
        self._more: dict[str, dict[str, str]] = {}
        self.environment = self._environment()
        self.storage: ObjectStorage = create_adapters(load_settings(self._direct())).storage
        self._prepare()
        self._start_processes()

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.plan.api_port}"

    @property
    def superuser_url(self) -> str:
        """Superuser address of the platform's own database."""
        return self.services.postgresql.superuser_url(DATABASE_NAME)

    def ask(self, query: str, *values: object) -> list[dict]:
        """Rows of the platform's database, whatever role may see them."""
        with psycopg.connect(self.superuser_url, autocommit=True, row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    def tend(self) -> None:
        """Start again what has died."""
        for name, process in list(self.processes.items()):
            if process.poll() is not None:
                self._start(name)

    def until(self, condition: Callable[[], bool], what: str, within_seconds: float) -> float:
        """Wait, tending; how long it took."""
        began = time.monotonic()
        while True:
            self.tend()
            # The database may be the very thing that is away.
            with suppress(psycopg.OperationalError):
                if condition():
                    return time.monotonic() - began
            if time.monotonic() - began > within_seconds:
                raise AssertionError(f"{what}: not within {within_seconds:.0f} s; see {self.folder.logs}")
            time.sleep(0.1)

    def pause(self, seconds: float) -> None:
        """Let time pass, tending."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.tend()
            time.sleep(0.1)

    def family(self, name: str) -> list[psutil.Process]:
        """A process and everything below it."""
        process = psutil.Process(self.processes[name].pid)
        return [process, *process.children(recursive=True)]

    def run_children(self) -> list[psutil.Process]:
        """The processes that carry out runs now."""
        found = []
        for name in self.processes:
            if name.startswith("worker-runs"):
                with suppress(psutil.Error):
                    found += [one for one in self.family(name) if RUN_COMMAND_WORDS in " ".join(one.cmdline())]
        return found

    def restart(self, service: EmbeddedService, *, away_seconds: float, hard: bool) -> None:
        """Take a server away for a while; ``hard`` by kill -9."""
        service._preferred_port = service.port
        if hard and service.process is not None:
            service.process.kill()
        service.stop()
        self.pause(away_seconds)
        service.start()

    def clock_file(self) -> Path:
        """Where the offset of the second run worker's wall clock stands."""
        return self.folder.path / "clock"

    def jump(self, seconds: int) -> None:
        """Set the wall clock of the workers whose clock can be set."""
        with self.clock_file().open("r+b") as file:
            file.write(struct.pack("l", seconds))

    def stop(self) -> None:
        """End everything."""
        for process in self.processes.values():
            for signal_number in (signal.SIGCONT, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal_number)
        for process in self.processes.values():
            process.wait()
        for child in self._leftovers():
            child.kill()
        self.services.stop(10)
        self.door.close()
        if self.has_small_scratch:
            subprocess.run(["umount", "-l", str(self.folder.scratch)], check=True)

    def _leftovers(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("OPENREG_INSTANCE") == self.known.installation_id:
                    yield process

    def _environment(self) -> dict[str, str]:
        addresses = self.services.addresses
        through = ServiceAddresses(addresses.postgresql_port, addresses.redis_url, f"127.0.0.1:{self.door.port}")
        made = application_environment(self.folder, self.known, through, api_port=self.plan.api_port)
        return {**made, "RUN_ROWS_PER_GROUP": str(ROWS_PER_GROUP), "LOG_LEVEL": "INFO"}

    def _direct(self) -> dict[str, str]:
        return {**self.environment, "MINIO_ENDPOINT": self.services.addresses.s3_endpoint}

    def _prepare(self) -> None:
        addresses = self.services.addresses
        migrating = migration_environment(self._direct(), addresses, self.known)
        self._run(self.plan.migrate, migrating)
        printed = json.loads(self._run(self.plan.seed, seed_environment(self._direct(), self.known)).splitlines()[-1])
        self.known = record_people(
            self.folder,
            self.known,
            administrator=printed["email"],
            author=printed["author_email"],
            approver=printed["approver_email"],
        )

    def _run(self, command: tuple[str, ...], environment: dict[str, str]) -> str:
        done = subprocess.run(command, env=environment, cwd=PROJECT_FOLDER, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _start_processes(self) -> None:
        clock = clock_library(self.folder.path)
        self.has_clock = clock is not None
        self.clock_file().write_bytes(struct.pack("l", 0))
        for spec in self.plan.processes:
            self._commands[spec.name] = spec.command
            if spec.name.startswith("worker-"):
                self._commands[f"{spec.name}-2"] = tuple(
                    part.replace("@%h", "2@%h") if part.endswith("@%h") else part for part in spec.command
                )
            if spec.name == "beat":
                self._commands["beat-2"] = tuple(
                    f"{part}-2" if part.endswith("/schedule") else part for part in spec.command
                )
        for name in self._commands:
            if name.endswith("-2") and clock is not None:
                jumping = {"LD_PRELOAD": str(clock), "CHAOS_CLOCK": str(self.clock_file())}
                self._start(name, jumping)
            else:
                self._start(name)
        self.until(lambda: answers_ready(self.plan.api_port), "the API", START_SECONDS)
        workers = [name for name in self._commands if name.startswith("worker-")]
        self.until(lambda: all(self._says(name, " ready.") for name in workers), "the workers", START_SECONDS)

    def _start(self, name: str, more: dict[str, str] | None = None) -> None:
        if more is not None:
            self._more[name] = more
        with (self.folder.logs / f"{name}.log").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                self._commands[name],
                env={**self.environment, **self._more.get(name, {})},
                cwd=PROJECT_FOLDER,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _says(self, name: str, words: str) -> bool:
        return words in (self.folder.logs / f"{name}.log").read_text("utf-8", errors="replace")

    def _output(self, name: str) -> ProcessOutput:
        return ProcessOutput(self.folder.logs / f"{name}.log")


@contextmanager
def started_chaos_platform(path: Path) -> Iterator[ChaosPlatform]:
    """A platform for the length of the block."""
    platform = ChaosPlatform(path)
    try:
        yield platform
    finally:
        platform.stop()


def _mount(folder: Path) -> bool:
    """A small file system of its own, where the machine lets us: only that may be filled."""
    options = f"size={SCRATCH_MEGABYTES}m,nr_inodes={SCRATCH_FILES},mode=0700"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def clock_library(folder: Path) -> Path | None:
    """The library that lets a wall clock jump, None on a machine without a C compiler."""
    target = folder / "clock.so"
    source = Path(__file__).with_name("clock.c")
    try:
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(target), str(source), "-ldl"], check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return target
