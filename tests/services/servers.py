"""The servers as tests see them: addresses and credentials."""

import asyncio
import os
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from backend.embedded.account import service_account
from backend.embedded.output import ProcessOutput
from backend.embedded.programs import Programs, installed_programs
from backend.embedded.reach import reachable_programs
from backend.embedded.services.postgresql import PostgresqlServer
from backend.embedded.services.redis import RedisServer
from backend.embedded.services.s3 import REGION, S3Server
from backend.embedded.services.service import Placement
from backend.persistence.migrations import upgrade
from backend.persistence.roles import (
    APPLICATION_ROLE,
    OWNER_ROLE,
    SYSTEM_ROLE,
    RolePasswords,
    drop_database,
    install_database,
    install_roles,
)

Result = TypeVar("Result")

# Durability costs seconds per test session and protects nothing here.
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
#: Variables that name other servers than those of the wheels: a folder with initdb and postgres, and redis-server.
POSTGRES_BIN, REDIS_PROGRAM = "OPENREG_TEST_POSTGRES_BIN", "OPENREG_TEST_REDIS_SERVER"
SUPERUSER_PASSWORD = "superuser:p@ss/word-T2nX5bY7c"  # characters that break an address when it is not quoted
# Strong enough for production's checks, so that a test may start what it starts as production would.
ROLE_PASSWORDS = RolePasswords(
    owner="owner p@ss-Kq8vT2nX", application="application/pass-5bY7cW0z", system="system:pass-R4mL9pJ3"
)


S3_SECRET_KEY = "s3/H6fD1sA9wKq8vT2nX5bY7"


@dataclass(frozen=True)
class TestDatabase:
    """A database with the three roles; every address is a ``postgresql://`` URL."""

    __test__ = False

    name: str
    owner_url: str
    app_url: str
    system_url: str
    superuser_url: str


@dataclass
class PostgresServer:
    """The PostgreSQL of this test process."""

    server: PostgresqlServer
    _has_roles: bool = field(default=False, init=False)
    _template: TestDatabase | None = field(default=None, init=False)

    @property
    def superuser_url(self) -> str:
        """Superuser address of the database ``postgres``."""
        return self.server.superuser_url()

    @property
    def port(self) -> int:
        return self.server.port

    def create_database(self, prefix: str = "test") -> TestDatabase:
        """A new empty database owned by openreg_owner, with the three roles ready."""
        name = f"{prefix}_{uuid4().hex[:12]}"
        if not self._has_roles:
            run_now(install_roles(self.superuser_url, ROLE_PASSWORDS))
            self._has_roles = True
        run_now(install_database(self.superuser_url, name))
        return self._addresses(name)

    def create_migrated(self) -> TestDatabase:
        """A new database at the newest revision, without rows: copied from one that is migrated once per process."""
        if self._template is None:
            template = self.create_database("template")
            owner = template.owner_url.replace("postgresql://", "postgresql+asyncpg://")
            run_now(asyncio.to_thread(upgrade, owner))
            self._template = template  # nobody connects to it any more, so it can be copied
        name = f"copy_{uuid4().hex[:12]}"
        names = (sql.Identifier(name), sql.Identifier(self._template.name))
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(sql.SQL("create database {} template {} strategy file_copy").format(*names))
        run_now(install_database(self.superuser_url, name))
        return self._addresses(name)

    def _addresses(self, name: str) -> TestDatabase:
        passwords = ROLE_PASSWORDS.by_role()

        def address(role: str) -> str:
            return f"postgresql://{role}:{quote(passwords[role], safe='')}@127.0.0.1:{self.port}/{name}"

        return TestDatabase(
            name=name,
            owner_url=address(OWNER_ROLE),
            app_url=address(APPLICATION_ROLE),
            system_url=address(SYSTEM_ROLE),
            superuser_url=self.server.superuser_url(name),
        )

    def drop_database(self, name: str) -> None:
        """Remove a database and end its connections."""
        run_now(drop_database(self.superuser_url, name))


@dataclass(frozen=True)
class S3Address:
    """Where the S3 server listens and its key pair; ``endpoint`` is ``host:port``, plain HTTP."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str


@dataclass(frozen=True)
class RedisAddress:
    """Where Redis listens."""

    url: str

    def database(self, number: int) -> str:
        """Address of another logical database, so that tests do not see each other's keys."""
        return urlsplit(self.url)._replace(path=f"/{number}").geturl()


class OlderPostgresql(PostgresqlServer):
    """A server whose initdb knows no builtin locales: those came with PostgreSQL 17."""

    locale: ClassVar[tuple[str, ...]] = ("--locale=C.UTF-8",)


def new_postgresql(folder: Path, data: Path | None = None) -> PostgresqlServer:
    """A server on ``folder`` with settings for tests, not started; its data may be elsewhere."""
    given = os.environ.get(POSTGRES_BIN)
    server = OlderPostgresql if given else PostgresqlServer
    return server(
        _placement(data or folder, "postgresql"),
        programs=Path(given).parent if given else _programs(folder).postgresql,
        password=SUPERUSER_PASSWORD,
        options=FAST_SETTINGS,
    )


def new_redis(folder: Path, port: int | None = None) -> RedisServer:
    """A server on ``folder``, not started; with a port it is found again there after a stop."""
    given = os.environ.get(REDIS_PROGRAM)
    return RedisServer(
        _placement(folder, "redis", port),
        program=Path(given) if given else _programs(folder).redis,
        password="redis/pass-H6fD1sA9w",
    )


def new_s3(folder: Path, port: int | None = None) -> S3Server:
    """A server on ``folder``, not started; with a port it is found again there after a stop."""
    return S3Server(
        _placement(folder, "s3", port),
        program=_programs(folder).rclone,
        access_key="openreg-tests",
        secret_key=S3_SECRET_KEY,
    )


def s3_address(server: S3Server) -> S3Address:
    """The address of a server made by ``new_s3``."""
    return S3Address(server.endpoint, "openreg-tests", S3_SECRET_KEY, REGION)


def _programs(folder: Path) -> Programs:
    return reachable_programs(installed_programs(), service_account(), folder / "programs")


def _placement(folder: Path, name: str, port: int | None = None) -> Placement:
    return Placement(folder / name, ProcessOutput(folder / f"{name}.log"), service_account(), port)


def run_now(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end from a fixture, also while a test's event loop runs in this thread."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
