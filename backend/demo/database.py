"""A database of its own for the demo's source in the platform's PostgreSQL, and a role that may only read it.

Name and password follow from the installation and the demo's options, so what an earlier demo printed stays true.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from backend.demo.errors import DemoSourceUnavailable
from backend.demo.source import create_source
from backend.demo.source_kinds import DemoSource
from backend.demo.source_tables import Loaded
from backend.demo.trades import Day

READER: Final = "openreg_demo_reader"


@dataclass(frozen=True, slots=True, repr=False)
class SourceDatabase:
    """Where the source is and who may read it."""

    host: str
    port: int
    name: str
    username: str
    password: str

    @property
    def dsn(self) -> str:
        """The reader's address, for any PostgreSQL client."""
        return f"postgresql://{self.username}:{quote(self.password, safe='')}@{self.host}:{self.port}/{self.name}"

    def for_platform(self) -> DemoSource:
        """The same, as the platform is told of it."""
        settings = {"host": self.host, "port": self.port, "database": self.name, "ssl_mode": "disable"}
        credentials = {"username": self.username, "password": self.password}
        return DemoSource({"kind": "postgresql", "settings": settings, "credentials": credentials}, self.dsn)


def reader_password(builder_dsn: str) -> str:
    """The password of the reading role, which follows from the builder's."""
    secret = (urlsplit(builder_dsn).password or "").encode()
    return hmac.digest(secret, READER.encode(), hashlib.sha256).hex()[:32]


def build_source(builder_dsn: str, day: Day, loaded: Loaded | None = None) -> SourceDatabase:
    """Create (or build anew) the source database of that day. Raises DemoSourceUnavailable.

    A builder that may not create roles needs the reader to be there, with the password that ``reader_password`` gives.
    """
    name = f"openreg_demo_{day.reporting_date:%Y%m%d}_{day.rows}_{day.seed}"
    address = urlsplit(builder_dsn)
    password = reader_password(builder_dsn)
    source = SourceDatabase(address.hostname or "127.0.0.1", address.port or 5432, name, READER, password)
    try:
        with psycopg.connect(builder_dsn, autocommit=True) as connection:
            _create_reader(connection, password)
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                # Names have letters of many languages, whatever the server's own databases are made of.
                statement = sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0")
                connection.execute(statement.format(sql.Identifier(name)))
            # A wide query over a day is planned better without compiling its 400 expressions each time.
            connection.execute(sql.SQL("ALTER DATABASE {} SET jit = off").format(sql.Identifier(name)))
        owner_dsn = urlunsplit(address._replace(path=f"/{name}"))
        create_source(owner_dsn, day, loaded)
        with psycopg.connect(owner_dsn, autocommit=True) as connection:
            _allow_reading(connection, name)
    except psycopg.Error as error:
        raise DemoSourceUnavailable(
            f"The demo's source database could not be built: {str(error).strip().partition(chr(10))[0]}",
            fix="Check that the PostgreSQL server of the platform runs, and that its disk has room.",
        ) from error
    return source


def _create_reader(connection: psycopg.Connection, password: str) -> None:
    may_create = connection.execute(
        "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if may_create != (True,):
        return
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [READER]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(READER)))
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(READER), sql.Literal(password)))


def _allow_reading(connection: psycopg.Connection, database: str) -> None:
    reader = sql.Identifier(READER)
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), reader))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA trading TO {}").format(reader))
    connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA trading TO {}").format(reader))
