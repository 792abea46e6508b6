"""The source database of API tests: three trades of one day, and a reader who may only read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.services.servers import PostgresServer

PASSWORD = "reader:p@ss"
SCHEMA = """
create table trades (trade_id text, quantity bigint, price numeric(18, 6), trade_date date);
insert into trades values ('T-1', 10, 1.5, date '2026-11-19'), ('T-2', 20, 0.000001, date '2026-11-19'),
    ('T-3', null, 3, date '2026-11-18');
"""


@dataclass(frozen=True, slots=True)
class SourceOfTrades:
    """How a connector reaches it."""

    port: int
    database: str
    username: str

    @property
    def settings(self) -> dict[str, Any]:
        return {"host": "127.0.0.1", "port": self.port, "database": self.database, "ssl_mode": "disable"}

    @property
    def credentials(self) -> dict[str, Any]:
        return {"username": self.username, "password": PASSWORD}


@contextmanager
def source_of_trades(server: PostgresServer) -> Iterator[SourceOfTrades]:
    """A database and a role of its own, both removed at the end."""
    database = server.create_database("source")
    name = f"reader_{uuid4().hex[:12]}"
    role = sql.Identifier(name)
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute(SCHEMA)
        connection.execute(sql.SQL("create role {} login password {}").format(role, sql.Literal(PASSWORD)))
        connection.execute(sql.SQL("grant connect on database {} to {}").format(sql.Identifier(database.name), role))
        connection.execute(sql.SQL("grant usage on schema public to {}").format(role))
        connection.execute(sql.SQL("grant select on trades to {}").format(role))
    yield SourceOfTrades(server.port, database.name, name)
    server.drop_database(database.name)
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop role {}").format(role))
