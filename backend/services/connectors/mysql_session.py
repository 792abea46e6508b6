"""One read-only session with a MySQL or MariaDB source: to a pinned address, bounded in time, ended for sure.

Parameters never become part of the SQL: the server prepares the query with its markers, and their values are given
as variables of the session, written as hexadecimal digits.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pymysql
from pymysql.cursors import DictCursor

from backend.services.connectors import faults
from backend.services.connectors.base import Credentials, SourceParameter, SslMode
from backend.services.connectors.faults import ConnectorError
from backend.services.connectors.mysql_faults import BENT, INTERRUPTED, TIMED_OUT, bent, error_of, number_of
from backend.services.connectors.mysql_settings import MysqlSettings
from backend.services.connectors.mysql_types import CASTS, NativeField
from backend.services.connectors.mysql_wire import Block, ConnectionCut, WireConnection
from backend.services.connectors.named_parameters import rewrite_parameters
from backend.services.connectors.server_probe import connect_tcp, tls_context, tls_fault
from backend.services.connectors.source_values import (
    connection_lost,
    extraction_cancelled,
    parameter_text,
    parameter_undeclared,
    role_refused,
)
from backend.services.connectors.sql_grammar import MYSQL
from backend.services.connectors.sql_guard import check_query
from backend.services.egress import PinnedAddress

_CANCEL_SECONDS: Final = 1.5
_GRACE_SECONDS: Final = 30
_TEXT: Final = "openreg_query"
_VALUE: Final = "openreg_value_"
#: What our reading of the SQL takes for granted (a backslash escapes, "x" is a text), and no silent shortening.
_SQL_MODE: Final = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY"
_VARIABLES: Final = (
    f"SET SESSION sql_mode = '{_SQL_MODE}', time_zone = '+00:00', sql_select_limit = 18446744073709551615, "
    "group_concat_max_len = 16777216, lock_wait_timeout = {lock}, innodb_lock_wait_timeout = {lock}, "
    "net_write_timeout = {idle}, wait_timeout = {idle}"
)
_BEGIN: Final = (
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """The author's query with markers, and the value of each marker as a text."""

    text: str
    values: tuple[str | None, ...]


