"""The driver manager's own functions (unixODBC), called by ctypes; every call releases Python's lock.

Here is only what pyodbc does not give: to describe a query before it runs, to fetch whole blocks into our buffers,
and to cancel from another thread. Names and numbers are those of the ODBC 3.8 headers ``sql.h`` and ``sqlext.h``.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

LIBRARY: Final = "libodbc.so.2"
SQL_C_CHAR, SQL_C_WCHAR, SQL_C_SBIGINT, SQL_C_DOUBLE, SQL_C_FLOAT = 1, -8, -25, 8, 7
SQL_NULL_DATA: Final = -1
TRUNCATED: Final = "01004"

_ENVIRONMENT, _CONNECTION, _STATEMENT = 1, 2, 3
_SUCCESS, _SUCCESS_WITH_INFO, _NO_DATA = 0, 1, 100
_NULL_TERMINATED: Final = -3
_ODBC_VERSION, _ODBC_3 = 200, 3
_LOGIN_TIMEOUT, _AUTOCOMMIT = 103, 102
_QUERY_TIMEOUT, _MAX_ROWS = 0, 1
_CLOSE: Final = 0
_CURSOR_TYPE, _FORWARD_ONLY = 6, 0
_ROW_ARRAY_SIZE, _ROWS_FETCHED = 27, 26
_PARAMETER_INPUT: Final = 1
_VARCHAR, _LONGVARCHAR, _WVARCHAR, _WLONGVARCHAR = 12, -1, -9, -10
_LONGEST_VARCHAR: Final = 4000
_UNSIGNED, _TYPE_NAME = 8, 14
_IS_INTEGER: Final = -6
_NAME_CHARACTERS: Final = 512
_MESSAGE_CHARACTERS: Final = 4096


class LibraryMissing(Exception):
    """The driver manager is not installed."""


class OdbcFault(Exception):
    """What the driver reported: SQLSTATE, its own number, its words."""

    def __init__(self, state: str, native: int, message: str) -> None:
        """Keep the parts."""
        super().__init__(state, native, message)
        self.state = state
        self.native = native
        self.message = message


@dataclass(frozen=True, slots=True)
class DescribedColumn:
    """A column as the driver describes it."""

    name: str
    sql_type: int
    size: int
    digits: int
    type_name: str
    is_unsigned: bool


@dataclass(frozen=True, slots=True)
class BoundColumn:
    """Where a column's values of a block go: ``width`` bytes each, and a length or mark for each."""

    c_type: int
    width: int
    values: int
    indicators: int


class _Functions:
    """The functions for one kind of driver: most take UTF-16 (``W``), old ones the bytes of UTF-8 alone."""

    def __init__(self, *, is_narrow: bool) -> None:
        self.library = _library()
        self._is_narrow = is_narrow

    def call(self, name: str, *arguments: object) -> int:
        """Call one of the functions that there are two of."""
        return int(getattr(self.library, name if self._is_narrow else f"{name}W")(*arguments))

    def text(self, text: str) -> ctypes.Array[ctypes.c_char]:
        """A text with the mark of its end."""
        return ctypes.create_string_buffer(self.encoded(text) + b"\0\0")

    def encoded(self, text: str) -> bytes:
        """A text without the mark of its end."""
        return text.encode() if self._is_narrow else text.encode("utf-16-le")

    def decoded(self, raw: bytes, units: int) -> str:
        """What stands in the first units of a buffer."""
        if self._is_narrow:
            return raw[: max(0, units)].decode(errors="replace")
        return raw[: 2 * max(0, units)].decode("utf-16-le", errors="replace")

    @property
    def c_type(self) -> int:
        """In which form values of markers are given."""
        return SQL_C_CHAR if self._is_narrow else SQL_C_WCHAR

    @property
    def bytes_of_a_unit(self) -> int:
        """Of the counts that the functions take."""
        return 1 if self._is_narrow else 2

    def sql_type(self, units: int) -> int:
        """As what values of markers are given."""
        is_long = units > _LONGEST_VARCHAR
        if self._is_narrow:
            return _LONGVARCHAR if is_long else _VARCHAR
        return _WLONGVARCHAR if is_long else _WVARCHAR

    def check(self, result: int, kind: int, handle: ctypes.c_void_p | None) -> None:
        """Raises OdbcFault for what is no success."""
        if result in (_SUCCESS, _SUCCESS_WITH_INFO):
            return
        faults = self.faults(kind, handle)
        raise faults[0] if faults else OdbcFault("HY000", 0, "The driver gave no reason.")

    def faults(self, kind: int, handle: ctypes.c_void_p | None) -> list[OdbcFault]:
        """What the driver has to say, at most a few records of it."""
        found: list[OdbcFault] = []
        state = ctypes.create_string_buffer(12)
        text = ctypes.create_string_buffer(2 * _MESSAGE_CHARACTERS)
        native, length = ctypes.c_int(), ctypes.c_short()
        for number in range(1, 9):
            result = self.call(
                *("SQLGetDiagRec", kind, handle, number, state, ctypes.byref(native)),
                *(text, _MESSAGE_CHARACTERS, ctypes.byref(length)),
            )
            if result not in (_SUCCESS, _SUCCESS_WITH_INFO):
                break
            message = self.decoded(text.raw, min(length.value, _MESSAGE_CHARACTERS - 1))
            found.append(OdbcFault(self.decoded(state.raw, 5), native.value, message))
        return found


