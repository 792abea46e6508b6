"""Rows of a list that cannot be taken: counted, listed up to a bound, and in the end the whole list is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError
from backend.services.connectors.files.rows import BadRow

MAX_LISTED: Final = 1000
"""With so many the file is not the list that was meant; reading stops there."""
_SHOWN: Final = 100


class ReferenceRowsRefused(OpenRegError):
    """Rows of the list are not as they should be; nothing of it was taken."""

    code: ClassVar[str] = "reference_rows_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class BadRows:
    """What was found so far; ``allowed`` rows may be left out."""

    def __init__(self, allowed: int = 0) -> None:
        """``allowed`` is at most ``MAX_LISTED``."""
        self.allowed = min(allowed, MAX_LISTED)
        self.found: list[BadRow] = []

    def add(self, rows: Iterable[BadRow]) -> None:
        """Note rows. Raises ReferenceRowsRefused where there is no sense in reading on."""
        self.found.extend(rows)
        if len(self.found) >= MAX_LISTED > self.allowed:
            raise self._refusal(f"at least {MAX_LISTED}")

    def judge(self) -> None:
        """At the end of the list. Raises ReferenceRowsRefused for more bad rows than are allowed."""
        if len(self.found) > self.allowed:
            raise self._refusal(str(len(self.found)))

    def _refusal(self, count: str) -> ReferenceRowsRefused:
        first = self.found[0]
        rows = [
            {"file": one.file, "line": one.line, "column": one.column, "reason": one.reason}
            for one in self.found[:_SHOWN]
        ]
        return ReferenceRowsRefused(
            f"{count} rows cannot be taken; the first: {first.place}: {first.reason}.",
            fix="Fetch the file again from its publisher, or allow so many bad rows to be left out.",
            extra={"rows": rows},
        )
