"""Facts that end a run, or an attempt at it."""

from __future__ import annotations

from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class LeaseLost(OpenRegError):
    """Another worker has claimed this run; this one must stop and write nothing more."""

    code: ClassVar[str] = "lease_lost"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RunBlocked(OpenRegError):
    """A blocking finding stops the run; no artifact is left."""

    code: ClassVar[str] = "run_blocked"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class NothingToReport(OpenRegError):
    """The source returned no rows and the report says that this is a failure."""

    code: ClassVar[str] = "nothing_to_report"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class SourceSchemaChanged(OpenRegError):
    """The source's columns are not those the report version was written against."""

    code: ClassVar[str] = "source_schema_changed"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class ReferenceTooLarge(OpenRegError):
    """The datasets that a run asks are larger than it may keep in memory."""

    code: ClassVar[str] = "reference_too_large"
    kind: ClassVar[ErrorKind] = ErrorKind.TOO_LARGE


class InputKeyRepeated(OpenRegError):
    """Two rows of an input have the same key."""

    code: ClassVar[str] = "input_key_repeated"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class InputTooLarge(OpenRegError):
    """An input has too many rows to look keys up in memory."""

    code: ClassVar[str] = "input_too_large"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class CountsNotReconciled(OpenRegError):
    """Rows in are not rows out plus set aside, filtered, excluded and held: the file is not trusted."""

    code: ClassVar[str] = "counts_not_reconciled"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


class StoredFileDiffers(OpenRegError):
    """What object storage holds is not what was written."""

    code: ClassVar[str] = "stored_file_differs"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL
