"""What a source behind ODBC holds and who is signed in, asked through pyodbc.

pyodbc needs the driver manager's library when it is imported. Where that is missing, OpenReg runs all the same and
says so when a connector is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend.services.connectors import faults
from backend.services.connectors.odbc_drivers import FAMILIES, DriverFamily, family_of
from backend.services.connectors.odbc_faults import error_of, library_missing, sign_in_error
from backend.services.connectors.odbc_library import OdbcFault
from backend.services.connectors.odbc_session import DriverThread, limits_of
from backend.services.connectors.odbc_settings import OdbcSettings

if TYPE_CHECKING:
    import pyodbc

Row = tuple[object, ...]

_NATIVE: Final = re.compile(r"\((-?\d+)\) \(SQL\w+\)")
_CLOSING_SECONDS: Final = 1.5


def installed_drivers() -> tuple[str, ...]:
    """The drivers by the names the driver manager lists. Raises DriverMissing when there is no driver manager."""
    try:
        import pyodbc  # noqa: PLC0415 - see the module
    except ImportError as error:
        raise library_missing() from error
    return tuple(pyodbc.drivers())


@dataclass(frozen=True, slots=True)
class KnownDriver:
    """A driver a connector may name, installed or not."""

    name: str
    is_installed: bool
    family: DriverFamily


def known_drivers() -> tuple[KnownDriver, ...]:
    """Every installed driver of a family, and of the other families the usual one."""
    try:
        installed = installed_drivers()
    except faults.DriverMissing:
        installed = ()
    found = [KnownDriver(name, is_installed=True, family=family) for name in installed if (family := family_of(name))]
    there = {one.family.key for one in found}
    missing = (one for one in FAMILIES if one.key not in there)
    return (*found, *(KnownDriver(family.usual_name, is_installed=False, family=family) for family in missing))


def ask(
    settings: OdbcSettings, connection_string: str, statements: Sequence[str], *, timeout_seconds: int
) -> list[list[Row]]:
    """The rows of each statement of ours, read in one session. Raises ConnectorError."""
    installed_drivers()
    thread = DriverThread()
    opened: list[pyodbc.Connection] = []

    def read() -> list[list[Row]]:
        connection = _connected(settings, connection_string, timeout_seconds)
        opened.append(connection)
        return [[tuple(row) for row in connection.execute(statement).fetchall()] for statement in statements]

    def close() -> None:
        for connection in opened:
            connection.close()

    try:
        return _awaited(thread.call(read), settings, opened, timeout_seconds)
    finally:
        thread.end_with(close, seconds=_CLOSING_SECONDS)


def _connected(settings: OdbcSettings, connection_string: str, timeout_seconds: int) -> pyodbc.Connection:
    import pyodbc  # noqa: PLC0415 - see the module

    family = settings.family
    pyodbc.pooling = False
    limits = limits_of(settings, timeout_seconds=timeout_seconds)
    connection = pyodbc.connect(connection_string, autocommit=True, timeout=limits.connect, ansi=family.is_narrow)
    if not family.has_wide_texts:
        connection.setdecoding(pyodbc.SQL_CHAR, encoding="utf-8")
        connection.setencoding(encoding="utf-8")
    connection.autocommit = False
    for statement in family.begin(limits):
        connection.execute(statement)
    return connection


def _awaited(
    running: Future[list[list[Row]]], settings: OdbcSettings, opened: Sequence[object], timeout_seconds: int
) -> list[list[Row]]:
    import pyodbc  # noqa: PLC0415 - see the module

    try:
        return running.result(timeout=settings.connect_timeout_seconds + timeout_seconds)
    except TimeoutError as error:
        raise faults.SourceTimedOut(
            "The driver did not answer in time.",
            fix="Check that the server answers, and the network between here and there.",
        ) from error
    except pyodbc.Error as error:
        fault = _fault_of(error)
        named = error_of if opened else sign_in_error
        raise named(settings.family, fault) from error


def _fault_of(error: pyodbc.Error) -> OdbcFault:
    """Pyodbc writes SQLSTATE, words and the driver's number into one text."""
    state, message = (str(part) for part in (*error.args, "", "")[:2])
    native = _NATIVE.search(message)
    words = message[: native.start()] if native is not None else message
    return OdbcFault(state, int(native[1]) if native is not None else 0, words.removeprefix(f"[{state}] "))
