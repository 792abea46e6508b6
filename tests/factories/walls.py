"""The two walls between tenants, each taken away alone: the conditions of our queries, and row-level security."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import asyncpg
import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, event

from backend.persistence.roles import APPLICATION_ROLE
from tests.services.servers import TestDatabase

#: A comparison of a row's tenant with the one of the transaction, as it stands in the statement that is sent.
_TENANT_CONDITION = re.compile(r"\b(?:(\w+)\.tenant_id|(tenants)\.id|tenant_id) = (\$\d+::UUID)")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@contextmanager
def no_conditions() -> Iterator[Counter[str]]:
    """Every tenant condition of the application role holds for all rows; counted by table."""
    removed: Counter[str] = Counter()

    def opened(statement: str) -> str:
        def always(found: re.Match[str]) -> str:
            removed[found[1] or found[2] or "the only table"] += 1
            # The parameter stays, for the driver counts them.
            return f"{found[3]} IS NOT NULL"

        return _TENANT_CONDITION.sub(always, statement)

    def open_up(
        connection: Connection, cursor: object, statement: str, parameters: Any, context: object, many: bool
    ) -> tuple[str, Any]:
        is_ours = connection.engine.url.username == APPLICATION_ROLE
        return opened(statement) if is_ours else statement, parameters

    fetch = asyncpg.Connection.fetch

    async def fetch_all(driver: asyncpg.Connection, statement: str, *parameters: Any) -> Any:
        is_ours = driver.get_settings().session_authorization == APPLICATION_ROLE
        return await fetch(driver, opened(statement) if is_ours else statement, *parameters)

    event.listen(Engine, "before_cursor_execute", open_up, retval=True)
    try:
        # What is sent past the engine; the engine itself prepares its statements.
        with patch.object(asyncpg.Connection, "fetch", fetch_all):
            yield removed
    finally:
        event.remove(Engine, "before_cursor_execute", open_up)


def switch_policies_off(database: TestDatabase) -> list[str]:
    """Take row-level security off every table of a database; their names."""
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        found = connection.execute("select relname from pg_class where relrowsecurity order by 1").fetchall()
        for (table,) in found:
            off = "alter table {} no force row level security, disable row level security"
            connection.execute(sql.SQL(off).format(sql.Identifier(table)))
    return [str(table) for (table,) in found]


class TenantContent:
    """What a tenant has in the database, read as its superuser."""

    def __init__(self, database: TestDatabase, tenant: object) -> None:
        self._connection = psycopg.connect(database.superuser_url, autocommit=True)
        names = self._connection.execute(
            "select table_name from information_schema.columns "
            "where table_schema = 'public' and column_name = 'tenant_id' order by 1"
        ).fetchall()
        persons = self._connection.execute(_TABLES_OF_PERSONS).fetchall()
        parts = [_OF_TENANTS, _OF_USERS, *(_OF_TABLE.format(sql.Identifier(name)) for (name,) in names)]
        parts += [_OF_PERSON.format(sql.Identifier(name)) for (name,) in persons]
        self._query = sql.SQL(" union all ").join(parts)
        self._tenant = {"tenant": tenant}

    def rows(self) -> set[str]:
        """Every row as a text that begins with its table."""
        return {f"{table}: {row}" for table, row in self._connection.execute(self._query, self._tenant)}

    def identifiers(self) -> set[str]:
        """Every UUID that stands in a row."""
        return {found for row in self.rows() for found in _UUID.findall(row)}

    def close(self) -> None:
        self._connection.close()


def identifiers_in(text: str) -> set[str]:
    """Every UUID in a text."""
    return set(_UUID.findall(text))


_OF_TENANTS = sql.SQL("select 'tenants', t::text from tenants t where id = %(tenant)s")
_OF_USERS = sql.SQL(
    "select 'users', t::text from users t where id in (select user_id from memberships where tenant_id = %(tenant)s)"
)
_OF_TABLE = sql.SQL("select tableoid::regclass::text, t::text from {} t where tenant_id = %(tenant)s")
_TABLES_OF_PERSONS = """
select table_name from information_schema.columns where table_schema = 'public' and column_name = 'user_id'
except select table_name from information_schema.columns where table_schema = 'public' and column_name = 'tenant_id'
"""
_OF_PERSON = sql.SQL(
    "select tableoid::regclass::text, t::text from {} t "
    "where user_id in (select user_id from memberships where tenant_id = %(tenant)s)"
)
