"""What goes wrong between us and PostgreSQL, said in our own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from backend.core.errors import ErrorKind, OpenRegError


class DatabaseUnavailable(OpenRegError):
    """The PostgreSQL database of OpenReg cannot be reached."""

    code: ClassVar[str] = "database_unavailable"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


class TextNotStorable(OpenRegError):
    """A text holds the character U+0000, which PostgreSQL cannot store."""

    code: ClassVar[str] = "text_not_storable"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@contextmanager
def explained(variable: str) -> Iterator[None]:
    """Says what an error of a session means, where it means something beside the statement."""
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _NOT_STORABLE:
            raise _not_storable() from error
        if not is_unavailable(error):
            raise
        raise unavailable(variable) from error


def meaning(error: Exception, variable: str) -> Exception:
    """What an error of the driver itself means; the same error where it speaks of the statement."""
    state = getattr(error, "sqlstate", None)
    if state in _NOT_STORABLE:
        return _not_storable()
    if state is None:
        # A value that the driver cannot write was not even sent.
        return error if isinstance(error, ValueError) else unavailable(variable)
    return unavailable(variable) if state.startswith(_UNAVAILABLE) else error


def unavailable(variable: str) -> DatabaseUnavailable:
    """The error of a server that does not let us in; ``variable`` is the setting that names it."""
    return DatabaseUnavailable(fix=f"Check that PostgreSQL runs and {variable} names it, with a password it accepts.")


def is_unavailable(error: DBAPIError) -> bool:
    """Whether an error of a session is the server's, not the statement's."""
    state = getattr(error.orig, "sqlstate", None)
    if error.connection_invalidated or (state is None and isinstance(error, OperationalError | InterfaceError)):
        return True
    return state is not None and state.startswith(_UNAVAILABLE)


def _not_storable() -> TextNotStorable:
    return TextNotStorable(fix="Remove the character.")


#: SQLSTATE of a text, and of a text inside JSON, that has no form in UTF-8 without U+0000.
_NOT_STORABLE = frozenset({"22021", "22P05"})
#: SQLSTATE classes: connection, sign-in, unknown database, too many connections, shutdown. Others are the statement's.
_UNAVAILABLE = ("08", "28", "3D", "53300", "57P")
