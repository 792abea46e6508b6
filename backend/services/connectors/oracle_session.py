"""One read-only session with an Oracle source: to a pinned address, bounded in time, ended for sure."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

import oracledb
import pyarrow as pa

from backend.services.connectors import faults
from backend.services.connectors.base import Credentials, SourceParameter, SslMode
from backend.services.connectors.faults import ConnectorError
from backend.services.connectors.named_parameters import RewrittenQuery, rewrite_parameters
from backend.services.connectors.oracle_faults import (
    INTERRUPTED,
    TIMED_OUT,
    code_of,
    connect_fault,
    error_of,
    offset_of,
    silent,
)
from backend.services.connectors.oracle_settings import OracleSettings
from backend.services.connectors.oracle_thread import DriverThread, LeftBehind
from backend.services.connectors.oracle_types import CASTS, NativeField
from backend.services.connectors.server_probe import connect_tcp, tls_context
from backend.services.connectors.source_values import connection_lost, extraction_cancelled, parameter_undeclared
from backend.services.connectors.sql_grammar import ORACLE, line_and_column
from backend.services.connectors.sql_guard import check_query
from backend.services.egress import PinnedAddress

_CANCEL_SECONDS: Final = 1.5
_GRACE_SECONDS: Final = 30
_END_SECONDS: Final = 5
_PROGRAM: Final = "openreg"
#: What the text of values depends on, whatever the server's defaults are.
_SESSION: Final = (
    "ALTER SESSION SET TIME_ZONE = '+00:00' NLS_NUMERIC_CHARACTERS = '.,' NLS_CALENDAR = 'GREGORIAN' "
    "NLS_DATE_LANGUAGE = 'AMERICAN' NLS_SORT = 'BINARY' NLS_COMP = 'BINARY'"
)
_READ_ONLY: Final = "SET TRANSACTION READ ONLY"

# Else the first connection decides, and all others wait for it, which may be for ever.
oracledb.enable_thin_mode()  # type: ignore[no-untyped-call]  # the driver has no types there

_Result = TypeVar("_Result")
BoundValue = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """The author's query with the driver's parameters, their values, and the way back to the author's text."""

    source: str
    rewritten: RewrittenQuery
    values: Mapping[str, BoundValue]

    @property
    def text(self) -> str:
        """What the server is given."""
        return self.rewritten.text


