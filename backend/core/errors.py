"""The error tree: an error says what happened; the edge decides what to do.

OpenRegError
├── every named fact, e.g. ``RunNotFound``; the docstring is the default message
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar


class ErrorKind(StrEnum):
    """What sort of fact an error states; ``core.problems`` maps it to an HTTP status."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    PRECONDITION_FAILED = "precondition_failed"
    TOO_LARGE = "too_large"
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class OpenRegError(Exception):
    """Base of every error OpenReg raises on purpose.

    ``code`` is the stable machine name, ``transient`` says whether the same call may succeed later,
    ``fix`` is the next step in plain words, ``extra`` is safe to show to the caller.
    """

    code: ClassVar[str] = "error"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL
    transient: ClassVar[bool] = False

    def __init__(
        self,
        message: str | None = None,
        *,
        fix: str | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        self.message = message or (type(self).__doc__ or "").strip().split("\n")[0]
        self.fix = fix
        self.extra: Mapping[str, object] = extra or {}
        super().__init__(self.message)
