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
    """A text holds a character that PostgreSQL cannot store: U+0000, or half of a pair."""

    code: ClassVar[str] = "text_not_storable"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class NumberNotStorable(OpenRegError):
    """A number or a date lies outside of what can be stored."""

    code: ClassVar[str] = "number_not_storable"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@contextmanager
def explained(variable: str) -> Iterator[None]:
    """Says what an error of a session means, where it means something beside the statement."""
    try:
        yield
    except DBAPIError as error:
        if (unfit := _unfit(error.orig)) is not None:
            raise unfit from error
        if not is_unavailable(error):
            raise
        raise unavailable(variable) from error


def meaning(error: Exception, variable: str) -> Exception:
    """What an error of the driver itself means; the same error where it speaks of the statement."""
    if (unfit := _unfit(error)) is not None:
        return unfit
    state = getattr(error, "sqlstate", None)
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


def _unfit(error: BaseException | None) -> OpenRegError | None:
    """What is wrong with a value without a form in the database: the server says so, or the driver before it sends."""
    while error is not None:
        state = getattr(error, "sqlstate", None)
        if state in _NO_TEXT or isinstance(error, UnicodeEncodeError):
            return TextNotStorable(fix="Remove the character.")
        if state == _NO_NUMBER or isinstance(error, OverflowError):
            return NumberNotStorable(fix="Choose one that is nearer to zero, or to today.")
        error = error.__cause__
    return None


#: SQLSTATE of a text, and of a text inside JSON, that has no form in UTF-8 without U+0000.
_NO_TEXT = frozenset({"22021", "22P05"})
#: SQLSTATE of a number that a column or a function has no room for.
_NO_NUMBER = "22003"
#: SQLSTATE classes: connection, sign-in, unknown database, too many connections, shutdown. Others are the statement's.
_UNAVAILABLE = ("08", "28", "3D", "53300", "57P")