class OracleSession:
    """An open connection inside one READ ONLY transaction. Use ``open_session``."""

    def __init__(self, connection: oracledb.Connection, settings: OracleSettings, driver: DriverThread) -> None:
        self._connection = connection
        self._settings = settings
        self._driver = driver
        self._cancelled_at: float | None = None
        self._closing = threading.Lock()
        self._timeout_seconds = settings.statement_timeout_seconds
        self._is_left_behind = False

    @property
    def server(self) -> str:
        """The server's version."""
        return f"Oracle Database {self._connection.version}"

    def begin(self, *, timeout_seconds: int | None = None) -> None:
        """Start the transaction and fix everything the text of values depends on."""
        self._timeout_seconds = timeout_seconds or self._settings.statement_timeout_seconds
        self._connection.call_timeout = self._timeout_seconds * 1000
        self._run(_SESSION)
        if self._settings.current_schema is not None:
            self._run(f"ALTER SESSION SET CURRENT_SCHEMA = {quoted(self._settings.current_schema)}")
        self._run(_READ_ONLY)

    def fetch(self, sql: str, values: Mapping[str, BoundValue] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a statement of ours. Raises ConnectorError."""

        def work() -> list[tuple[Any, ...]]:
            with self._connection.cursor() as cursor:
                cursor.execute(sql, dict(values or {}))
                return list(cursor.fetchall())

        with self._named():
            return self._call(work)

    def bind(self, query: str, parameters: Mapping[str, SourceParameter]) -> BoundQuery:
        """The guarded query with the driver's parameters in place of the author's. Raises QueryInvalid."""
        names: dict[str, str] = {}

        def marker(name: str) -> str:
            type_ = _declared(parameters, name).type
            bind = names.setdefault(name, f"v{len(names) + 1}")  # the author's name may be a word of Oracle's
            return CASTS[type_.kind].format(bind=f":{bind}", precision=type_.precision, scale=type_.scale)

        rewritten = rewrite_parameters(check_query(query, dialect="oracle"), marker, ORACLE)
        return BoundQuery(query, rewritten, {bind: _bound(parameters[name]) for name, bind in names.items()})

    def describe(self, query: BoundQuery) -> list[NativeField]:
        """The columns of a query, which the server reads alone and does not run. Raises ConnectorError."""

        def work() -> list[NativeField]:
            with self._connection.cursor() as cursor:
                cursor.parse(query.text)
                return [NativeField.of(described) for described in cursor.description or ()]

        with self._named(query):
            fields = self._call(work)
        if not fields:
            raise faults.QueryRefused("The query gives no rows.", fix="Write a SELECT.")
        return fields

    def batches(self, sql: str, values: Mapping[str, BoundValue], *, rows: int) -> Iterator[pa.Table]:
        """Run a statement of ours around a query; its rows as the driver gives them. Raises ConnectorError."""
        give_up_at = time.monotonic() + self._timeout_seconds
        with self._named():
            frames = self._connection.fetch_df_batches(sql, dict(values), rows, fetch_decimals=True)
            while (frame := self._call(lambda: next(frames, None))) is not None:
                yield pa.table(frame)
                if time.monotonic() > give_up_at:
                    raise self._timed_out()

    def cancel(self) -> None:
        """Stop the running statement here and on the server; callable from any thread."""
        self._cancelled_at = self._cancelled_at or time.monotonic()
        with self._closing, suppress(oracledb.Error, OSError):
            self._connection.cancel()

    def close(self) -> None:
        """End the session; a call that never came back keeps its thread, until the server ends the connection."""
        if not self._is_left_behind:
            with self._closing, suppress(oracledb.Error, OSError, LeftBehind):
                self._driver.call(self._connection.close, seconds=_END_SECONDS)
        self._driver.end()

    def _run(self, sql: str) -> None:
        def work() -> None:
            with self._connection.cursor() as cursor:
                cursor.execute(sql)

        with self._named():
            self._call(work)

    def _call(self, work: Callable[[], _Result]) -> _Result:
        try:
            return self._driver.call(
                work, seconds=self._timeout_seconds + _GRACE_SECONDS, is_given_up=self._is_given_up
            )
        except LeftBehind:
            self._is_left_behind = True
            raise

    def _is_given_up(self) -> bool:
        return self._cancelled_at is not None and time.monotonic() - self._cancelled_at > _CANCEL_SECONDS

    @contextmanager
    def _named(self, query: BoundQuery | None = None) -> Iterator[None]:
        """The driver's errors as ours; who asked for the end decides what an interruption is."""
        try:
            yield
        except (oracledb.Error, OSError, LeftBehind) as error:
            if self._cancelled_at is not None:
                raise extraction_cancelled() from error
            if not isinstance(error, oracledb.Error):
                raise connection_lost() from error
            code = code_of(error)
            if code == TIMED_OUT or TIMED_OUT in str(error):
                raise self._timed_out() from error
            if code == INTERRUPTED:
                raise faults.QueryInterrupted(
                    "The query was cancelled at the server.", fix="Ask the database administrator why, then try again."
                ) from error
            raise error_of(error, extra=_place(error, query)) from error

    def _timed_out(self) -> faults.QueryTimedOut:
        return faults.QueryTimedOut(
            f"The query ran longer than {self._timeout_seconds} seconds.",
            fix="Make the query faster (an index on its date column?) or raise statement_timeout_seconds.",
        )


@contextmanager
def open_session(
    settings: OracleSettings,
    credentials: Credentials,
    addresses: Sequence[PinnedAddress],
    *,
    timeout_seconds: int | None = None,
) -> Iterator[OracleSession]:
    """A session in its transaction; ended, whatever happens, when the context is left. Raises ConnectorError."""
    driver = DriverThread()
    try:
        connection = _connect_to_one(settings, credentials, addresses, driver)
    except ConnectorError:
        driver.end()
        raise
    session = OracleSession(connection, settings, driver)
    try:
        session.begin(timeout_seconds=timeout_seconds)
        yield session
    finally:
        session.close()


def quoted(name: str) -> str:
    """A name as it is, in quotes; a quote cannot be part of one."""
    return '"' + name.replace('"', "") + '"'


def _connect_to_one(
    settings: OracleSettings, credentials: Credentials, addresses: Sequence[PinnedAddress], driver: DriverThread
) -> oracledb.Connection:
    """To the first address that something listens at."""
    unreachable: ConnectorError | None = None
    for address in addresses:
        try:
            connect_tcp(settings, address).close()  # what the driver would say of it all in one word
        except faults.SourceUnreachable as error:
            unreachable = unreachable or error
            continue
        return _connect(settings, credentials, address, driver)
    raise unreachable or connection_lost()


def _connect(
    settings: OracleSettings, credentials: Credentials, address: PinnedAddress, driver: DriverThread
) -> oracledb.Connection:
    """The driver is given an address and no name, so that it looks up nothing; it reads no file."""
    is_secure = settings.ssl_mode is not SslMode.DISABLE
    handshake = Handshake(tls_context(settings), settings.host) if is_secure else None

    def work() -> oracledb.Connection:
        return oracledb.connect(
            user=credentials.username,
            password=credentials.password.get_secret_value(),
            host=address.address,
            port=address.port,
            protocol="tcps" if is_secure else "tcp",
            ssl_context=handshake,
            ssl_server_dn_match=False,  # the context compares the name, which the driver is not told
            tcp_connect_timeout=settings.connect_timeout_seconds,
            retry_count=0,
            disable_oob=settings.tunnel is not None,  # urgent bytes do not pass a tunnel
            edition=settings.edition,
            program=_PROGRAM,
            machine=_PROGRAM,
            osuser=_PROGRAM,
            terminal=_PROGRAM,
            **settings.service,
        )

    try:
        return driver.call(work, seconds=settings.connect_timeout_seconds)
    except LeftBehind as error:
        raise silent() from error
    except (oracledb.Error, OSError) as error:
        raise connect_fault(error) from error


@dataclass
class Handshake:
    """Stands for the TLS context that the driver asks for: it would compare the certificate with the address."""

    context: ssl.SSLContext
    host: str
    check_hostname: bool = False
    """The driver switches it off; the context's own stays as the settings want it."""

    def wrap_socket(self, connection: Any, *, server_hostname: str | None = None) -> ssl.SSLSocket:  # noqa: ARG002 - what the driver calls
        """The handshake, with the host's name."""
        return self.context.wrap_socket(connection, server_hostname=self.host)


def _declared(parameters: Mapping[str, SourceParameter], name: str) -> SourceParameter:
    parameter = parameters.get(name)
    if parameter is None or parameter.type.kind not in CASTS:
        raise parameter_undeclared(name, parameters)
    return parameter


def _bound(parameter: SourceParameter) -> BoundValue:
    match parameter.value:
        case bool(value):
            return int(value)
        case datetime() as value:
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f +00:00")
        case date() as value:
            return value.isoformat()
        case float(value):
            return repr(value)
        case value:
            return value


def _place(error: oracledb.Error, query: BoundQuery | None) -> Mapping[str, object] | None:
    offset = offset_of(error)
    if query is None or not offset:
        return None
    line, column = line_and_column(query.source, query.rewritten.source_offset(offset))
    return {"line": line, "column": column}