class OdbcConnection:
    """An open connection; used by one thread at a time."""

    def __init__(self, connection_string: str, *, login_timeout_seconds: int, is_narrow: bool = False) -> None:
        """Connect. Raises LibraryMissing or OdbcFault."""
        self._odbc = _Functions(is_narrow=is_narrow)
        self._environment = self._allocate(_ENVIRONMENT, None)
        self._handle: ctypes.c_void_p | None = None
        try:
            self._odbc.library.SQLSetEnvAttr(self._environment, _ODBC_VERSION, ctypes.c_void_p(_ODBC_3), 0)
            self._handle = self._allocate(_CONNECTION, self._environment)
            # A driver that knows no time limit for signing in says so; the session gives up by its own clock.
            self._odbc.call(
                "SQLSetConnectAttr", self._handle, _LOGIN_TIMEOUT, ctypes.c_void_p(login_timeout_seconds), _IS_INTEGER
            )
            text = self._odbc.text(connection_string)
            result = self._odbc.call("SQLDriverConnect", self._handle, None, text, _NULL_TERMINATED, None, 0, None, 0)
            self._odbc.check(result, _CONNECTION, self._handle)
        except OdbcFault:
            self._free()
            raise

    def statement(self) -> OdbcStatement:
        """A new statement of this connection."""
        return OdbcStatement(self._odbc, self._allocate(_STATEMENT, self._handle))

    def execute(self, sql: str) -> None:
        """Run a statement of ours that gives nothing. Raises OdbcFault."""
        statement = self.statement()
        try:
            statement.execute_directly(sql)
        finally:
            statement.close()

    def begin(self) -> None:
        """From now on statements belong to one transaction. Raises OdbcFault."""
        result = self._odbc.call("SQLSetConnectAttr", self._handle, _AUTOCOMMIT, ctypes.c_void_p(0), _IS_INTEGER)
        self._odbc.check(result, _CONNECTION, self._handle)

    def close(self) -> None:
        """End the transaction without a trace, and the session."""
        if self._handle is not None:
            self._odbc.library.SQLEndTran(_CONNECTION, self._handle, 1)
            self._odbc.library.SQLDisconnect(self._handle)
        self._free()

    def _free(self) -> None:
        if self._handle is not None:
            self._odbc.library.SQLFreeHandle(_CONNECTION, self._handle)
            self._handle = None
        self._odbc.library.SQLFreeHandle(_ENVIRONMENT, self._environment)

    def _allocate(self, kind: int, parent: ctypes.c_void_p | None) -> ctypes.c_void_p:
        handle = ctypes.c_void_p()
        result = self._odbc.library.SQLAllocHandle(kind, parent, ctypes.byref(handle))
        if result not in (_SUCCESS, _SUCCESS_WITH_INFO):
            raise OdbcFault("HY001", 0, "The driver manager has no memory left.")
        return handle


