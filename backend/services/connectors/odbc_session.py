"""One read-only session with a source behind ODBC: calls of the driver in a thread of their own, bounded in time.

A driver is code of somebody else: it may know no time limit, or not come back from a call. Nobody waits for it longer
than the limits say; then it is asked to cancel, and after that it is left alone with its thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Final, TypeVar

from backend.services.connectors import faults
from backend.services.connectors.base import SourceParameter
from backend.services.connectors.mysql_faults import INTERRUPTED, TIMED_OUT
from backend.services.connectors.named_parameters import rewrite_parameters
from backend.services.connectors.odbc_columns import Block, ColumnLayout
from backend.services.connectors.odbc_drivers import Limits
from backend.services.connectors.odbc_faults import error_of, library_missing, sign_in_error, sign_in_timed_out
from backend.services.connectors.odbc_library import (
    DescribedColumn,
    LibraryMissing,
    OdbcConnection,
    OdbcFault,
    OdbcStatement,
)
from backend.services.connectors.odbc_settings import OdbcSettings
from backend.services.connectors.source_values import extraction_cancelled, parameter_text, parameter_undeclared
from backend.services.connectors.sql_grammar import Part, read_tokens
from backend.services.connectors.sql_guard import check_query
from backend.services.connectors.sql_rules import RULES

Result = TypeVar("Result")

_TICK_SECONDS: Final = 0.1
_CANCEL_SECONDS: Final = 1.5
_GRACE_SECONDS: Final = 0.5
"""The server's own limit comes first; it says more."""
_SHARE: Final = 0.9
_CURSOR: Final = "openreg_rows"


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """The author's query with markers, and the value of each marker as a text."""

    text: str
    values: tuple[str | None, ...]


