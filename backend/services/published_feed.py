"""The feed of changes as one caller sees it: in the order of commits, only what key and plan include."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.customers import KeyScope
from backend.domain.publications import PublicationAction, PublicationKind, change_as_seen
from backend.persistence.models.publication import PublicationChange
from backend.persistence.repositories.publications import PublicationRepository
from backend.services.customer_access import CustomerCaller

#: Which scope a key needs for a kind.
SCOPE_OF: Final = {
    PublicationKind.REPORT: KeyScope.REPORTS_READ,
    PublicationKind.RULE_PACK: KeyScope.RULES_READ,
    PublicationKind.RULE_SET: KeyScope.RULES_READ,
    PublicationKind.DATASET: KeyScope.REFERENCE_READ,
    PublicationKind.SCHEDULE: KeyScope.SCHEDULES_READ,
    PublicationKind.SCHEMA: KeyScope.SCHEMAS_READ,
}
_BATCH: Final = 500
_BATCHES: Final = 20


class FeedBeginsAnew(OpenRegError):
    """What the plan or the key includes is not what it was when the cursor was given."""

    code: ClassVar[str] = "feed_begins_anew"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class SeenChange:
    """A change as a caller sees it."""

    publication_id: UUID
    kind: PublicationKind
    action: PublicationAction
    name: str
    version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FeedPart:
    """Changes, and the place behind them, which is good for ever."""

    changes: Sequence[SeenChange]
    place: str


def kinds_of(caller: CustomerCaller) -> frozenset[PublicationKind]:
    """Kinds that the key's scopes open."""
    return frozenset(kind for kind, scope in SCOPE_OF.items() if scope.value in caller.scopes)


async def read_feed(session: AsyncSession, caller: CustomerCaller, after: str | None, limit: int) -> FeedPart:
    """At most ``limit`` changes behind a place. Raises FeedBeginsAnew.

    A part may hold fewer, or none, and still not be the last one: long stretches that are not the caller's are passed
    a bounded number of rows at a time. The last one's place is the one that it was asked with.
    """
    mark = _mark(caller)
    place = _sequence(after, mark)
    kinds, publications = kinds_of(caller), PublicationRepository(session, caller.tenant)
    seen: list[SeenChange] = []
    for _ in range(_BATCHES):
        batch = await publications.changes(place, _BATCH)
        for row in batch:
            change = _as_seen(caller, row) if row.kind in kinds else None
            if change is not None:
                seen.append(change)
            place = row.sequence
            if len(seen) == limit:
                return FeedPart(seen, f"{place}.{mark}")
        if len(batch) < _BATCH:
            break
    return FeedPart(seen, f"{place}.{mark}")


def _as_seen(caller: CustomerCaller, row: PublicationChange) -> SeenChange | None:
    action = change_as_seen(caller, row.before, row.after, PublicationAction(row.action))
    if action is None:
        return None
    kind = PublicationKind(row.kind)
    return SeenChange(row.publication_id, kind, action, row.name, row.version, row.at)


def _sequence(place: str | None, mark: str) -> int:
    if place is None:
        return 0
    sequence, _, given = place.partition(".")
    if given != mark:
        raise FeedBeginsAnew(
            fix="Read the feed without a cursor, and drop what no list has any more.",
        )
    return int(sequence)


def _mark(caller: CustomerCaller) -> str:
    """Which part of what is published the caller may see: with one mark it is the same part."""
    limits = (caller.regimes, caller.kinds, caller.publications, kinds_of(caller))
    parts = [None if one is None else sorted(map(str, one)) for one in limits]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
