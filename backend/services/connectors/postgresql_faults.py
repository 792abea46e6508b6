"""PostgreSQL's error codes (appendix A of its manual) as named facts with a next step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from backend.services.connectors import faults
from backend.services.connectors.faults import ConnectorError
from backend.services.connectors.source_values import connection_lost

_Fact = tuple[type[ConnectorError], str]

_BY_CODE: Final[Mapping[str, _Fact]] = {
    "28P01": (faults.SignInRefused, "Check the user name and the password."),
    "28000": (faults.SignInRefused, "Ask the database administrator to let this user in from here (pg_hba.conf)."),
    "3D000": (faults.DatabaseUnknown, "Check the database name in the connector."),
    "3F000": (faults.TableUnknown, "Check the schema name, and the connector's search_path."),
    "25006": (faults.QueryRefused, "Only queries that read are allowed: SELECT, with parts prepared by WITH."),
    "42501": (
        faults.SourcePermissionDenied,
        "Ask the database administrator for SELECT on it, and USAGE on its schema.",
    ),
    "42P01": (faults.TableUnknown, "Check the spelling and the schema, and the connector's search_path."),
    "42703": (faults.ColumnUnknown, "Check the spelling; names with capitals need double quotes."),
    "42883": (faults.FunctionUnknown, "Check the name and the types of the arguments; a cast may be missing."),
    "42601": (faults.QuerySyntaxInvalid, "Correct the SQL."),
    "55P03": (faults.LockTimedOut, "Try again when the other work on the table is done."),
    "40001": (faults.QueryInterrupted, "Try again; on a standby server, ask for a longer max_standby_streaming_delay."),
    "40P01": (faults.QueryInterrupted, "Try again."),
    "53300": (faults.SourceBusy, "Try again later, or raise the user's connection limit."),
    "57P01": (faults.SourceConnectionLost, "Try again when the server is up."),
    "57P02": (faults.SourceConnectionLost, "Try again when the server is up."),
    "57P03": (faults.SourceStarting, "Try again when the server is up."),
    "57P05": (faults.SourceConnectionLost, "Try again."),
    "25P03": (faults.SourceConnectionLost, "The session was idle for too long; try again."),
}

_BY_CLASS: Final[Mapping[str, _Fact]] = {
    "08": (faults.SourceConnectionLost, "Try again; if it happens often, look at the network between here and there."),
    "22": (faults.QueryFailed, "Correct the expression for the rows it fails on."),
    "42": (faults.QueryInvalid, "Correct the SQL."),
    "53": (faults.SourceBusy, "The server is short of memory, disk or connections; try again later."),
}

_SIGN_IN_TEXTS: Final = (
    (re.compile(r'database ".*" does not exist'), "3D000"),
    (re.compile(r"too many (connections|clients)|remaining connection slots"), "53300"),
    (re.compile(r"the database system is (starting up|shutting down|in recovery|not yet accepting)"), "57P03"),
    (re.compile(r"no pg_hba\.conf entry"), "28000"),
    (re.compile(r"permission denied for database"), "42501"),
)

# A data error repeats the offending value, which may be personal data.
_QUOTED: Final = re.compile(r'"[^"]*"')


def error_of(code: str | None, message: str, *, extra: Mapping[str, object] | None = None) -> ConnectorError:
    """The named error for an SQLSTATE and the server's own words; without a code the connection is gone."""
    if code is None:
        return connection_lost()
    if code.startswith("22"):
        message = _QUOTED.sub('"…"', message)
    kind, fix = _BY_CODE.get(code) or _BY_CLASS.get(code[:2]) or (faults.QueryFailed, "See the message of the server.")
    return kind(f"{_sentence(message)} (SQLSTATE {code})", fix=fix, extra=extra)


def sign_in_error(message: str) -> ConnectorError:
    """Why a reachable server did not open a session; libpq hands over its words without the code."""
    words = message.rpartition("FATAL:")[2].strip().split("\n")[0]
    for pattern, code in _SIGN_IN_TEXTS:
        if pattern.search(words):
            return error_of(code, words)
    return faults.SignInRefused(f"The server refused the sign-in: {words}" if words else None, fix=_BY_CODE["28P01"][1])


def _sentence(message: str) -> str:
    text = message.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}." if text else "The source reported an error."