class OdbcSession:
    """An open connection in one transaction that is never committed. Use ``open_session``."""

    def __init__(self, settings: OdbcSettings, *, timeout_seconds: int) -> None:
        """Nothing is opened yet."""
        self._settings = settings
        self._family = settings.family
        self._limits = limits_of(settings, timeout_seconds=timeout_seconds)
        self._calls = DriverThread()
        self._connection: OdbcConnection | None = None
        self._statement: OdbcStatement | None = None
        self._cursor: OdbcStatement | None = None
        self._text = ""
        self._closing = threading.Lock()
        self._cancelled_at: float | None = None
        self._is_late = False
        self._is_reading = False
        self._started = time.monotonic()

    def open(self, connection_string: str) -> None:
        """Sign in and begin. Raises ConnectorError."""

        def connect() -> None:
            self._connection = OdbcConnection(
                connection_string,
                login_timeout_seconds=self._limits.connect,
                is_narrow=self._family.is_narrow,
            )

        def begin() -> None:
            self._open_connection.begin()
            for statement in self._family.begin(self._limits):
                self._open_connection.execute(statement)

        try:
            self._wait(self._calls.call(connect), self._limits.connect + _GRACE_SECONDS)
        except OdbcFault as fault:
            raise sign_in_error(self._family, fault) from fault
        except faults.QueryTimedOut as error:
            raise sign_in_timed_out() from error
        self._run(begin)

    def bind(self, query: str, parameters: Mapping[str, SourceParameter]) -> BoundQuery:
        """The guarded query with markers in place of its parameters. Raises QueryInvalid."""
        values: list[str | None] = []
        casts = self._family.casts

        def marker(name: str) -> str:
            parameter = parameters.get(name)
            cast = casts.get(parameter.type.kind) if parameter is not None else None
            if parameter is None or cast is None:
                raise parameter_undeclared(name, parameters)
            values.append(parameter_text(parameter))
            return cast.format(precision=parameter.type.precision, scale=parameter.type.scale)

        grammar = RULES[self._family.dialect].grammar
        text = check_query(query, dialect=self._family.dialect)
        if any(token.part is Part.SIGN and token.text == "?" for token in read_tokens(text, grammar)):
            raise faults.QuerySyntaxInvalid(
                "A question mark stands for a value in ODBC.", fix="Write parameters as :name; use no operator with ?."
            )
        return BoundQuery(rewrite_parameters(text, marker, grammar).text, tuple(values))

    def describe(self, text: str) -> tuple[DescribedColumn, ...]:
        """The columns of a query with markers, which is read by the server and not run. Raises ConnectorError."""

        def prepare() -> tuple[DescribedColumn, ...]:
            self._statement = self._open_connection.statement()
            self._text = text
            return self._statement.prepare(text)

        fields = self._run(prepare)
        if not fields:
            raise faults.QueryRefused("The query gives no rows.", fix="Write a SELECT.")
        return fields

    def limit_rows(self, rows: int) -> None:
        """Have the server stop after so many rows of what is described next, where it can be told."""
        statement = self._family.limit_rows
        if statement is not None:
            self._run(lambda: self._open_connection.execute(statement.format(rows=rows)))

    def blocks(
        self, values: Sequence[str | None], layouts: Sequence[ColumnLayout], *, rows: int, limit: int = 0
    ) -> Iterator[Block]:
        """Run what was described; its rows in blocks, of which one is read while the one before is used.

        A block holds until the next is asked for. Raises ConnectorError.
        """
        statement = self._statement
        if statement is None:
            raise AssertionError  # pragma: no cover - described first
        block, other = Block(layouts, rows), Block(layouts, rows)

        def start() -> None:
            started = statement
            if self._family.needs_cursor:
                started = self._cursor = self._open_connection.statement()
                started.take(f"DECLARE {_CURSOR} NO SCROLL CURSOR FOR {self._text}")
            else:
                statement.limit(seconds=self._limits.statement, rows=limit)
            started.bind(values)
            started.execute()

        self._started = time.monotonic()
        self._is_reading = True
        self._run(start)
        fetched = _fetched_from_cursor if self._family.needs_cursor else _fetched
        reading = self._calls.call(partial(fetched, statement, block, rows))
        while self._waited(reading, block):
            reading = self._calls.call(partial(fetched, statement, other, rows))
            yield block
            block, other = other, block
        self._is_reading = False

    def cancel(self) -> None:
        """Stop the running statement here and on the server; callable from any thread."""
        self._cancelled_at = time.monotonic()
        self._stop()

    def close(self) -> None:
        """End the session; a statement still running is cancelled first, so that the server stops working on it."""
        if self._is_reading and self._cancelled_at is None:
            self._stop()

        def close() -> None:
            with self._closing:
                if self._statement is not None:
                    self._statement.close()
                    self._statement = None
            if self._cursor is not None:
                self._cursor.close()
            if self._connection is not None:
                self._connection.close()

        self._calls.end_with(close, seconds=_CANCEL_SECONDS)

    @property
    def _open_connection(self) -> OdbcConnection:
        if self._connection is None:
            raise AssertionError  # pragma: no cover - opened first
        return self._connection

    def _stop(self) -> None:
        def stop() -> None:
            with self._closing:
                if self._statement is not None:
                    self._statement.cancel()

        threading.Thread(target=stop, name="odbc-cancel", daemon=True).start()

    def _run(self, call: Callable[[], Result]) -> Result:
        """A call of the driver, its errors as ours."""
        return self._finish(self._calls.call(call))

    def _waited(self, reading: Future[int], block: Block) -> bool:
        """Whether a block has come."""
        block.rows = self._finish(reading)
        return block.rows > 0

    def _finish(self, running: Future[Result]) -> Result:
        left = self._started + self._limits.statement + _GRACE_SECONDS - time.monotonic()
        try:
            result = self._wait(running, max(left, _TICK_SECONDS))
        except OdbcFault as fault:
            raise self._named(fault) from fault
        if self._cancelled_at is not None:
            raise extraction_cancelled()
        return result

    def _wait(self, running: Future[Result], seconds: float) -> Result:
        """The result of a call; gives up when cancelled or late, and the driver does not end it when asked to."""
        give_up_at = time.monotonic() + seconds
        while True:
            try:
                return running.result(timeout=_TICK_SECONDS)
            except TimeoutError:
                now = time.monotonic()
            except LibraryMissing as error:
                raise library_missing() from error
            if self._cancelled_at is not None and now > self._cancelled_at + _CANCEL_SECONDS:
                raise extraction_cancelled()
            if now > give_up_at:
                if self._is_late:
                    raise self._timed_out()
                self._is_late = True
                self._stop()
                give_up_at = now + _CANCEL_SECONDS

    def _named(self, fault: OdbcFault) -> faults.ConnectorError:
        """Who asked for the end decides what an interruption is."""
        if self._cancelled_at is not None:
            return extraction_cancelled()
        is_interruption = fault.state in ("57014", "HY008", "HY018")
        took_its_time = time.monotonic() - self._started >= self._limits.statement * _SHARE
        is_mysql = self._family.key == "mysql"
        if self._is_late or fault.state == "HYT00" or (is_mysql and fault.native in TIMED_OUT):
            return self._timed_out()
        if is_interruption or (is_mysql and fault.native == INTERRUPTED):
            if took_its_time:
                return self._timed_out()
            return faults.QueryInterrupted(
                "The query was cancelled at the server.", fix="Ask the database administrator why, then try again."
            )
        return error_of(self._family, fault)

    def _timed_out(self) -> faults.QueryTimedOut:
        return faults.QueryTimedOut(
            f"The query ran longer than {self._limits.statement} seconds.",
            fix="Make the query faster (an index on its date column?) or raise statement_timeout_seconds.",
        )


