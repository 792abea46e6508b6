"""One read-only session with a PostgreSQL source: opened to a pinned address, bounded in time, ended for sure.

Parameters never become part of the SQL: they are bound to a ``set_config`` call as settings of the transaction,
and the query reads them with ``current_setting``. COPY, which is the fast way out of the server, cannot bind.
"""

from __future__ import annotations

import select
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import IO, Final, LiteralString

import psycopg
from psycopg import pq
from psycopg.abc import Params

from backend.services.connectors import faults
from backend.services.connectors.base import Credentials, SourceParameter, SslMode
from backend.services.connectors.named_parameters import RewrittenQuery, rewrite_parameters
from backend.services.connectors.postgresql_faults import error_of, sign_in_error
from backend.services.connectors.postgresql_probe import diagnose
from backend.services.connectors.postgresql_settings import PostgresqlSettings
from backend.services.connectors.postgresql_types import SQL_TYPES, NativeField
from backend.services.connectors.source_values import (
    connection_lost,
    extraction_cancelled,
    parameter_undeclared,
    role_refused,
)
from backend.services.connectors.sql_grammar import POSTGRESQL, line_and_column
from backend.services.connectors.sql_guard import check_query
from backend.services.egress import PinnedAddress

APPLICATION_NAME: Final = "openreg"
_CANCEL_SECONDS: Final = 1.5
_TICK_MILLISECONDS: Final = 200
_GRACE_SECONDS: Final = 30
_MAX_ADDRESSES: Final = 3
_PARAMETER_PREFIX: Final = "openreg."
_QUERY_CANCELLED: Final = "57014"