class MysqlSession:
    """An open connection inside one READ ONLY transaction. Use ``open_session``."""

    def __init__(self, connection: WireConnection, settings: MysqlSettings, killer: _Killer) -> None:
        self._connection = connection
        self._settings = settings
        self._killer = killer
        self._cancelled = threading.Event()
        self._closing = threading.Lock()
        self._timeout_seconds = settings.statement_timeout_seconds
        self._is_reading = False

    def begin(self, *, timeout_seconds: int | None = None) -> None:
        """Start the transaction and fix everything the text of values depends on."""
        self._timeout_seconds = timeout_seconds or self._settings.statement_timeout_seconds
        idle = self._settings.statement_timeout_seconds + _GRACE_SECONDS
        self.fetch(_VARIABLES.format(lock=self._settings.lock_timeout_seconds, idle=idle))
        if "mariadb" in str(self._connection.get_server_info()).lower():
            self.fetch(f"SET SESSION max_statement_time = {self._timeout_seconds}")
        else:
            self.fetch(f"SET SESSION max_execution_time = {self._timeout_seconds * 1000}")
        if self._settings.role is not None:
            quoted = self._settings.role.replace("`", "``")
            try:
                self.fetch(f"SET ROLE `{quoted}`")
            except (faults.QueryFailed, faults.QueryInvalid, faults.SourcePermissionDenied) as error:
                raise role_refused(self._settings.role) from error
        for statement in _BEGIN:
            self.fetch(statement)

    def fetch(self, sql: str, values: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement of ours, their values as texts. Raises ConnectorError."""
        with self._named(), self._connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())

    def bind(self, query: str, parameters: Mapping[str, SourceParameter]) -> BoundQuery:
        """The guarded query with markers in place of its parameters. Raises QueryInvalid."""
        values: list[str | None] = []

        def marker(name: str) -> str:
            parameter = _declared(parameters, name)
            values.append(parameter_text(parameter))
            type_ = parameter.type
            return CASTS[type_.kind].format(precision=type_.precision, scale=type_.scale)

        rewritten = rewrite_parameters(check_query(query, dialect="mysql"), marker, MYSQL)
        return BoundQuery(rewritten.text, tuple(values))

    def describe(self, text: str) -> list[NativeField]:
        """The columns of a query with markers, which is read by the server and not run. Raises ConnectorError."""
        with self._named():
            fields = self._connection.describe(text)
        if not fields:
            raise faults.QueryRefused("The query gives no rows.", fix="Write a SELECT.")
        return fields

    def limit_rows(self, rows: int) -> None:
        """Have the server stop after so many rows of a query that has no limit of its own."""
        self.fetch(f"SET SESSION sql_select_limit = {rows:d}")

    def blocks(self, query: BoundQuery, *, max_rows: int, max_bytes: int) -> Iterator[Block]:
        """Run a query; its rows in blocks that end with the row that reaches a limit. Raises ConnectorError."""
        execution = self._prepare(query)
        with self._named():
            self._is_reading = True
            columns = self._connection.begin(execution)
            while True:
                block = self._connection.read_block(columns, max_rows=max_rows, max_bytes=max_bytes)
                self._is_reading = not block.is_last
                if block.rows:
                    yield block
                if block.is_last:
                    break
        if block.warnings:
            self._refuse_bent_values()

    def explain(self, query: BoundQuery) -> list[dict[str, str | None]]:
        """The server's plan: a row for each table that is read. Raises ConnectorError."""
        execution = self._prepare(BoundQuery(f"EXPLAIN\n{query.text}", query.values))
        with self._named(), self._connection.cursor(DictCursor) as cursor:
            cursor.execute(execution)
            return list(cursor.fetchall())

    def _prepare(self, query: BoundQuery) -> str:
        """Have the server prepare a query with its values beside it; the statement that executes it."""
        names = [f"@{_VALUE}{number}" for number in range(len(query.values))]
        given = {f"@{_TEXT}": query.text, **dict(zip(names, query.values, strict=True))}
        self.fetch("SET " + ", ".join(f"{name} = {_hexadecimal(value)}" for name, value in given.items()))
        self.fetch(f"PREPARE {_TEXT} FROM @{_TEXT}")
        return f"EXECUTE {_TEXT}" + (f" USING {', '.join(names)}" if names else "")

    def _refuse_bent_values(self) -> None:
        """The server goes on with another value where one does not fit, and only warns of it. Raises QueryFailed."""
        for _, number, message in self.fetch("SHOW WARNINGS"):
            if int(number) in BENT:
                raise bent(int(number), message)

    def cancel(self) -> None:
        """Stop the running statement here and on the server; callable from any thread."""
        self._cancelled.set()
        with self._closing:
            if not self._connection.open:
                return
            if not self._killer.kill(self._connection.thread_id()):
                self._connection.cut()

    def close(self) -> None:
        """End the session; a statement still running is cancelled first, so that the server stops working on it."""
        if self._is_reading and not self._cancelled.is_set():
            self.cancel()
        with self._closing:
            self._connection.cut()

    @contextmanager
    def _named(self) -> Iterator[None]:
        """The driver's errors as ours; who asked for the end decides what an interruption is."""
        try:
            yield
        except (pymysql.MySQLError, OSError, ValueError, ConnectionCut) as error:
            if self._cancelled.is_set():
                raise extraction_cancelled() from error
            if not isinstance(error, pymysql.MySQLError):
                raise connection_lost() from error
            number = number_of(error)
            if number in TIMED_OUT:
                raise faults.QueryTimedOut(
                    f"The query ran longer than {self._timeout_seconds} seconds.",
                    fix="Make the query faster (an index on its date column?) or raise statement_timeout_seconds.",
                ) from error
            if number == INTERRUPTED:
                raise faults.QueryInterrupted(
                    "The query was cancelled at the server.", fix="Ask the database administrator why, then try again."
                ) from error
            raise error_of(error) from error


@dataclass(frozen=True, slots=True)
class _Killer:
    """Ends statements of a session from outside of it."""

    settings: MysqlSettings
    credentials: Credentials
    address: PinnedAddress

    def kill(self, session: int) -> bool:
        """Whether the server was told."""
        try:
            other = _connect(self.settings, self.credentials, self.address, seconds=_CANCEL_SECONDS)
        except ConnectorError:
            return False
        with other, other.cursor() as cursor:
            try:
                cursor.execute(f"KILL QUERY {session:d}")
            except pymysql.MySQLError:
                return False
        return True


@contextmanager
def open_session(
    settings: MysqlSettings,
    credentials: Credentials,
    addresses: Sequence[PinnedAddress],
    *,
    timeout_seconds: int | None = None,
) -> Iterator[MysqlSession]:
    """A session in its transaction; ended, whatever happens, when the context is left. Raises ConnectorError."""
    connection, address = _connect_to_one(settings, credentials, addresses)
    session = MysqlSession(connection, settings, _Killer(settings, credentials, address))
    try:
        session.begin(timeout_seconds=timeout_seconds)
        yield session
    finally:
        session.close()


def _connect_to_one(
    settings: MysqlSettings, credentials: Credentials, addresses: Sequence[PinnedAddress]
) -> tuple[WireConnection, PinnedAddress]:
    """To the first address that answers."""
    unreachable: ConnectorError | None = None
    for address in addresses:
        try:
            return _connect(settings, credentials, address), address
        except faults.SourceUnreachable as error:
            unreachable = unreachable or error
    raise unreachable or connection_lost()


def _connect(
    settings: MysqlSettings, credentials: Credentials, address: PinnedAddress, seconds: float | None = None
) -> WireConnection:
    password = credentials.password.get_secret_value().encode()  # the driver would take latin1
    raw = connect_tcp(settings, address)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    is_secure = settings.ssl_mode is not SslMode.DISABLE
    connection = WireConnection(
        host=settings.host,  # for the certificate; the socket is connected already
        user=credentials.username,
        password=password,
        database=settings.database,
        charset="utf8mb4",
        ssl=tls_context(settings) if is_secure else None,
        ssl_disabled=not is_secure,
        read_timeout=seconds or settings.connect_timeout_seconds,
        write_timeout=seconds or _GRACE_SECONDS,
        conv={},
        autocommit=None,
        defer_connect=True,
        program_name="openreg",
        auth_plugin_map=None if is_secure else {"mysql_clear_password": _NeverReadable},
    )
    try:
        connection.connect(raw)
    except (pymysql.MySQLError, OSError) as error:
        raw.close()
        raise _not_let_in(error) from error
    if seconds is None:
        connection.wait_at_most(settings.statement_timeout_seconds + _GRACE_SECONDS)
    return connection


def _not_let_in(error: Exception) -> ConnectorError:
    cause = getattr(error, "original_exception", error)
    if isinstance(cause, ssl.SSLError):
        return tls_fault(cause)
    if isinstance(cause, pymysql.MySQLError):
        if "SSL is required" in str(cause):
            return faults.SourceTlsFailed(
                "The server does not offer TLS.",
                fix="Switch TLS on at the server; only where the network itself is trusted, set ssl_mode to disable.",
            )
        return error_of(cause)
    return connection_lost()


class _NeverReadable:
    """Stands for the method that sends the bare password: never over a readable line."""

    def __init__(self, connection: WireConnection) -> None:
        self._connection = connection

    def authenticate(self, _packet: object) -> None:
        """Raises pymysql.OperationalError."""
        raise pymysql.OperationalError(1045, "The server asks for the password over a line that others can read")


def _declared(parameters: Mapping[str, SourceParameter], name: str) -> SourceParameter:
    parameter = parameters.get(name)
    if parameter is None or parameter.type.kind not in CASTS:
        raise parameter_undeclared(name, parameters)
    return parameter


def _hexadecimal(value: str | None) -> str:
    """A text as digits, which end nothing and escape nothing."""
    return "NULL" if value is None else f"CONVERT(X'{value.encode().hex()}' USING utf8mb4)"