class DriverThread:
    """Makes the calls of one driver, one after the other; it ends with the process at the latest."""

    def __init__(self) -> None:
        """Start it."""
        self._waiting: SimpleQueue[tuple[Callable[[], object], Future[object]] | None] = SimpleQueue()
        threading.Thread(target=self._serve, name="odbc-driver", daemon=True).start()

    def call(self, function: Callable[[], Result]) -> Future[Result]:
        """Have a function called after those that wait."""
        future: Future[Result] = Future()
        self._waiting.put((function, future))  # type: ignore[arg-type]  # the future is this function's own
        return future

    def end_with(self, function: Callable[[], object], *, seconds: float) -> None:
        """Have a last function called; nobody waits for it longer than so many seconds."""
        last = self.call(function)
        self._waiting.put(None)
        try:
            last.result(timeout=seconds)
        except (TimeoutError, OdbcFault):
            return  # what the thread hangs in ends with the process

    def _serve(self) -> None:
        while (job := self._waiting.get()) is not None:
            function, future = job
            try:
                future.set_result(function())
            except BaseException as error:  # noqa: BLE001 - handed to who waits for the result
                future.set_exception(error)


@contextmanager
def open_session(
    settings: OdbcSettings, connection_string: str, *, timeout_seconds: int | None = None
) -> Iterator[OdbcSession]:
    """A session in its transaction; ended, whatever happens, when the context is left. Raises ConnectorError."""
    session = OdbcSession(settings, timeout_seconds=timeout_seconds or settings.statement_timeout_seconds)
    try:
        session.open(connection_string)
        yield session
    finally:
        session.close()


def limits_of(settings: OdbcSettings, *, timeout_seconds: int) -> Limits:
    """How long a session waits."""
    return Limits(
        connect=settings.connect_timeout_seconds, statement=timeout_seconds, lock=settings.lock_timeout_seconds
    )


def _fetched(statement: OdbcStatement, block: Block, rows: int) -> int:
    """The block lives as long as the driver may write into it, also when nobody waits for it any more."""
    return statement.fetch(block.bound, rows)


def _fetched_from_cursor(statement: OdbcStatement, block: Block, rows: int) -> int:
    """As ``_fetched``, of a cursor at the server."""
    statement.execute_directly(f"FETCH FORWARD {rows:d} FROM {_CURSOR}")
    return statement.fetch(block.bound, rows)
