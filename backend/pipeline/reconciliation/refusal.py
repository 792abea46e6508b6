"""Why an extract cannot be compared."""

from __future__ import annotations

from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class ExtractRefused(OpenRegError):
    """The extract cannot be compared."""

    code: ClassVar[str] = "extract_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID

    def __init__(self, reason: str, message: str) -> None:
        """``reason`` is the stable name of what is wrong, ``message`` says where; no value of a record is in it."""
        super().__init__(message, extra={"reason": reason})
        self.reason = reason
