"""The codes of Oracle (ORA-) and of its driver (DPY-) as named facts with a next step."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from typing import Any, Final

import oracledb

from backend.services.connectors import faults
from backend.services.connectors.faults import ConnectorError
from backend.services.connectors.server_probe import tls_fault
from backend.services.connectors.source_values import connection_lost

_Fact = tuple[type[ConnectorError], str]

TIMED_OUT: Final = "DPY-4024"
INTERRUPTED: Final = "ORA-01013"

_SPELLING: Final = "Check the spelling and the schema."
_NO_GRANT: Final = "Ask the database administrator for SELECT on it."
_LATER: Final = "Try again when the server is up."
_CORRECT: Final = "Correct the SQL."
_READS: Final = "Only queries that read are allowed: SELECT, with parts prepared by WITH."
_SERVICE: Final = "Check the service name or SID; lsnrctl status on the server lists those that are there."

_BY_CODE: Final[Mapping[str, _Fact]] = {
    "DPY-3001": (faults.SignInRefused, "The server asks for what needs Oracle's own client, such as its encryption."),
    "DPY-3010": (faults.SignInRefused, "The driver needs Oracle Database 12.1 or newer."),
    "DPY-3015": (faults.SignInRefused, "Ask the database administrator to set the password anew: its hash is too old."),
    "DPY-6001": (faults.DatabaseUnknown, _SERVICE),
    "DPY-6003": (faults.DatabaseUnknown, _SERVICE),
    "ORA-00018": (faults.SourceBusy, "Try again later, or ask for more sessions."),
    "ORA-00020": (faults.SourceBusy, "Try again later, or ask for more processes."),
    "ORA-00051": (faults.LockTimedOut, "Try again when the other work is done."),
    "ORA-00054": (faults.LockTimedOut, "Try again when the other work on the table is done."),
    "ORA-00604": (faults.QueryFailed, "Ask the database administrator; an error came from below the query."),
    "ORA-00900": (faults.QuerySyntaxInvalid, _CORRECT),
    "ORA-00904": (faults.ColumnUnknown, "Check the spelling; names in quotes keep their case."),
    "ORA-00905": (faults.QuerySyntaxInvalid, _CORRECT),
    "ORA-00906": (faults.QuerySyntaxInvalid, _CORRECT),
    "ORA-00907": (faults.QuerySyntaxInvalid, _CORRECT),
    "ORA-00911": (faults.QuerySyntaxInvalid, _CORRECT),
    "ORA-00918": (faults.QueryInvalid, "Write the table's name before the column."),
    "ORA-00923": (faults.QuerySyntaxInvalid, "Oracle wants FROM: add FROM dual."),
    "ORA-00932": (faults.QueryInvalid, "Cast one side to the type of the other."),
    "ORA-00933": (faults.QuerySyntaxInvalid, _CORRECT),
    "ORA-00936": (faults.QuerySyntaxInvalid, _CORRECT),
    "ORA-00937": (faults.QueryInvalid, "Name the column in GROUP BY, or take min() or max() of it."),
    "ORA-00942": (faults.TableUnknown, "Check the spelling and the schema, and that the user may SELECT from it."),
    "ORA-00979": (faults.QueryInvalid, "Name the column in GROUP BY, or take min() or max() of it."),
    "ORA-01005": (faults.SignInRefused, "Give a password."),
    "ORA-01017": (faults.SignInRefused, "Check the user name and the password; both distinguish capitals."),
    "ORA-01031": (faults.SourcePermissionDenied, _NO_GRANT),
    "ORA-01033": (faults.SourceStarting, _LATER),
    "ORA-01034": (faults.SourceStarting, _LATER),
    "ORA-01035": (faults.SourceStarting, "The server lets administrators in only; try again later."),
    "ORA-01045": (faults.SignInRefused, "Ask the database administrator for CREATE SESSION."),
    "ORA-01090": (faults.SourceStarting, _LATER),
    "ORA-01435": (faults.DatabaseUnknown, "Check current_schema in the connector."),
    "ORA-01456": (faults.QueryRefused, _READS),
    "ORA-01555": (faults.QueryInterrupted, "Try again; ask the database administrator for a longer undo retention."),
    "ORA-01722": (faults.QueryFailed, "Correct the expression for the rows it fails on."),
    "ORA-01882": (faults.QueryInvalid, "The server does not know the time zone."),
    "ORA-02391": (faults.SourceBusy, "Try again later, or ask for more sessions for this user."),
    "ORA-06553": (faults.FunctionUnknown, "Check the name and the arguments."),
    "ORA-12170": (faults.SourceTimedOut, "Check the address, and that firewalls let this port through."),
    "ORA-12505": (faults.DatabaseUnknown, _SERVICE),
    "ORA-12514": (faults.DatabaseUnknown, _SERVICE),
    "ORA-12516": (faults.SourceBusy, "Try again later; the listener has no free handler."),
    "ORA-12519": (faults.SourceBusy, "Try again later; the listener has no free handler."),
    "ORA-12520": (faults.SourceBusy, "Try again later; the listener has no free handler."),
    "ORA-12526": (faults.SourceStarting, _LATER),
    "ORA-12528": (faults.SourceStarting, _LATER),
    "ORA-12660": (faults.SignInRefused, "The server asks for Oracle's own encryption; use TLS (TCPS) in its place."),
    "ORA-16000": (faults.QueryRefused, _READS),
    "ORA-25128": (faults.SourcePermissionDenied, _NO_GRANT),
    "ORA-28000": (faults.SignInRefused, "Ask the database administrator to unlock the account."),
    "ORA-28001": (faults.SignInRefused, "The password has expired: change it."),
    "ORA-28365": (faults.SourceStarting, "The server's wallet is not open; ask the database administrator."),
    "ORA-38802": (faults.DatabaseUnknown, "Check edition in the connector."),
    "ORA-41900": (faults.SourcePermissionDenied, _NO_GRANT),
}
_LOST: Final = frozenset({"DPY-1001", "DPY-4011", "ORA-00028", "ORA-03113", "ORA-03114", "ORA-03135", "ORA-02396"})
#: The listener says no in the words of the driver, which name the server's code.
_SIMILAR: Final = re.compile(r"\(Similar to (ORA-\d{5})\)")
_CODE: Final = re.compile(r"^(?:ORA|DPY)-\d+: ?")
# A data error repeats the offending value, which may be personal data.
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")


def error_of(error: oracledb.Error, *, extra: Mapping[str, object] | None = None) -> ConnectorError:
    """The named error for what the driver raised once a session is open."""
    code, message = code_of(error), _message_of(error)
    if code in _LOST:
        return connection_lost()
    kind, fix = _BY_CODE.get(code) or (
        (faults.QueryFailed, "Correct the expression for the rows it fails on.")
        if code.startswith("ORA-")
        else (faults.QueryInvalid, _CORRECT)
    )
    if kind is faults.QueryFailed:
        message = _QUOTED.sub("'…'", message)
    place = f"line {extra['line']}, column {extra['column']}: " if extra else ""
    return kind(f"{_sentence(place + message)} ({code})", fix=fix, extra=dict(extra or {}))


def connect_fault(error: Exception) -> ConnectorError:
    """Why no session was opened: what the driver raised has the reason behind it."""
    lost = False
    for cause in _causes(error):
        match cause:
            case ssl.SSLError():
                return tls_fault(cause)
            case ConnectionRefusedError():
                return faults.SourceConnectionRefused(
                    "Nothing listens there.", fix="Check the port, and that the server is running and listens there."
                )
            case TimeoutError():
                return silent()
            case oracledb.Error():
                code = _SIMILAR.search(str(cause))
                known = _BY_CODE.get(code_of(cause)) or (_BY_CODE.get(code[1]) if code else None)
                if known is not None:
                    shown = code[1] if code else code_of(cause)
                    return known[0](f"{_sentence(_message_of(cause))} ({shown})", fix=known[1])
                lost = lost or code_of(cause) in _LOST
    if lost:
        return faults.SourceUnreachable(
            "What listens there ended the connection without an answer.",
            fix="Check the port (Oracle's listener: 1521, with TLS 2484), and ssl_mode.",
        )
    return faults.SourceUnreachable("The server cannot be reached.", fix="Check the address and the network route.")


def silent() -> faults.SourceTimedOut:
    """Something took the connection, and said nothing."""
    return faults.SourceTimedOut(
        "What listens there took the connection and did not answer in time.",
        fix="Check that this is the port of Oracle's listener (1521, with TLS 2484), and ssl_mode.",
    )


def code_of(error: oracledb.Error) -> str:
    """``ORA-00942`` or ``DPY-4011``; of an error of the server the server's code."""
    details = _details(error)
    number = getattr(details, "code", 0) or 0
    return f"ORA-{number:05}" if number else str(getattr(details, "full_code", ""))


def offset_of(error: oracledb.Error) -> int:
    """Where in the text the server stopped understanding, from 0."""
    return int(getattr(_details(error), "offset", 0) or 0)


def _details(error: oracledb.Error) -> Any:
    return error.args[0] if error.args else None


def _message_of(error: oracledb.Error) -> str:
    lines = str(getattr(_details(error), "message", "")).split("\n")
    said = [line for line in lines if line and not line.startswith("Help: ")]
    return _SIMILAR.sub("", _CODE.sub("", said[-1] if said else "")).strip()


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """From the innermost to the outermost."""
    if error is not None:
        yield from _causes(error.__cause__)
        yield error


def _sentence(message: str) -> str:
    text = message.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}." if text else "The source reported an error."
