"""What drivers report, as named facts with a next step: by the server's own number or code, else by SQLSTATE class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pymysql

from backend.services.connectors import faults, mysql_faults, postgresql_faults
from backend.services.connectors.faults import ConnectorError
from backend.services.connectors.odbc_drivers import DriverFamily
from backend.services.connectors.odbc_library import OdbcFault
from backend.services.connectors.source_values import connection_lost

_Fact = tuple[type[ConnectorError], str]

_SPELLING: Final = "Check the spelling and the schema."
_CORRECT: Final = "Correct the SQL."
_WHO: Final = "Check the user name and the password."
_GRANT: Final = "Ask the database administrator for SELECT on it."
_READS: Final = "Only queries that read are allowed: SELECT, with parts prepared by WITH."

_BY_STATE: Final[Mapping[str, _Fact]] = {
    "28000": (faults.SignInRefused, _WHO),
    "08004": (faults.SignInRefused, "Ask the database administrator whether this user may sign in from here."),
    "3D000": (faults.DatabaseUnknown, "Check the database name in the connector."),
    "25006": (faults.QueryRefused, _READS),
    "42S02": (faults.TableUnknown, _SPELLING),
    "42704": (faults.TableUnknown, _SPELLING),
    "42S22": (faults.ColumnUnknown, "Check the spelling."),
    "42703": (faults.ColumnUnknown, "Check the spelling."),
    "42501": (faults.SourcePermissionDenied, _GRANT),
    "42502": (faults.SourcePermissionDenied, _GRANT),
    "42551": (faults.SourcePermissionDenied, _GRANT),
    "42601": (faults.QuerySyntaxInvalid, _CORRECT),
    "42884": (faults.FunctionUnknown, "Check the name and the types of the arguments."),
    "40001": (faults.QueryInterrupted, "Try again."),
    "57033": (faults.LockTimedOut, "Try again when the other work on the table is done."),
    "57014": (faults.QueryInterrupted, "Ask the database administrator why, then try again."),
    "HY008": (faults.QueryInterrupted, "Ask the database administrator why, then try again."),
    "HY018": (faults.QueryInterrupted, "Ask the database administrator why, then try again."),
    "HYT00": (faults.QueryTimedOut, "Make the query faster or raise statement_timeout_seconds."),
    "HYT01": (faults.SourceTimedOut, "Check that the server answers, and the network between here and there."),
}
_BY_CLASS: Final[Mapping[str, _Fact]] = {
    "08": (faults.SourceConnectionLost, "Try again; if it happens often, look at the network between here and there."),
    "22": (faults.QueryFailed, "Correct the expression for the rows it fails on."),
    "28": (faults.SignInRefused, _WHO),
    "42": (faults.QueryInvalid, _CORRECT),
    "53": (faults.SourceBusy, "The server is short of memory, disk or connections; try again later."),
}
#: SQL Server's numbers, which say more than the SQLSTATE (``sys.messages``).
_SQL_SERVER: Final[Mapping[int, _Fact]] = {
    102: (faults.QuerySyntaxInvalid, _CORRECT),
    156: (faults.QuerySyntaxInvalid, _CORRECT),
    195: (faults.FunctionUnknown, "Check the name and the arguments."),
    207: (faults.ColumnUnknown, "Check the spelling."),
    208: (faults.TableUnknown, _SPELLING),
    229: (faults.SourcePermissionDenied, _GRANT),
    230: (faults.SourcePermissionDenied, _GRANT),
    916: (faults.SourcePermissionDenied, "Ask the database administrator to let this user into the database."),
    1205: (faults.QueryInterrupted, "Try again."),
    1222: (faults.LockTimedOut, "Try again when the other work on the table is done."),
    4060: (faults.DatabaseUnknown, "Check the database name in the connector."),
    10928: (faults.SourceBusy, "Try again later, or ask for more connections."),
    17809: (faults.SourceBusy, "Try again later, or ask for more connections."),
    18456: (faults.SignInRefused, _WHO),
    18487: (faults.SignInRefused, "The password has expired: change it."),
    18488: (faults.SignInRefused, "The password must be changed first."),
}
_SQLITE: Final[tuple[tuple[re.Pattern[str], _Fact], ...]] = (
    (re.compile(r"no such column"), (faults.ColumnUnknown, "Check the spelling.")),
    (re.compile(r"no such table"), (faults.TableUnknown, _SPELLING)),
    (re.compile(r"no such function"), (faults.FunctionUnknown, "Check the name and the arguments.")),
    (re.compile(r"syntax error|unrecognized token|incomplete input"), (faults.QuerySyntaxInvalid, _CORRECT)),
    (re.compile(r"attempt to write|readonly"), (faults.QueryRefused, _READS)),
    (re.compile(r"not authorized"), (faults.SourcePermissionDenied, _GRANT)),
    (re.compile(r"is locked"), (faults.LockTimedOut, "Try again when the other work on the file is done.")),
    (
        re.compile(r"unable to open|not a database|connect failed|malformed"),
        (faults.DatabaseUnknown, "Check the path, that the file is a SQLite database, and that it may be read."),
    ),
)
#: Words of drivers in front of what the server said.
_PREFIXES: Final = re.compile(r"^(?:\[[^\]]*\])+\s*|^ERROR:\s*")
_TAIL: Final = re.compile(r";?\s*\n.*", re.DOTALL)
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")


def error_of(family: DriverFamily, fault: OdbcFault) -> ConnectorError:
    """The named error for what a driver reported of a statement."""
    words = _words(fault.message)
    match family.key:
        case "postgresql" if not fault.state.startswith(("08", "HY", "IM", "S1")):
            return postgresql_faults.error_of(fault.state, words)
        case "mysql" if 1000 <= fault.native < 5000:  # noqa: PLR2004 - the numbers MySQL and MariaDB use
            kind = pymysql.err.ProgrammingError if fault.state.startswith("42") else pymysql.err.OperationalError
            return mysql_faults.error_of(kind(fault.native, words))
        case "sql_server" | "freetds" if fault.native in _SQL_SERVER:
            return _made(_SQL_SERVER[fault.native], words, f"error {fault.native}")
        case "sqlite":
            said = next((fact for pattern, fact in _SQLITE if pattern.search(fault.message)), None)
            if said is not None:
                return _made(said, words, None)
        case _:
            pass
    known = _BY_STATE.get(fault.state) or _BY_CLASS.get(fault.state[:2])
    if known is not None and known[0] is faults.SourceConnectionLost:
        return connection_lost()
    return _made(known or (faults.QueryFailed, "See the message of the driver."), words, f"SQLSTATE {fault.state}")


def sign_in_error(family: DriverFamily, fault: OdbcFault) -> ConnectorError:
    """Why a server that can be reached did not open a session."""
    words = _words(fault.message)
    if family.key == "postgresql":
        return postgresql_faults.sign_in_error(fault.message)
    if fault.state in ("IM002", "IM003", "IM004", "01000") or "can't open lib" in fault.message.lower():
        return driver_missing(family, words)
    if fault.state in ("HYT00", "HYT01"):
        return sign_in_timed_out()
    error = error_of(family, fault)
    if isinstance(error, faults.QueryFailed | faults.SourceConnectionLost):
        return faults.SignInRefused(f"The driver could not sign in: {words}", fix=_WHO)
    return error


def driver_missing(family: DriverFamily, words: str) -> faults.DriverMissing:
    """The driver is not there, or cannot be loaded."""
    return faults.DriverMissing(
        f"The ODBC driver cannot be used: {words}",
        fix=f"Have the operator {family.install} on every machine that runs OpenReg.",
    )


def sign_in_timed_out() -> faults.SourceTimedOut:
    """The server takes the connection and says nothing."""
    return faults.SourceTimedOut(
        "The driver could not sign in within the connector's time to connect.",
        fix="Check that a database of the driver's kind answers there, and the network between here and there.",
    )


def library_missing() -> faults.DriverMissing:
    """No driver manager is installed."""
    return faults.DriverMissing(
        "The ODBC driver manager (unixODBC) is not installed where OpenReg runs.",
        fix="Have the operator apt install unixodbc and the driver on every machine that runs OpenReg.",
    )


def _words(message: str) -> str:
    return _TAIL.sub("", _PREFIXES.sub("", message)).strip()


def _made(fact: _Fact, words: str, code: str | None) -> ConnectorError:
    kind, fix = fact
    if kind is faults.QueryFailed:  # it repeats the offending value, which may be personal data
        words = _QUOTED.sub("'…'", words)
    text = words.rstrip(".")
    sentence = f"{text[:1].upper()}{text[1:]}" if text else "The source reported an error"
    return kind(f"{sentence} ({code})." if code else f"{sentence}.", fix=fix)
