"""Databases that run what the guard lets through, signed in as somebody who may write, and say what has changed.

Nothing holds a text back here: no read-only mode, several statements at once where the server takes them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pymysql
from psycopg import pq
from pymysql.constants import CLIENT

from tests.services.mariadb import MariadbSource
from tests.services.servers import TestDatabase

TOO_LONG_SECONDS = 3
_ROWS = ", ".join(f"({number}, '2026-03-01', {number}.5, 'n{number}')" for number in range(1, 21))
_TABLES = (
    "create table trades (id {integer}, trade_date {date}, price decimal(18, 8), note varchar(20))",
    f"insert into trades values {_ROWS}",
    "create view cheap_trades as select * from trades where price < 10",
    "create table secrets (id {integer})",
)


class Waited(Exception):
    """A text made the database wait."""


@dataclass
class Judge:
    """A database, how to run a text in it, and what can be seen of its state."""

    run: Callable[[str], object]
    """Raises Waited; whatever else the database says is no harm done."""
    look: Callable[[], object]

    def changed_by(self, texts: list[str], *, at_once: int = 40) -> list[str]:
        """The texts that changed something or waited; stops at the first few."""
        before = self.look()
        found: list[str] = []
        for begin in range(0, len(texts), at_once):
            several = texts[begin : begin + at_once]
            found += [text for text in several if self._waits(text)]
            if self.look() != before:
                found += several
            if found:
                break
        return found

    def _waits(self, text: str) -> bool:
        try:
            self.run(text)
        except Waited:
            return True
        return False


@contextmanager
def postgresql_judge(database: TestDatabase, folder: Path) -> Iterator[Judge]:
    """A superuser's session."""
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        for table in _TABLES:
            connection.execute(table.format(integer="int", date="date"))  # type: ignore[arg-type]  # ours
        connection.execute("create sequence numbers")
        connection.execute(f"set statement_timeout = '{TOO_LONG_SECONDS}s'")  # type: ignore[arg-type]  # ours

        def run(text: str) -> None:
            result = connection.pgconn.exec_(text.replace("\x00", "").encode("utf-8", "replace"))
            state = result.error_field(pq.DiagnosticField.SQLSTATE)
            if connection.pgconn.transaction_status != pq.TransactionStatus.IDLE:
                connection.pgconn.exec_(b"rollback")
            if state == b"57014":
                raise Waited(text)

        def look() -> object:
            return (
                connection.execute("select count(*), sum(id), min(note), max(note) from trades").fetchall(),
                connection.execute("select count(*) from secrets").fetchall(),
                connection.execute(
                    "select relname, relacl::text, relnatts from pg_class where relnamespace = 'public'::regnamespace"
                ).fetchall(),
                connection.execute("select last_value, is_called from numbers").fetchall(),
                connection.execute("select count(*) from pg_largeobject_metadata").fetchall(),
                connection.execute("select count(*) from pg_locks where locktype = 'advisory'").fetchall(),
                connection.execute("select current_setting('search_path'), current_user").fetchall(),
                sorted(path.name for path in folder.iterdir()),
            )

        yield Judge(run, look)


@contextmanager
def mysql_judge(source: MariadbSource, folder: Path) -> Iterator[Judge]:
    """The root user's session, which takes several statements at once."""
    source.run("create database attacked", "set global sql_mode = ''")
    connection: pymysql.Connection[Any] = pymysql.connect(
        unix_socket=source.path,
        user="root",
        password="",
        database="attacked",
        autocommit=True,
        charset="utf8mb4",
        client_flag=CLIENT.MULTI_STATEMENTS,
    )
    with connection, connection.cursor() as cursor:
        for statement in (*_TABLES, "create sequence numbers"):
            cursor.execute(statement.format(integer="int", date="date"))
        cursor.execute(f"set max_statement_time = {TOO_LONG_SECONDS}")

        def run(text: str) -> None:
            try:
                cursor.execute(text.encode("utf-8", "replace"))
                while cursor.nextset():
                    pass
            except pymysql.MySQLError as error:
                if error.args and error.args[0] == 1969:
                    raise Waited(text) from error

        def look() -> object:
            with connection.cursor() as looking:
                seen = []
                for query in (
                    "select count(*), sum(id), min(note), max(note) from attacked.trades",
                    "select count(*) from attacked.secrets",
                    "select table_name, table_type from information_schema.tables where table_schema = 'attacked'",
                    "select column_name from information_schema.columns where table_schema = 'attacked' order by 1",
                    "select next_not_cached_value from attacked.numbers",
                    "select is_used_lock('a'), @@max_connections, database()",
                ):
                    looking.execute(query)
                    seen.append(sorted(looking.fetchall()))
                return seen, sorted(path.name for path in folder.iterdir())

        yield Judge(run, look)
    source.run("drop database attacked", "set global sql_mode = default", "set global max_connections = default")


@contextmanager
def sqlite_judge(folder: Path) -> Iterator[Judge]:
    """A file that may be written, and every statement of a text run."""
    with sqlite3.connect(folder / "source.db", isolation_level=None) as connection:
        for statement in _TABLES:
            connection.execute(statement.format(integer="integer", date="text"))
        steps = 0

        def count() -> bool:
            nonlocal steps
            steps += 1
            return steps > 2000

        connection.set_progress_handler(count, 10_000)

        def run(text: str) -> None:
            nonlocal steps
            steps = 0
            try:
                connection.executescript(text.encode("utf-8", "replace").decode())
                connection.execute(text).fetchall()
            except sqlite3.OperationalError as error:
                if "interrupted" in str(error):
                    raise Waited(text) from error
            except (sqlite3.Error, sqlite3.Warning, ValueError):
                return

        def look() -> object:
            return [
                connection.execute(query).fetchall()
                for query in (
                    "select count(*), sum(id), min(note), max(note) from main.trades",
                    "select count(*) from main.secrets",
                    "select name, sql from main.sqlite_master",
                    "pragma database_list",
                    "pragma user_version",
                    "pragma writable_schema",
                )
            ] + [sorted(path.name for path in folder.iterdir() if not path.name.startswith("source.db"))]

        yield Judge(run, look)
    connection.close()


@contextmanager
def duckdb_judge(folder: Path) -> Iterator[Judge]:
    """A database in a file, with access to everything."""
    with duckdb.connect(folder / "source.duckdb") as connection:
        for statement in (*_TABLES, "create sequence numbers"):
            connection.execute(statement.format(integer="integer", date="date"))
        connection.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        ours = {"source.duckdb", "source.duckdb.wal"}

        def run(text: str) -> None:
            with suppress(duckdb.Error, UnicodeError, ValueError, RuntimeError):
                connection.execute(text.encode("utf-8", "replace").decode()).fetchall()
            with suppress(duckdb.Error):
                connection.execute("rollback")

        def look() -> object:
            return [
                sorted(connection.execute(query).fetchall(), key=str)
                for query in (
                    "select count(*), sum(id), min(note), max(note) from source.main.trades",
                    "select count(*) from source.main.secrets",
                    "select table_name, column_name from duckdb_columns() where not internal",
                    "select sequence_name, last_value from duckdb_sequences()",
                    "select database_name from duckdb_databases()",
                    "select name, value from duckdb_settings() where name in ('threads', 'memory_limit')",
                    "select type_name from duckdb_types() where not internal",
                    "select function_name from duckdb_functions() where not internal",
                )
            ] + [sorted(path.name for path in folder.iterdir() if path.name not in ours)]

        yield Judge(run, look)