class PostgresqlSession:
    """An open connection inside one READ ONLY transaction. Use ``open_session``."""

    def __init__(self, connection: psycopg.Connection, settings: PostgresqlSettings) -> None:
        """Takes over the connection; ``timeout_seconds`` bounds every statement on the server."""
        self._connection = connection
        self._settings = settings
        self._cancelled = threading.Event()
        self._closing = threading.Lock()
        self._started = time.monotonic()
        self._timeout_seconds = settings.statement_timeout_seconds

    def begin(self, *, timeout_seconds: int | None = None) -> None:
        """Start the transaction and fix everything the text of values depends on."""
        self._timeout_seconds = timeout_seconds or self._settings.statement_timeout_seconds
        self.fetch("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        local = {
            "statement_timeout": f"{self._timeout_seconds}s",
            "lock_timeout": f"{self._settings.lock_timeout_seconds}s",
            "idle_in_transaction_session_timeout": f"{self._settings.statement_timeout_seconds}s",
            "TimeZone": "UTC",
            "DateStyle": "ISO, YMD",
            "IntervalStyle": "iso_8601",
            "extra_float_digits": "1",
            "standard_conforming_strings": "on",
        }
        if self._settings.search_path:
            local["search_path"] = ", ".join('"' + name.replace('"', '""') + '"' for name in self._settings.search_path)
        self._set_local(local)
        if self._settings.role is not None:
            try:
                self._set_local({"role": self._settings.role})
            except (faults.QueryFailed, faults.SourcePermissionDenied) as error:
                raise role_refused(self._settings.role) from error

    def fetch(self, sql: LiteralString, params: Params | None = None) -> list[tuple[object, ...]]:
        """Rows of a statement of ours. Raises ConnectorError."""
        self._started = time.monotonic()
        try:
            cursor = self._connection.execute(sql, params)
            return list(cursor.fetchall()) if cursor.description is not None else []
        except psycopg.Error as error:
            raise self._named(error.sqlstate, error.diag.message_primary or str(error)) from error

    def bind(self, query: str, parameters: Mapping[str, SourceParameter]) -> RewrittenQuery:
        """The guarded query with its parameters replaced by settings of this transaction, which are set here."""
        rewritten = rewrite_parameters(check_query(query, dialect="postgres"), partial(_render, parameters), POSTGRESQL)
        values = {
            _PARAMETER_PREFIX + name: _text_of(parameters[name])
            for name in sorted(rewritten.names)
            if parameters[name].value is not None
        }
        if values:
            self._set_local(values)
        return rewritten

    def describe(self, query: str, rewritten: RewrittenQuery) -> list[NativeField]:
        """The columns of a query; the server reads the text alone, as one statement, and does not run it."""
        self._started = time.monotonic()
        pgconn = self._connection.pgconn
        try:
            pgconn.send_prepare(b"", rewritten.text.encode())
            self._checked(self._results(), query, rewritten)
            pgconn.send_describe_prepared(b"")
            result = self._checked(self._results(), query, rewritten)
        except psycopg.Error as error:
            raise connection_lost() from error
        return self._native_fields(result)

    def explain(self, text: str) -> tuple[str, ...]:
        """The plan of a text that was prepared alone before. Raises ConnectorError."""
        return tuple(str(line) for (line,) in self.fetch(f"EXPLAIN\n{text}"))

    def copy_out(self, statement: str, *, block_bytes: int, block_rows: int) -> Iterator[tuple[bytes, int]]:
        """The text of a COPY TO STDOUT statement in blocks of whole rows, with the rows in each.

        A block ends with the row that reaches ``block_bytes`` or ``block_rows``, whichever comes first.

        Raises ConnectorError.
        """
        self._started = time.monotonic()
        pgconn = self._connection.pgconn
        try:
            pgconn.send_query(statement.encode())
            while pgconn.flush():
                self._wait(select.POLLOUT)
            while pgconn.is_busy():
                self._wait(select.POLLIN)
                pgconn.consume_input()
            started = pgconn.get_result()
            if started is None or started.status != pq.ExecStatus.COPY_OUT:
                self._raise_for(started)
            yield from self._copied_blocks(block_bytes, block_rows)
            for result in self._results():
                if result.status != pq.ExecStatus.COMMAND_OK:
                    self._raise_for(result)
        except psycopg.Error as error:
            raise (extraction_cancelled() if self._cancelled.is_set() else connection_lost()) from error

    def cancel(self) -> None:
        """Stop the running statement here and on the server; callable from any thread."""
        self._cancelled.set()
        with self._closing:
            if self._connection.closed:
                return
            try:
                self._connection.cancel_safe(timeout=_CANCEL_SECONDS)
            except psycopg.Error:
                return  # the iterating thread sees the event and closes the connection, which ends the statement too

    def close(self) -> None:
        """End the session; a statement still running is cancelled first, so that the server stops working on it."""
        if self._connection.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
            self.cancel()
        with self._closing:
            self._connection.close()

    def _copied_blocks(self, block_bytes: int, block_rows: int) -> Iterator[tuple[bytes, int]]:
        """The innermost loop of every extraction: one turn per row, so nothing is in it that can be outside."""
        pgconn = self._connection.pgconn
        next_row = pgconn.get_copy_data
        rows: list[memoryview] = []
        collected = 0
        while True:
            size, row = next_row(1)
            if size > 0:
                rows.append(row)
                collected += size
                if collected >= block_bytes or len(rows) == block_rows:
                    yield b"".join(rows), len(rows)
                    rows, collected = [], 0
            elif size == 0:
                self._wait(select.POLLIN)
                pgconn.consume_input()
            else:
                break
        if rows:
            yield b"".join(rows), len(rows)

    def _wait(self, event: int) -> None:
        """Until the socket is ready; gives up when cancelled or when the server is silent beyond its own limit."""
        poll = select.poll()
        poll.register(self._connection.pgconn.socket, event)
        give_up_at = time.monotonic() + self._timeout_seconds + _GRACE_SECONDS
        while not poll.poll(_TICK_MILLISECONDS):
            if self._cancelled.is_set() and time.monotonic() - self._started > _CANCEL_SECONDS:
                raise extraction_cancelled()
            if time.monotonic() > give_up_at:
                raise connection_lost()

    def _results(self) -> list[pq.abc.PGresult]:
        """Every result of the statement sent last."""
        pgconn = self._connection.pgconn
        while pgconn.flush():
            self._wait(select.POLLOUT)
        results: list[pq.abc.PGresult] = []
        while True:
            while pgconn.is_busy():
                self._wait(select.POLLIN)
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                return results
            results.append(result)

    def _checked(self, results: Sequence[pq.abc.PGresult], query: str, rewritten: RewrittenQuery) -> pq.abc.PGresult:
        result = results[-1] if results else None
        if result is None or result.status != pq.ExecStatus.COMMAND_OK:
            self._raise_for(result, query, rewritten)
            raise AssertionError  # pragma: no cover
        return result

    def _raise_for(
        self, result: pq.abc.PGresult | None, query: str | None = None, rewritten: RewrittenQuery | None = None
    ) -> None:
        if result is None:
            raise connection_lost()
        if result.status != pq.ExecStatus.FATAL_ERROR:
            raise faults.QueryRefused("The query gives no rows.", fix="Write a SELECT.")
        code = _diagnostic(result, pq.DiagnosticField.SQLSTATE)
        message = _diagnostic(result, pq.DiagnosticField.MESSAGE_PRIMARY) or ""
        position = _diagnostic(result, pq.DiagnosticField.STATEMENT_POSITION)
        extra: dict[str, object] = {}
        if position is not None and query is not None and rewritten is not None:
            line, column = line_and_column(query, rewritten.source_offset(int(position) - 1))
            extra = {"line": line, "column": column}
            message = f"line {line}, column {column}: {message}"
        raise self._named(code, message, extra)

    def _named(
        self, code: str | None, message: str, extra: Mapping[str, object] | None = None
    ) -> faults.ConnectorError:
        """The server uses one code for its own time limit and for a cancellation; who asked decides."""
        if self._cancelled.is_set():
            return extraction_cancelled()
        if code == _QUERY_CANCELLED:
            if time.monotonic() - self._started >= self._timeout_seconds * 0.9:
                return faults.QueryTimedOut(
                    f"The query ran longer than {self._timeout_seconds} seconds.",
                    fix="Make the query faster (an index on its date column?) or raise statement_timeout_seconds.",
                )
            return faults.QueryInterrupted(
                "The query was cancelled at the server.", fix="Ask the database administrator why, then try again."
            )
        return error_of(code, message, extra=extra)

    def _set_local(self, values: Mapping[str, str]) -> None:
        columns = ", ".join("set_config(%s, %s, true)" for _ in values)
        self.fetch(f"SELECT {columns}", [part for item in values.items() for part in item])

    def _native_fields(self, result: pq.abc.PGresult) -> list[NativeField]:
        described = [
            ((result.fname(index) or b"").decode(), result.ftype(index), result.fmod(index))
            for index in range(result.nfields)
        ]
        types = self.fetch(
            "SELECT format_type(wanted.oid, wanted.modifier), "
            " coalesce(typtype = 'e' OR typcategory = 'S', false)"
            " FROM unnest(%s::oid[], %s::int[]) WITH ORDINALITY AS wanted(oid, modifier, position)"
            " LEFT JOIN pg_catalog.pg_type ON pg_type.oid = wanted.oid ORDER BY position",
            [[oid for _, oid, _ in described], [modifier for _, _, modifier in described]],
        )
        return [
            NativeField(name, oid, modifier, str(native), bool(is_textual))
            for (name, oid, modifier), (native, is_textual) in zip(described, types, strict=True)
        ]


