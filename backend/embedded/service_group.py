"""The three servers of one installation, started and stopped together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from backend.embedded.account import ServiceAccount
from backend.embedded.environment import DATABASE_NAME, ServiceAddresses
from backend.embedded.output import ProcessOutput
from backend.embedded.reach import ServiceHome
from backend.embedded.secrets import InstallationSecrets
from backend.embedded.services.postgresql import PostgresqlServer
from backend.embedded.services.redis import RedisServer
from backend.embedded.services.s3 import S3Server
from backend.embedded.services.service import EmbeddedService, Placement
from backend.persistence.roles import install_database, install_roles

ServiceStarted = Callable[[EmbeddedService], None]


class ServiceGroup:
    """PostgreSQL, Redis and S3 with their data under one home."""

    def __init__(
        self,
        home: ServiceHome,
        known: InstallationSecrets,
        *,
        outputs: Callable[[str], ProcessOutput],
        account: ServiceAccount | None,
        ports: Mapping[str, int],
    ) -> None:
        """``ports``: those of the last start, by service name; used again when free."""

        def place(name: str) -> Placement:
            return Placement(home.path / name, outputs(name), account, ports.get(name))

        self._known = known
        self.postgresql = PostgresqlServer(
            place(PostgresqlServer.name), programs=home.programs.postgresql, password=known.postgresql_superuser
        )
        self.redis = RedisServer(place(RedisServer.name), program=home.programs.redis, password=known.redis)
        self.s3 = S3Server(
            place(S3Server.name),
            program=home.programs.rclone,
            access_key=known.s3_access_key,
            secret_key=known.s3_secret_key,
        )

    @property
    def all(self) -> tuple[EmbeddedService, ...]:
        """In the order of starting; the reverse is the order of stopping."""
        return (self.postgresql, self.redis, self.s3)

    @property
    def addresses(self) -> ServiceAddresses:
        """Where they listen, once started."""
        return ServiceAddresses(self.postgresql.port, self.redis.url, self.s3.endpoint)

    def start(self, started: ServiceStarted) -> None:
        """Start all, calling ``started`` after each, then bring roles and database to the wanted state."""
        for service in self.all:
            service.start()
            started(service)
        asyncio.run(self._install_database())

    def stop(self, timeout_seconds: float) -> None:
        """Stop all at the same time, within the time given."""
        for service in self.all:
            service.ask_to_stop()
        deadline = time.monotonic() + timeout_seconds
        for service in reversed(self.all):
            service.stop(deadline - time.monotonic())

    def find_dead(self) -> EmbeddedService | None:
        """A server that has ended although nobody asked it to."""
        return next((one for one in self.all if one.process is not None and one.process.poll() is not None), None)

    async def _install_database(self) -> None:
        url = self.postgresql.superuser_url()
        await install_roles(url, self._known.roles)
        await install_database(url, DATABASE_NAME)
