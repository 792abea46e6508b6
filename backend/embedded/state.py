"""What the platform writes about itself for other terminals: stage, processes, ports, addresses."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

from backend.core.clock import utc_now
from backend.embedded.environment import DATABASE_NAME, ServiceAddresses
from backend.embedded.folder import DataFolder
from backend.embedded.managed_process import ManagedProcess
from backend.embedded.plan import PlatformPlan
from backend.embedded.ports import LOOPBACK
from backend.embedded.programs import POSTGRESQL_VERSION
from backend.embedded.secrets import InstallationSecrets
from backend.embedded.service_group import ServiceGroup
from backend.embedded.services.redis import RedisServer
from backend.persistence.roles import APPLICATION_ROLE


class Stage(StrEnum):
    """How far the platform is."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(slots=True)
class PlatformRecord:
    """The content of the state file; ``service_ports`` are kept over restarts so that addresses stay the same."""

    folder: DataFolder
    plan: PlatformPlan
    started_at: datetime
    service_ports: dict[str, int] = field(default_factory=dict)
    administrator_email: str = ""
    service_home: Path | None = None

    @classmethod
    def begin(cls, folder: DataFolder, plan: PlatformPlan, former: dict[str, object]) -> Self:
        """A record for a new start, with the ports of the ``former`` one."""
        ports = former.get("service_ports")
        known = (
            {str(name): port for name, port in ports.items() if isinstance(port, int)}
            if isinstance(ports, dict)
            else {}
        )
        return cls(folder=folder, plan=plan, started_at=utc_now(), service_ports=known)

    @property
    def api_url(self) -> str:
        """Address of the core, without a path."""
        return f"http://{LOOPBACK}:{self.plan.api_port}"

    @property
    def external_api_url(self) -> str:
        """Address of the customers' API, without a path."""
        return f"http://{LOOPBACK}:{self.plan.external_api_port}"

    def write(self, stage: Stage, processes: Sequence[ManagedProcess], services: ServiceGroup | None) -> None:
        """Replace the state file."""
        running = {process.spec.name: (process.pid, process.restarts) for process in processes}
        for service in services.all if services else ():
            if service.process is not None:
                running[service.name] = (service.process.pid, 0)
        self.folder.write_state(
            {
                "stage": stage,
                "pid": os.getpid() if stage is not Stage.STOPPED else None,
                "started_at": self.started_at.isoformat(),
                "api_url": self.api_url,
                "external_api_url": self.external_api_url,
                "administrator_email": self.administrator_email,
                "postgresql_version": POSTGRESQL_VERSION,
                "service_ports": self.service_ports,
                "processes": {name: {"pid": pid, "restarts": count} for name, (pid, count) in running.items()},
            }
        )

    def table(self, known: InstallationSecrets, services: ServiceAddresses, *, is_shown: bool) -> list[tuple[str, str]]:
        """What a person needs to begin: addresses, sign-ins, paths; without ``is_shown`` no passwords."""
        return [
            ("API", f"{self.api_url}/api/v1   (documentation: {self.api_url}/docs)"),
            (
                "External API",
                f"{self.external_api_url}/external_api/v1   (documentation: {self.external_api_url}/docs)",
            ),
            *self._sign_ins(known, is_shown=is_shown),
            ("PostgreSQL", f"{LOOPBACK}:{services.postgresql_port}/{DATABASE_NAME}   (as {APPLICATION_ROLE})"),
            ("Redis", f"{LOOPBACK}:{self.service_ports[RedisServer.name]}"),
            ("S3", f"http://{services.s3_endpoint}   (access key {known.s3_access_key})"),
            ("Data", f"{self.folder.path}   (passwords: {self.folder.secrets_file.name})"),
            *((("Databases", f"{self.service_home}"),) if self.service_home != self.folder.path else ()),
            ("Logs", f"{self.folder.logs}   (`openreg logs -f`)"),
            ("Stop", "Ctrl-C, or `openreg down` in another terminal"),
        ]

    def _sign_ins(self, known: InstallationSecrets, *, is_shown: bool) -> list[tuple[str, str]]:
        """Three people: what one writes another must approve, so nobody can show the whole way alone."""
        people = (
            ("Administrator", known.administrator_email, known.administrator_password),
            ("Author", known.author_email, known.author_password),
            ("Approver", known.approver_email, known.approver_password),
        )
        file = self.folder.secrets_file
        return [
            (role, f"{email}   (first password: {password if is_shown else f'in {file}'})")
            for role, email, password in people
        ]
