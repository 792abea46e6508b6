"""The supervisor of ``make up``: services, preparation, processes, and an end that leaves nothing behind."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress

from backend.embedded.account import service_account
from backend.embedded.console import PlatformConsole
from backend.embedded.disk import refuse_full_disk, says_disk_is_full
from backend.embedded.environment import application_environment
from backend.embedded.errors import DiskFull, PortTaken, ProcessEnded, ServiceNotStarted, with_last_lines
from backend.embedded.folder import DataFolder
from backend.embedded.guardian import Guardian
from backend.embedded.managed_process import ManagedProcess
from backend.embedded.output import ProcessOutput
from backend.embedded.plan import PlatformPlan
from backend.embedded.ports import find_port_holder, is_port_free
from backend.embedded.preparation import Preparation
from backend.embedded.programs import installed_programs
from backend.embedded.reach import holds_data, service_home
from backend.embedded.secrets import InstallationSecrets, open_secrets
from backend.embedded.service_group import ServiceGroup
from backend.embedded.services.service import EmbeddedService
from backend.embedded.state import PlatformRecord, Stage
from backend.embedded.stop_request import StopRequested, ignore_stop_signals, stop_on_signals

READY_TIMEOUT_SECONDS = 120.0
POLL_SECONDS = 0.1
PROCESS_STOP_SECONDS = 4.0  # together with the services' part below ten seconds, the promise of Ctrl-C
SERVICE_STOP_SECONDS = 3.0


class Supervisor:
    """One platform on one data folder, from start to stop."""

    def __init__(self, folder: DataFolder, plan: PlatformPlan, console: PlatformConsole) -> None:
        """Nothing is touched before ``run``."""
        self._folder = folder
        self._plan = plan
        self._console = console
        self._outputs: dict[str, ProcessOutput] = {}
        self._processes: list[ManagedProcess] = []
        self._services: ServiceGroup | None = None
        self._guardian: Guardian | None = None
        self._record: PlatformRecord | None = None
        self._hidden: tuple[str, ...] = ()

    def run(self) -> None:
        """Start everything, watch it until a stop signal arrives, stop everything. Raises EmbeddedError."""
        account = service_account()
        refuse_full_disk(self._folder.path)
        self._folder.create(is_shared=account is not None)
        with self._folder.locked(), stop_on_signals():
            try:
                known = self._start()
                self._show(known)
                self._watch()
            except StopRequested:
                self._console.announce("stopping")
            finally:
                ignore_stop_signals()
                self._stop()

    def _start(self) -> InstallationSecrets:
        plan, folder = self._plan, self._folder
        account = service_account()
        former = folder.read_state()
        self._record = PlatformRecord.begin(folder, plan, former)
        known = open_secrets(folder, has_data=holds_data(folder.path))
        self._hidden = known.hidden
        refuse_taken_ports(plan)
        self._guardian = Guardian(folder.path / "watchdog.lock", known.installation_id)
        self._guardian.start()
        home = service_home(folder.path, known.installation_id, installed_programs(), account)
        self._record.service_home = home.path
        self._services = ServiceGroup(
            home, known, outputs=self._output, account=account, ports=self._record.service_ports
        )
        self._services.start(self._service_started)
        plan, addresses = self._plan, self._services.addresses
        environment = application_environment(
            folder, known, addresses, api_port=plan.api_port, external_api_port=plan.external_api_port
        )
        preparation = Preparation(folder, plan, self._output, self._guardian)
        preparation.migrate(environment, self._services.addresses, known)
        known = preparation.seed(environment, known)
        self._record.administrator_email = known.administrator_email
        self._start_processes(environment)
        return known

    def _start_processes(self, environment: Mapping[str, str]) -> None:
        for spec in self._plan.processes:
            process = ManagedProcess(spec, environment, self._output(spec.name))
            self._processes.append(process)
            self._tell(process.start())
        waiting = list(self._processes)
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while waiting:
            self._check_services()
            waiting = [process for process in waiting if not process.is_ready()]
            if time.monotonic() > deadline:
                names = ", ".join(process.spec.name for process in waiting)
                lines = self._output(waiting[0].spec.name).last_lines()
                raise ServiceNotStarted(
                    with_last_lines(f"Not ready after {READY_TIMEOUT_SECONDS:.0f} s: {names}.", lines),
                    fix=f"See `openreg logs {waiting[0].spec.name}`.",
                )
            time.sleep(POLL_SECONDS)
        self._write_state(Stage.RUNNING)

    def _watch(self) -> None:
        while True:
            self._check_services()
            for process in self._processes:
                if process.has_ended:
                    error = process.ended()
                    self._tell(process.restart())
                    # Before it is said: who reads the message may look at the state at once.
                    self._write_state(Stage.RUNNING)
                    self._console.announce(f"{error.message.splitlines()[0]} It has been started again.")
            time.sleep(POLL_SECONDS)

    def _check_services(self) -> None:
        if self._services is None or (dead := self._services.find_dead()) is None:
            return
        output = self._output(dead.name)
        output.finish()
        lines = output.last_lines()
        if says_disk_is_full(lines):
            raise DiskFull(
                with_last_lines(f"{dead.name} ended: no space is left on the disk of {dead.folder}.", lines),
                fix="Free some space and start again; committed data is safe.",
            )
        raise ProcessEnded(
            with_last_lines(f"The service {dead.name} ended unexpectedly.", lines),
            fix=f"All of it: `openreg logs {dead.name}`. Then start again.",
        )

    def _stop(self) -> None:
        # A state that cannot be written (full disk, folder removed) must not keep anything running.
        with suppress(DiskFull, OSError):
            self._write_state(Stage.STOPPING)
        for process in self._processes:
            process.ask_to_stop()
        deadline = time.monotonic() + PROCESS_STOP_SECONDS
        for process in self._processes:
            process.stop(deadline - time.monotonic())
        if self._services is not None:
            self._services.stop(SERVICE_STOP_SECONDS)
        if self._guardian is not None:
            self._guardian.dismiss()
        self._processes.clear()
        with suppress(DiskFull, OSError):
            self._write_state(Stage.STOPPED)

    def _service_started(self, service: EmbeddedService) -> None:
        if service.process is not None:
            self._tell(service.process.pid)
        if self._record is not None:
            self._record.service_ports[service.name] = service.port
        self._write_state(Stage.STARTING)

    def _tell(self, pid: int) -> None:
        if self._guardian is not None:
            self._guardian.watch(pid)

    def _output(self, name: str) -> ProcessOutput:
        if name not in self._outputs:
            self._outputs[name] = ProcessOutput(
                self._folder.logs / f"{name}.log", echo=self._console.line_printer(name), hidden=self._hidden
            )
        return self._outputs[name]

    def _write_state(self, stage: Stage) -> None:
        if self._record is not None:
            self._record.write(stage, self._processes, self._services)

    def _show(self, known: InstallationSecrets) -> None:
        if self._services is not None and self._record is not None:
            rows = self._record.table(known, self._services.addresses, is_shown=not self._console.is_quiet)
            self._console.show_table("OpenReg is running", rows)


def refuse_taken_ports(plan: PlatformPlan) -> None:
    """Raise PortTaken naming the port, its holder where known, and the way out."""
    for port, option, variable in (
        (plan.api_port, "--port", "OPENREG_PORT"),
        (plan.external_api_port, "--external-port", "OPENREG_EXTERNAL_PORT"),
    ):
        if not is_port_free(port):
            holder = find_port_holder(port)
            raise PortTaken(
                f"Port {port} is taken by {holder}." if holder else f"Port {port} is taken by another program.",
                fix=f"End that program, or choose another port: `openreg up {option} <port>` "
                f"(with make: `{variable}=<port> make up`).",
            )
