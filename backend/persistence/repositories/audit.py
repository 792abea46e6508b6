"""The audit trail as it is read: lists, single entries, and the whole chain in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, String, bindparam, cast, func, or_, select

from backend.core.pagination import CursorInvalid, Page, PageRequest, page_of
from backend.domain.audit import AuditAction
from backend.domain.audit_chain import EMPTY_CHAIN, HASHED_FIELDS, ChainHead
from backend.persistence.fixed_query import SHAPES_HELD, FixedQuery
from backend.persistence.models.audit import AuditChain, AuditEntry
from backend.persistence.repositories.tenant_scope import LIMIT, TENANT, TenantRepository, as_part, contains

_MAX_NUMBER = 2**63 - 1
_AFTER: Final = "after"
_SEARCHED = (AuditEntry.subject_label, AuditEntry.actor_label, AuditEntry.note, AuditEntry.action)
_TIME = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; what is None is not asked."""

    actor_id: UUID | None = None
    action: AuditAction | None = None
    subject_kind: str | None = None
    subject_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None

    def as_document(self) -> dict[str, object]:
        """What was asked, for the trail itself."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def values(self) -> dict[str, object]:
        """What is asked, by the names of ``_CONDITIONS`` and of their parameters."""
        found = self.as_document() | {"q": as_part(self.q) if self.q else None}
        return {name: value for name, value in found.items() if value is not None}


_CONDITIONS: Final[Mapping[str, ColumnElement[bool]]] = {
    "actor_id": AuditEntry.actor_id == bindparam("actor_id"),
    "action": AuditEntry.action == bindparam("action"),
    "subject_kind": AuditEntry.subject_kind == bindparam("subject_kind"),
    "subject_id": AuditEntry.subject_id == bindparam("subject_id"),
    "since": AuditEntry.at >= bindparam("since"),
    # The end itself is left out.
    "until": AuditEntry.at < bindparam("until"),
    "q": or_(*(contains(column, bindparam("q")) for column in _SEARCHED)),
}


def _conditions(asked: Collection[str]) -> list[ColumnElement[bool]]:
    return [AuditEntry.tenant_id == TENANT, *(one for name, one in _CONDITIONS.items() if name in asked)]


class ListedEntry(NamedTuple):
    """An entry as it stands in a list: without what was before and after, and without its place in the chain."""

    id: UUID
    number: int
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    actor_label: str
    address: str | None
    request_id: str | None
    action: str
    subject_kind: str
    subject_id: UUID | None
    subject_label: str
    note: str | None


@lru_cache(SHAPES_HELD)
def _page(asked: frozenset[str]) -> FixedQuery:
    query = select(*(getattr(AuditEntry, one) for one in ListedEntry._fields)).where(*_conditions(asked))
    if _AFTER in asked:
        query = query.where(AuditEntry.number < bindparam(_AFTER))
    return FixedQuery(query.order_by(AuditEntry.number.desc()).limit(bindparam(LIMIT, type_=Integer)))


class AuditRepository(TenantRepository):
    """The trail of one tenant in one transaction."""

    async def find(self, entry_id: UUID) -> AuditEntry | None:
        """The entry, or None."""
        return await self._find(AuditEntry, entry_id)

    async def page(self, request: PageRequest, wanted: AuditFilter) -> Page[ListedEntry]:
        """Entries, newest first: by their numbers, which are the order of the chain."""
        values = wanted.values() | {LIMIT: request.limit + 1}
        if (after := request.after) is not None:
            if after.int > _MAX_NUMBER:
                raise CursorInvalid
            values[_AFTER] = after.int
        rows = await self._columns(_page(frozenset(values)), values)
        return page_of([ListedEntry._make(row) for row in rows], request, lambda one: UUID(int=one.number))

    async def between(self, after: int, last: int, limit: int, wanted: AuditFilter) -> Sequence[AuditEntry]:
        """Entries behind a number up to another, oldest first."""
        values = wanted.values()
        query = select(AuditEntry).where(AuditEntry.number > after, AuditEntry.number <= last, *_conditions(values))
        return await self._all(query.order_by(AuditEntry.number).limit(limit), {TENANT.key: self.tenant, **values})

    async def ends(self) -> tuple[ChainHead, int]:
        """The head of the chain and the highest number of an entry, as of one moment."""
        highest = select(func.max(AuditEntry.number)).where(AuditEntry.tenant_id == self.tenant)
        kept = [
            select(column).where(AuditChain.tenant_id == self.tenant)
            for column in (AuditChain.last_number, AuditChain.last_hash)
        ]
        ends = select(*(one.scalar_subquery() for one in (highest, *kept)))
        number, last_number, last_hash = (await self._session.execute(ends)).one()
        head = EMPTY_CHAIN if last_number is None else ChainHead(last_number, last_hash)
        return head, number or 0

    async def hash_of(self, number: int) -> str | None:
        """The stored hash of an entry, or None."""
        query = select(AuditEntry.hash).where(AuditEntry.tenant_id == self.tenant, AuditEntry.number == number)
        found: str | None = await self._session.scalar(query)
        return found

    async def links(self, after: int, last: int, limit: int) -> Sequence[tuple[dict[str, object], str]]:
        """Entries as they are hashed, and their stored hashes, in order."""
        query = (
            select(AuditEntry.hash, *_HASHED)
            .where(AuditEntry.tenant_id == self.tenant, AuditEntry.number > after, AuditEntry.number <= last)
            .order_by(AuditEntry.number)
            .limit(limit)
        )
        rows = (await self._session.execute(query)).all()
        return [(dict(zip(HASHED_FIELDS, row[1:], strict=True)), str(row[0])) for row in rows]


def _hashed_form(name: str) -> ColumnElement[object]:
    """A column as it is hashed: PostgreSQL writes ids and moments the way ``entry_hash`` was given them."""
    column = getattr(AuditEntry, name)
    if name == "at":
        return func.to_char(func.timezone("UTC", column), _TIME)
    return cast(column, String) if name in {"id", "tenant_id", "actor_id", "subject_id"} else column


_HASHED = tuple(_hashed_form(name) for name in HASHED_FIELDS)