class OdbcStatement:
    """A statement; used by one thread at a time but for ``cancel``."""

    def __init__(self, odbc: _Functions, handle: ctypes.c_void_p) -> None:
        """Take over the handle."""
        self._odbc = odbc
        self._handle = handle
        self._kept: list[object] = []
        self._fetched = ctypes.c_size_t()

    def prepare(self, sql: str) -> tuple[DescribedColumn, ...]:
        """The columns of a query, which is read and not run. Raises OdbcFault."""
        # The standard's own default; some drivers have another, for which they keep the whole result.
        self._odbc.call("SQLSetStmtAttr", self._handle, _CURSOR_TYPE, ctypes.c_void_p(_FORWARD_ONLY), _IS_INTEGER)
        self._check(self._odbc.call("SQLPrepare", self._handle, self._odbc.text(sql), _NULL_TERMINATED))
        count = ctypes.c_short()
        self._check(self._odbc.library.SQLNumResultCols(self._handle, ctypes.byref(count)))
        return tuple(self._described(number) for number in range(1, count.value + 1))

    def take(self, sql: str) -> None:
        """Have a statement read by the server that gives no columns. Raises OdbcFault."""
        self._check(self._odbc.call("SQLPrepare", self._handle, self._odbc.text(sql), _NULL_TERMINATED))

    def limit(self, *, seconds: int, rows: int = 0) -> None:
        """Ask the driver for limits; one that cannot keep them says so, and the session keeps them itself."""
        self._odbc.call("SQLSetStmtAttr", self._handle, _QUERY_TIMEOUT, ctypes.c_void_p(seconds), _IS_INTEGER)
        if rows:
            self._odbc.call("SQLSetStmtAttr", self._handle, _MAX_ROWS, ctypes.c_void_p(rows), _IS_INTEGER)

    def bind(self, values: Sequence[str | None]) -> None:
        """The values of the markers, as texts. Raises OdbcFault."""
        for number, value in enumerate(values, start=1):
            encoded = self._odbc.encoded(value or "")
            text = self._odbc.text(value or "")
            length = ctypes.c_ssize_t(SQL_NULL_DATA if value is None else len(encoded))
            self._kept += [text, length]
            units = max(1, len(encoded) // self._odbc.bytes_of_a_unit)
            self._check(
                self._odbc.library.SQLBindParameter(
                    self._handle,
                    ctypes.c_ushort(number),
                    _PARAMETER_INPUT,
                    self._odbc.c_type,
                    self._odbc.sql_type(units),
                    ctypes.c_size_t(units),
                    0,
                    text,
                    ctypes.c_ssize_t(len(encoded) + 2),
                    ctypes.byref(length),
                )
            )

    def execute(self) -> None:
        """Run what was prepared. Raises OdbcFault."""
        result = self._odbc.library.SQLExecute(self._handle)
        if result != _NO_DATA:
            self._check(result)

    def execute_directly(self, sql: str) -> None:
        """Run a statement that was not prepared, in the place of the one before. Raises OdbcFault."""
        self._odbc.library.SQLFreeStmt(self._handle, ctypes.c_ushort(_CLOSE))
        result = self._odbc.call("SQLExecDirect", self._handle, self._odbc.text(sql), _NULL_TERMINATED)
        if result != _NO_DATA:
            self._check(result)

    def fetch(self, columns: Sequence[BoundColumn], rows: int) -> int:
        """The next block into the buffers; how many rows it has, 0 at the end. Raises OdbcFault."""
        self._set(_ROW_ARRAY_SIZE, ctypes.c_void_p(rows))
        self._set(_ROWS_FETCHED, ctypes.byref(self._fetched))
        for number, column in enumerate(columns, start=1):
            self._check(
                self._odbc.library.SQLBindCol(
                    self._handle,
                    ctypes.c_ushort(number),
                    column.c_type,
                    ctypes.c_void_p(column.values),
                    ctypes.c_ssize_t(column.width),
                    ctypes.c_void_p(column.indicators),
                )
            )
        self._fetched.value = 0
        result = self._odbc.library.SQLFetch(self._handle)
        if result == _NO_DATA:
            return 0
        if result == _SUCCESS_WITH_INFO:
            self._check_warnings()
        else:
            self._check(result)
        return self._fetched.value

    def cancel(self) -> None:
        """Ask the driver to stop what it does for this statement; callable from any thread."""
        self._odbc.library.SQLCancel(self._handle)

    def close(self) -> None:
        """Give the handle back."""
        self._odbc.library.SQLFreeHandle(_STATEMENT, self._handle)
        self._kept.clear()

    def _described(self, number: int) -> DescribedColumn:
        name = ctypes.create_string_buffer(2 * _NAME_CHARACTERS)
        length, sql_type, digits, nullable = ctypes.c_short(), ctypes.c_short(), ctypes.c_short(), ctypes.c_short()
        size = ctypes.c_size_t()
        self._check(
            self._odbc.call(
                "SQLDescribeCol",
                self._handle,
                ctypes.c_ushort(number),
                name,
                _NAME_CHARACTERS,
                ctypes.byref(length),
                ctypes.byref(sql_type),
                ctypes.byref(size),
                ctypes.byref(digits),
                ctypes.byref(nullable),
            )
        )
        return DescribedColumn(
            name=self._odbc.decoded(name.raw, length.value),
            sql_type=sql_type.value,
            size=size.value,
            digits=digits.value,
            type_name=self._type_name(number),
            is_unsigned=self._number(number, _UNSIGNED) == 1,
        )

    def _type_name(self, number: int) -> str:
        text = ctypes.create_string_buffer(2 * _NAME_CHARACTERS)
        length = ctypes.c_short()
        self._odbc.call(
            *("SQLColAttribute", self._handle, ctypes.c_ushort(number), _TYPE_NAME),
            *(text, len(text), ctypes.byref(length), None),
        )
        return self._odbc.decoded(text.raw, length.value // self._odbc.bytes_of_a_unit)

    def _number(self, number: int, attribute: int) -> int:
        value = ctypes.c_ssize_t()
        self._odbc.call(
            *("SQLColAttribute", self._handle, ctypes.c_ushort(number), attribute),
            *(None, 0, None, ctypes.byref(value)),
        )
        return value.value

    def _set(self, attribute: int, value: object) -> None:
        self._check(self._odbc.call("SQLSetStmtAttr", self._handle, attribute, value, 0))

    def _check(self, result: int) -> None:
        self._odbc.check(result, _STATEMENT, self._handle)

    def _check_warnings(self) -> None:
        """A text that did not fit its buffer is seen by its length; any other loss is an error here."""
        for fault in self._odbc.faults(_STATEMENT, self._handle):
            if fault.state in _LOSSES:
                raise fault


#: Warnings that a value was shortened in a way no length tells: digits cut, a string of a number cut.
_LOSSES: Final = frozenset({"01S07"})


_OF_ONE_FORM: Final = (
    *("SQLAllocHandle", "SQLBindCol", "SQLBindParameter", "SQLCancel", "SQLDisconnect", "SQLEndTran", "SQLExecute"),
    *("SQLFetch", "SQLFreeHandle", "SQLFreeStmt", "SQLNumResultCols", "SQLSetEnvAttr"),
)
_OF_TWO_FORMS: Final = (
    *("SQLColAttribute", "SQLDescribeCol", "SQLDriverConnect", "SQLExecDirect", "SQLGetDiagRec", "SQLPrepare"),
    *("SQLSetConnectAttr", "SQLSetStmtAttr"),
)


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise LibraryMissing from error
    for name in (*_OF_ONE_FORM, *(f"{name}{form}" for name in _OF_TWO_FORMS for form in ("", "W"))):
        getattr(library, name).restype = ctypes.c_short
    return library
