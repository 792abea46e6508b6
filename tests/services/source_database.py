"""A source database as a bank would have it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from typing import ClassVar

import psycopg
from pydantic import SecretStr

from backend.services.connectors.base import Connector, Credentials
from backend.services.connectors.connection_test import TEST_STEPS
from backend.services.connectors.factory import create_connector
from backend.services.egress import EgressGuard, EgressPolicy
from tests.services.obstacles import Between

READER_PASSWORD = "reader:p@ss/wörd 'x'"
LOOPBACK = EgressGuard(EgressPolicy.OWN_NETWORK, (ip_network("127.0.0.0/8"),))

SCHEMA = """
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE DOMAIN lei AS character(20);
CREATE TABLE trades (id bigint PRIMARY KEY, trade_date date NOT NULL, price numeric(18, 8), note text);
INSERT INTO trades SELECT g, date '2026-03-01' + (g % 2)::int, g / 8.0, CASE WHEN g % 3 = 0 THEN NULL ELSE 'n' || g END
  FROM generate_series(1, 1000) AS g;
CREATE VIEW cheap_trades AS SELECT * FROM trades WHERE price < 10;
CREATE TABLE secrets (id int);
CREATE SCHEMA archive;
CREATE TABLE archive."Odd ""Name" (id int, "Mixed Case" text, total numeric, raw bytea);
CREATE SCHEMA hidden;
CREATE TABLE hidden.things (id int);
CREATE SEQUENCE numbers;
CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'INSERT INTO secrets VALUES (1) RETURNING id';
"""


@dataclass(frozen=True)
class SourceDatabase:
    """The source database: ``connect`` makes a connector to it, settings and credentials may be changed."""

    port: int
    database: str
    reader: str
    superuser_url: str

    main_schema = "public"
    steps: ClassVar[tuple[str, ...]] = TEST_STEPS
    odd_table = 'Odd "Name'

    @staticmethod
    def with_texts_of(longest: int) -> dict[str, object]:
        """Settings under which a text of so many bytes may come."""
        return {}

    @staticmethod
    def series(rows: int) -> str:
        """A table of the numbers from 1, as ``g``."""
        return f"generate_series(1, {rows}) as s(g)"

    def running_queries(self) -> int:
        """How many statements of the reader the server works on."""
        ((count,),) = self.run(
            f"select count(*) from pg_stat_activity where usename = '{self.reader}' and state <> 'idle'"
        )
        assert isinstance(count, int)
        return count

    def end_sessions(self) -> None:
        """What a database administrator does to a session."""
        self.run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'openreg'")

    def over_tls(self, between: Between) -> AbstractContextManager[int]:
        """The port of a server that offers TLS: this one is not built with it."""
        return between.tls_proxy(self.port)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Somebody else works on the table of trades."""
        with psycopg.connect(self.superuser_url) as holder:
            holder.execute("LOCK TABLE trades IN ACCESS EXCLUSIVE MODE")
            yield

    @contextmanager
    def full(self) -> Iterator[None]:
        """The reader has no connection left."""
        self.run(f"ALTER ROLE {self.reader} CONNECTION LIMIT 0")
        try:
            yield
        finally:
            self.run(f"ALTER ROLE {self.reader} CONNECTION LIMIT -1")

    @contextmanager
    def blind_user(self) -> Iterator[tuple[str, str]]:
        """Name and password of somebody who may read nothing."""
        name = f"blind_{self.reader}"
        self.run(f"CREATE ROLE {name} LOGIN PASSWORD 'blind'; GRANT CONNECT ON DATABASE {self.database} TO {name}")
        try:
            yield name, "blind"
        finally:
            self.run(f"DROP OWNED BY {name}; DROP ROLE {name}")

    def connect(self, *, username: str | None = None, password: str = READER_PASSWORD, **settings: object) -> Connector:
        return create_connector(
            "postgresql",
            {"host": "127.0.0.1", "port": self.port, "database": self.database, "ssl_mode": "disable", **settings},
            Credentials(username=username or self.reader, password=SecretStr(password)),
            LOOPBACK,
        )

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """Run a statement as superuser."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []
