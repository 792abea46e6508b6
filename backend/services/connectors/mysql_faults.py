"""The error numbers of MySQL and MariaDB (their manuals' error reference) as named facts with a next step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pymysql

from backend.services.connectors import faults
from backend.services.connectors.faults import ConnectorError
from backend.services.connectors.source_values import connection_lost

_Fact = tuple[type[ConnectorError], str]

TIMED_OUT: Final = frozenset({1969, 3024})  # MariaDB's, MySQL's
INTERRUPTED: Final = 1317
#: Warnings that a value was cut, rounded into range, taken for zero or for NULL.
BENT: Final = frozenset({1260, 1264, 1265, 1292, 1365, 1366, 1411, 1441, 1690})

_SPELLING: Final = "Check the spelling and the schema."
_NO_GRANT: Final = "Ask the database administrator for SELECT on it."
_LATER: Final = "Try again when the server is up."
_CORRECT: Final = "Correct the SQL."
_READS: Final = "Only queries that read are allowed: SELECT, with parts prepared by WITH."

_BY_NUMBER: Final[Mapping[int, _Fact]] = {
    1040: (faults.SourceBusy, "Try again later, or ask for more connections."),
    1044: (faults.SourcePermissionDenied, "Ask the database administrator to let this user into the database."),
    1045: (faults.SignInRefused, "Check the user name and the password."),
    1049: (faults.DatabaseUnknown, "Check the database name in the connector."),
    1051: (faults.TableUnknown, _SPELLING),
    1053: (faults.SourceStarting, _LATER),
    1054: (faults.ColumnUnknown, "Check the spelling."),
    1055: (faults.QueryInvalid, "Name the column in GROUP BY, or take min() or max() of it."),
    1064: (faults.QuerySyntaxInvalid, _CORRECT),
    1109: (faults.TableUnknown, _SPELLING),
    1129: (faults.SignInRefused, "Ask the database administrator to unblock this host (FLUSH HOSTS)."),
    1130: (faults.SignInRefused, "Ask the database administrator to let this user in from here."),
    1140: (faults.QueryInvalid, "Name the column in GROUP BY, or take min() or max() of it."),
    1142: (faults.SourcePermissionDenied, _NO_GRANT),
    1143: (faults.SourcePermissionDenied, _NO_GRANT),
    1146: (faults.TableUnknown, _SPELLING),
    1203: (faults.SourceBusy, "Try again later, or raise the user's connection limit."),
    1205: (faults.LockTimedOut, "Try again when the other work on the table is done."),
    1213: (faults.QueryInterrupted, "Try again."),
    1226: (faults.SourceBusy, "Try again later, or raise the user's limits."),
    1227: (faults.SourcePermissionDenied, "Ask the database administrator for the privilege it names."),
    1251: (faults.SignInRefused, "Give the user a password of a current kind (caching_sha2_password or ed25519)."),
    1305: (faults.FunctionUnknown, "Check the name and the arguments."),
    1370: (faults.SourcePermissionDenied, "Ask the database administrator for EXECUTE on it."),
    1698: (
        faults.SignInRefused,
        "Check the user name and the password; this user may sign in at the server itself only.",
    ),
    1792: (faults.QueryRefused, _READS),
    1836: (faults.QueryRefused, _READS),
    3118: (faults.SignInRefused, "Ask the database administrator to unlock the account."),
    4151: (faults.SignInRefused, "Ask the database administrator to unlock the account."),
    1820: (faults.SignInRefused, "The password has expired: change it."),
    1862: (faults.SignInRefused, "The password has expired: change it."),
}
#: The client's own, and the server's for a session it ends (1927, 4031).
_LOST: Final = frozenset({1927, 1152, 1158, 1159, 1160, 1161, 2006, 2013, 2055, 4031})
# A data error repeats the offending value, which may be personal data.
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_LINE: Final = re.compile(r"at line (\d+)$")
_NEAR: Final = re.compile(r"near '(.*)' at line \d+$", re.DOTALL)


def error_of(error: pymysql.MySQLError) -> ConnectorError:
    """The named error for what the driver raised; without a number the connection is gone."""
    number, message = _parts(error)
    if number is None or number in _LOST:
        return connection_lost()
    known = _BY_NUMBER.get(number)
    if known is None and isinstance(error, pymysql.ProgrammingError | pymysql.NotSupportedError):
        known = (faults.QueryInvalid, _CORRECT)
    kind, fix = known or (faults.QueryFailed, "Correct the expression for the rows it fails on.")
    if kind is faults.QueryFailed:
        message = _QUOTED.sub("'…'", message)
    extra: dict[str, object] = {}
    if kind is faults.QuerySyntaxInvalid:
        message, extra = _syntax(message)
    return kind(f"{_sentence(message)} (error {number})", fix=fix, extra=extra)


def bent(number: int, message: str) -> ConnectorError:
    """The server has put another value in the place of one that did not fit."""
    said = _sentence(_QUOTED.sub("'…'", message))
    return faults.QueryFailed(
        f"The server went on with another value: {said} (warning {number})",
        fix="Correct the expression for the rows it concerns, for example with CASE or NULLIF.",
    )


def number_of(error: pymysql.MySQLError) -> int | None:
    """The number of an error, if a server gave it one."""
    return _parts(error)[0]


def _parts(error: pymysql.MySQLError) -> tuple[int | None, str]:
    match error.args:
        case [int(number), str(message), *_]:
            return number, message
        case _:
            return None, ""


def _syntax(message: str) -> tuple[str, dict[str, object]]:
    """The server gives the line and the rest of the text from where it stopped understanding."""
    line = _LINE.search(message)
    near = _NEAR.search(message)
    if line is None:
        return message, {}
    beginning = (near[1].split("\n")[0][:40] if near else "").strip()
    where = f" near {beginning}" if beginning else ""
    return f"line {line[1]}: the server cannot read the query{where}", {"line": int(line[1])}


def _sentence(message: str) -> str:
    text = message.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}." if text else "The source reported an error."
