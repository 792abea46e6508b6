"""Entity tags (RFC 9110 section 8.8.3): which state of a thing somebody has seen, and whether it still is that."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError

_TAG_DIGITS = 32


class PreconditionFailed(OpenRegError):
    """Somebody else has changed this in the meantime."""

    code: ClassVar[str] = "precondition_failed"
    kind: ClassVar[ErrorKind] = ErrorKind.PRECONDITION_FAILED


@dataclass(frozen=True, slots=True)
class Precondition:
    """The If-Match of a request; checked inside the transaction that changes, under the row's lock."""

    if_match: str | None = None

    def check(self, etag: str) -> None:
        """Nothing when the caller has seen this state, or does not say which one. Raises PreconditionFailed."""
        if self.if_match is None:
            return
        seen = {one.strip() for one in self.if_match.split(",")}
        if not seen & {"*", etag}:
            raise PreconditionFailed(fix="Read it again, then decide what to keep.", extra={"etag": etag})


def etag_of(*state: object) -> str:
    """A strong tag over whatever makes the state: an id and a revision, or the time of the last change."""
    digest = hashlib.sha256("\x1f".join(map(str, state)).encode()).hexdigest()
    return f'"{digest[:_TAG_DIGITS]}"'
