"""What can go wrong with files as a source, each fact under its own name.

ConnectorError
├── FileMissing           no file where a table expects some
├── FileChanged           another file took its place while it was read (transient)
├── FileUnreadable        not a file of the declared format, or its columns are not there
├── FileTooLarge          more bytes, rows or columns than are read
└── RowRefused            a row that is not as declared, in a table that stops at the first one
    └── TooManyBadRows    more of them than the table allows
"""

from __future__ import annotations

from typing import ClassVar

from backend.core.errors import ErrorKind
from backend.services.connectors.faults import ConnectorError


class FileMissing(ConnectorError):
    """There is no file for a table."""

    code: ClassVar[str] = "source_file_missing"


class FileChanged(ConnectorError):
    """A file changed while it was read."""

    code: ClassVar[str] = "source_file_changed"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    transient: ClassVar[bool] = True


class FileUnreadable(ConnectorError):
    """A file is not of the format or has not the columns that its table declares."""

    code: ClassVar[str] = "source_file_unreadable"


class FileTooLarge(ConnectorError):
    """A file holds more than is read: bytes, rows, columns, or a row without an end."""

    code: ClassVar[str] = "source_file_too_large"


class RowRefused(ConnectorError):
    """A row of a file is not as its table declares; ``extra`` has file, line and column."""

    code: ClassVar[str] = "source_row_refused"


class TooManyBadRows(RowRefused):
    """More rows of a file are not as declared than its table allows."""

    code: ClassVar[str] = "source_bad_rows_exceeded"