@contextmanager
def open_session(
    settings: PostgresqlSettings,
    credentials: Credentials,
    addresses: Sequence[PinnedAddress],
    *,
    timeout_seconds: int | None = None,
) -> Iterator[PostgresqlSession]:
    """A session in its transaction; ended, whatever happens, when the context is left. Raises ConnectorError."""
    with _root_certificate(settings) as certificate:
        session = PostgresqlSession(_connect(settings, credentials, addresses[:_MAX_ADDRESSES], certificate), settings)
        try:
            session.begin(timeout_seconds=timeout_seconds)
            yield session
        finally:
            session.close()


def _connect(
    settings: PostgresqlSettings, credentials: Credentials, addresses: Sequence[PinnedAddress], certificate: str | None
) -> psycopg.Connection:
    count = len(addresses)
    options: dict[str, str | int] = {
        "host": ",".join([settings.host] * count),  # for the certificate
        "hostaddr": ",".join(address.address for address in addresses),  # for the connection
        "port": ",".join(str(address.port) for address in addresses),
        "dbname": settings.database,
        "user": credentials.username,
        "password": credentials.password.get_secret_value(),
        "connect_timeout": settings.connect_timeout_seconds,
        "sslmode": settings.ssl_mode.value.replace("_", "-"),
        "application_name": APPLICATION_NAME,
        "client_encoding": "UTF8",
        "gssencmode": "disable",
        "target_session_attrs": "any",
        "passfile": "/dev/null",
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    if settings.ssl_mode is SslMode.DISABLE:
        options["require_auth"] = "!password"  # never the bare password over a readable line
    if certificate is not None:
        options["sslrootcert"] = certificate
    try:
        return psycopg.Connection.connect(autocommit=True, **options)  # type: ignore[arg-type]  # libpq options beside named arguments
    except psycopg.Error as error:
        message = str(error)
    diagnose(settings, addresses[0])
    raise sign_in_error(message)


@contextmanager
def _root_certificate(settings: PostgresqlSettings) -> Iterator[str | None]:
    """A file with the trusted certificates, which is all libpq reads; it lives as long as the session."""
    if settings.ssl_root_certificate is not None:
        with tempfile.NamedTemporaryFile(mode="w", suffix=".pem", encoding="ascii") as file:
            _write(file, settings.ssl_root_certificate)
            yield file.name
    elif settings.ssl_mode is SslMode.VERIFY_FULL:
        yield ssl.get_default_verify_paths().cafile or "system"
    else:
        yield None


def _write(file: IO[str], text: str) -> None:
    file.write(text)
    file.flush()


def _render(parameters: Mapping[str, SourceParameter], name: str) -> str:
    """A parameter as an expression that reads its setting, in the type it was declared with."""
    parameter = parameters.get(name)
    if parameter is None or parameter.type.kind not in SQL_TYPES:
        raise parameter_undeclared(name, parameters, " An array slice needs a blank: [1 : n].")
    type_ = SQL_TYPES[parameter.type.kind]
    if parameter.value is None:
        return f"CAST(NULL AS {type_})"
    return f"CAST(current_setting('{_PARAMETER_PREFIX}{name}') AS {type_})"


def _text_of(parameter: SourceParameter) -> str:
    value = parameter.value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _diagnostic(result: pq.abc.PGresult, field: pq.DiagnosticField) -> str | None:
    value = result.error_field(field)
    return value.decode("utf-8", errors="replace") if value is not None else None
