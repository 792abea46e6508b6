"""The three database roles and the database they share.

``openreg_owner`` owns database and schema and runs migrations; ``openreg_app`` serves requests and is bound by
row-level security; ``openreg_system`` may look across tenants, but only at what migrations grant it column by
column. Everything here may be repeated: it brings a server to the wanted state, whatever it was before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, LiteralString, Self

from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from backend.core.errors import ErrorKind, OpenRegError
from backend.persistence.faults import unavailable

OWNER_ROLE = "openreg_owner"
APPLICATION_ROLE = "openreg_app"
SYSTEM_ROLE = "openreg_system"

# Row-level security is what keeps tenants apart: no role bypasses it. The system role reads over all tenants by
# policies of its own, on the columns that migrations grant to it (ADR 0004).
_PLAIN: LiteralString = "login nosuperuser nocreatedb nocreaterole noreplication nobypassrls"
_MAY_CREATE_DATABASES: LiteralString = "login nosuperuser createdb nocreaterole noreplication nobypassrls"


class RoleUnexpected(OpenRegError):
    """A database URL does not sign in as the role it is for."""

    code: ClassVar[str] = "role_unexpected"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


@dataclass(frozen=True, slots=True, repr=False)
class RolePasswords:
    """The passwords of the three roles; never printed."""

    owner: str
    application: str
    system: str

    @classmethod
    def of_urls(cls, owner: str, application: str, system: str) -> Self:
        """Taken from the URLs that sign in as the roles. Raises RoleUnexpected."""
        wanted = {
            "DATABASE_OWNER_URL": (owner, OWNER_ROLE),
            "DATABASE_URL": (application, APPLICATION_ROLE),
            "DATABASE_SYSTEM_URL": (system, SYSTEM_ROLE),
        }
        return cls(*(_password_of(name, url, role) for name, (url, role) in wanted.items()))

    def by_role(self) -> dict[str, str]:
        """Password by role name."""
        return {OWNER_ROLE: self.owner, APPLICATION_ROLE: self.application, SYSTEM_ROLE: self.system}


async def install_roles(superuser_url: str, passwords: RolePasswords) -> None:
    """Create the roles, or give existing ones these attributes and passwords.

    ``superuser_url`` is any ``postgresql://`` address of a role that may create roles.
    """
    async with _connection(superuser_url) as connection:
        # Roles belong to the whole server: two installations that start at once must not collide.
        await connection.execute(text("select pg_advisory_lock(hashtext('openreg_roles'))"))
        for role, password in passwords.by_role().items():
            await _install_role(connection, _PLAIN, role, password)


async def install_demo_roles(superuser_url: str, builder_url: str, *, reader: str, reader_password: str) -> None:
    """The roles of the demo's source: one that makes databases of its own, one that reads them; none sees ours."""
    builder = make_url(builder_url)
    async with _connection(superuser_url) as connection:
        await _install_role(connection, _MAY_CREATE_DATABASES, builder.username or "", builder.password or "")
        await _install_role(connection, _PLAIN, reader, reader_password)


async def install_database(superuser_url: str, name: str) -> None:
    """Create database ``name``, or correct its owner and privileges; its content is not touched."""
    async with _connection(superuser_url) as connection:
        exists = await connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": name})
        if not exists:
            # template0: what an operator put into template1 is not wanted here.
            await _execute_formatted(
                connection, "create database %I owner %I encoding 'UTF8' template template0", name, OWNER_ROLE
            )
        await _execute_formatted(connection, "alter database %I owner to %I", name, OWNER_ROLE)
        await _execute_formatted(connection, "revoke all on database %I from public", name)
        await _execute_formatted(
            connection, "grant connect on database %I to %I, %I", name, APPLICATION_ROLE, SYSTEM_ROLE
        )
        # Imports are compared with what is there in tables that end with their transaction.
        await _execute_formatted(connection, "grant temporary on database %I to %I", name, APPLICATION_ROLE)
    database_url = make_url(superuser_url).set(database=name).render_as_string(hide_password=False)
    async with _connection(database_url) as connection:
        await _execute_formatted(connection, "alter schema public owner to %I", OWNER_ROLE)
        await connection.execute(text("revoke all on schema public from public"))
        await _execute_formatted(connection, "grant usage on schema public to %I, %I", APPLICATION_ROLE, SYSTEM_ROLE)


async def drop_database(superuser_url: str, name: str) -> None:
    """Remove database ``name`` and whoever is connected to it; nothing happens when it does not exist."""
    async with _connection(superuser_url) as connection:
        await _execute_formatted(connection, "drop database if exists %I with (force)", name)


def database_of(url: str) -> str:
    """The name of the database that a URL leads to."""
    return make_url(url).database or ""


def _password_of(variable: str, url: str, role: str) -> str:
    parsed = make_url(url)
    if parsed.username != role or not parsed.password:
        raise RoleUnexpected(
            f"{variable} signs in as {parsed.username or 'nobody'}, not as {role} with a password.",
            fix=f"Write it as postgresql://{role}:password@host:port/database.",
        )
    return str(parsed.password)


async def _install_role(connection: AsyncConnection, attributes: LiteralString, role: str, password: str) -> None:
    exists = await connection.scalar(text("select 1 from pg_roles where rolname = :role"), {"role": role})
    verb = "alter" if exists else "create"
    await _execute_formatted(connection, f"{verb} role %I {attributes} password %L", role, password)


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[AsyncConnection]:
    """One connection outside a transaction: CREATE DATABASE allows none. Raises DatabaseUnavailable."""
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    try:
        connection = await _connected(engine)
        try:
            yield connection
        finally:
            await connection.close()
    finally:
        await engine.dispose()


async def _connected(engine: AsyncEngine) -> AsyncConnection:
    try:
        return await engine.connect()
    except (OSError, TimeoutError, DBAPIError) as error:
        raise unavailable("DATABASE_SUPERUSER_URL") from error


async def _execute_formatted(connection: AsyncConnection, template: str, *arguments: str) -> None:
    """Run DDL whose names and literals the server itself has quoted; DDL takes no bound parameters."""
    names = [f"argument_{position}" for position in range(len(arguments))]
    placeholders = "".join(f", cast(:{name} as text)" for name in names)
    statement = await connection.scalar(
        text(f"select format(:template{placeholders})"),
        {"template": template, **dict(zip(names, arguments, strict=True))},
    )
    await connection.exec_driver_sql(str(statement))
