"""The hash chain of audit entries: how an entry is hashed, and what is wrong with a chain that was touched (ADR 0012).

Every entry's hash covers all of its columns and the hash of the entry before, so that a change anywhere shows at
that entry, and a removal, an insertion or another order shows at the next one. What was cut off at the end shows by
the head, which is kept beside the entries and can be kept outside of the database as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

from pydantic_core import PydanticSerializationError, to_json

#: Every column but the hash itself, in the order in which they are hashed (RFC 8785 sorts by name).
HASHED_FIELDS = (
    "action",
    "actor_id",
    "actor_kind",
    "actor_label",
    "address",
    "after",
    "at",
    "before",
    "id",
    "note",
    "number",
    "previous_hash",
    "request_id",
    "subject_id",
    "subject_kind",
    "subject_label",
    "tenant_id",
)
#: What the first entry of a chain follows on.
GENESIS = "0" * 64
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
#: How far an entry is looked for when it does not stand where it was written.
_SEARCHED = 50
MAX_FAULTS = 20


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last entry of a chain: its number and its hash; number 0 is a chain without entries."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


EMPTY_CHAIN = ChainHead(0, GENESIS)


class ChainFaultKind(StrEnum):
    """What is wrong at an entry."""

    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    NOT_LINKED = "not_linked"
    INSERTED = "inserted"
    CUT_OFF = "cut_off"
    HEAD_DIFFERS = "head_differs"


@dataclass(frozen=True, slots=True)
class ChainFault:
    """One place where the chain does not hold."""

    kind: ChainFaultKind
    number: int
    text: str


@lru_cache(64)
def time_as_text(at: datetime) -> str:
    """A moment as it is hashed: UTC, with microseconds."""
    return at.astimezone(UTC).strftime(_TIME)


def entry_hash(entry: Mapping[str, object]) -> str:
    """SHA-256 over the canonical form of ``HASHED_FIELDS``: numbers, texts, ids, moments and nulls."""
    hashed = {name: entry[name] for name in HASHED_FIELDS}
    if isinstance(at := hashed["at"], datetime):
        hashed["at"] = time_as_text(at)
    try:
        spelled = to_json(hashed)
    except PydanticSerializationError:  # half of a surrogate pair, which UTF-8 has no bytes for
        spelled = _encode(hashed).encode("utf-8", "surrogatepass")
    return hashlib.sha256(spelled).hexdigest()


class ChainCheck:
    """Follows a chain entry by entry, in the order of the numbers; memory does not grow with the chain.

    ``anchors`` are hashes by number that were noted elsewhere, ``start`` is the entry to begin behind.
    """

    def __init__(self, anchors: Mapping[int, str] | None = None, *, start: ChainHead = EMPTY_CHAIN) -> None:
        self._anchors = dict(anchors or {})
        self._last = start
        self._is_last_sound = True
        self.faults: list[ChainFault] = []
        self.entries = 0

    def follow(self, entry: Mapping[str, object], stored_hash: str) -> None:
        """The next entry. ``entry`` is as ``entry_hash`` wants it."""
        number = entry["number"]
        if not isinstance(number, int):
            raise TypeError("an entry's number is an integer")
        self.entries += 1
        is_next = number == self._last.number + 1
        if not is_next:
            self._report_gap(number)
        is_sound = entry_hash(entry) == stored_hash
        if not is_sound:
            self._report_changed(entry, number, stored_hash)
        elif is_next and self._is_last_sound and entry["previous_hash"] != self._last.hash:
            self._report(
                ChainFaultKind.NOT_LINKED,
                number,
                f"Entry {number} does not follow on entry {number - 1} as it stands now: entry {number - 1} was "
                "replaced or both were written anew.",
            )
        expected = self._anchors.pop(number, stored_hash)
        if expected != stored_hash:
            self._report(
                ChainFaultKind.HEAD_DIFFERS, number, f"Entry {number} has another hash than the one that was noted."
            )
        self._last, self._is_last_sound = ChainHead(number, stored_hash), is_sound

    def finish(self, head: ChainHead) -> tuple[ChainFault, ...]:
        """All faults, after the last entry. ``head`` is the one kept beside the entries."""
        last = self._last
        if last.number < head.number:
            missing = _span(last.number + 1, head.number)
            self._report(ChainFaultKind.CUT_OFF, last.number + 1, f"{missing} missing at the end of the chain.")
        elif last.number > head.number:
            extra = _span(head.number + 1, last.number)
            self._report(ChainFaultKind.INSERTED, head.number + 1, f"{extra} written past the head of the chain.")
        elif last.hash != head.hash:
            self._report(ChainFaultKind.HEAD_DIFFERS, last.number, f"The head does not name entry {last.number}.")
        for number in sorted(self._anchors):
            if number > last.number:
                self._report(
                    ChainFaultKind.CUT_OFF, number, f"The chain ends before entry {number}, which was noted outside."
                )
        return tuple(self.faults)

    def _report_gap(self, number: int) -> None:
        first, last = self._last.number + 1, number - 1
        if first > last:
            self._report(ChainFaultKind.INSERTED, number, f"There is a second entry {number}.")
        else:
            self._report(ChainFaultKind.REMOVED, first, f"{_span(first, last)} missing.")

    def _report_changed(self, entry: Mapping[str, object], number: int, stored_hash: str) -> None:
        written_as = next(
            (
                candidate
                for candidate in _near(number)
                if len(self.faults) < MAX_FAULTS and entry_hash({**entry, "number": candidate}) == stored_hash
            ),
            None,
        )
        if written_as is None:
            self._report(ChainFaultKind.CHANGED, number, f"Entry {number} was changed after it was written.")
        else:
            text = f"Entry {number} was written as entry {written_as}: entries were put into another order."
            self._report(ChainFaultKind.REORDERED, number, text)

    def _report(self, kind: ChainFaultKind, number: int, text: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(ChainFault(kind, number, text))


def _near(number: int) -> Iterator[int]:
    for distance in range(1, _SEARCHED + 1):
        yield number + distance
        if number - distance > 0:
            yield number - distance


def _span(first: int, last: int) -> str:
    return f"Entry {first} is" if first == last else f"Entries {first} to {last} are"
