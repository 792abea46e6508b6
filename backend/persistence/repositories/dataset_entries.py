"""Entries of datasets: paged as of a version and a day, compared between two versions, read through in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    or_,
    select,
)

from backend.core.ids import DatasetId
from backend.core.pagination import Page, SortedPageRequest
from backend.persistence.fixed_query import SHAPES_HELD, FixedQuery
from backend.persistence.models.dataset import DatasetEntry
from backend.persistence.repositories.tenant_scope import TENANT, SortOrder, TenantRepository, place_of, seek

#: Follows every text that begins with another one.
_LAST_LETTER: Final = chr(0x10FFFF)
_DATASET: Final = bindparam("dataset", type_=Uuid)
_VERSION: Final = bindparam("version", type_=Integer)
_EARLIER: Final = bindparam("earlier", type_=Integer)
_DAY: Final = bindparam("day", type_=Date)
_ORDER: Final = SortOrder(DatasetEntry.key, str)
_KEY_ORDER: Final = "key"


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries of which version, None for the newest; ``beginning`` is that of their keys, ``day`` when valid."""

    version: int | None
    day: date | None = None
    beginning: str | None = None
    key: str | None = None


class ListedEntry(NamedTuple):
    """An entry as it stands in a list."""

    id: UUID
    key: str
    valid_from: date | None
    valid_to: date | None
    values: dict[str, str]
    added_in: int
    removed_in: int | None


class EntryChange(NamedTuple):
    """An entry that one of two versions has and the other has not."""

    id: UUID
    key: str
    valid_from: date | None
    valid_to: date | None
    values: dict[str, str]
    is_added: bool


def _visible(version: ColumnElement[int]) -> ColumnElement[bool]:
    gone = or_(DatasetEntry.removed_in.is_(None), DatasetEntry.removed_in > version)
    return and_(DatasetEntry.added_in <= version, gone)


def _listed() -> Select[*tuple[object, ...]]:
    columns = (getattr(DatasetEntry, one) for one in ListedEntry._fields)
    return select(*columns).where(
        DatasetEntry.tenant_id == TENANT, DatasetEntry.dataset_id == _DATASET, _visible(_VERSION)
    )


@lru_cache(SHAPES_HELD)
def _page(asked: frozenset[str]) -> FixedQuery:
    query = _listed()
    if "day" in asked:
        query = _valid(query)
    if "first" in asked:
        query = query.where(
            DatasetEntry.key >= bindparam("first", type_=String), DatasetEntry.key < bindparam("behind", type_=String)
        )
    if "key" in asked:
        query = query.where(DatasetEntry.key == bindparam("key", type_=String))
    return FixedQuery(seek(query, _ORDER, DatasetEntry.id, asked, is_descending=False))


@lru_cache(SHAPES_HELD)
def _changes(asked: frozenset[str]) -> FixedQuery:
    added = and_(DatasetEntry.added_in > _EARLIER, _visible(_VERSION))
    removed = and_(
        DatasetEntry.removed_in > _EARLIER, DatasetEntry.removed_in <= _VERSION, DatasetEntry.added_in <= _EARLIER
    )
    columns = (getattr(DatasetEntry, one) for one in EntryChange._fields[:-1])
    is_added = case((DatasetEntry.added_in > _EARLIER, True), else_=False).label("is_added")
    query = select(*columns, is_added).where(
        DatasetEntry.tenant_id == TENANT, DatasetEntry.dataset_id == _DATASET, or_(added, removed)
    )
    return FixedQuery(seek(query, _ORDER, DatasetEntry.id, asked, is_descending=False))


def _valid(query: Select[*tuple[object, ...]]) -> Select[*tuple[object, ...]]:
    return query.where(
        or_(DatasetEntry.valid_from.is_(None), DatasetEntry.valid_from <= _DAY),
        or_(DatasetEntry.valid_to.is_(None), DatasetEntry.valid_to >= _DAY),
    )


#: Periods of one key do not overlap: on a day there is at most one entry of each.
_OF_KEYS: Final = FixedQuery(
    _valid(_listed()).where(DatasetEntry.key == any_(bindparam("keys", type_=ARRAY(String)))).order_by(DatasetEntry.key)
)


class DatasetEntryRepository(TenantRepository):
    """Entries of one tenant in one transaction."""

    async def of_keys(
        self, dataset_id: DatasetId, version: int, day: date, keys: Collection[str]
    ) -> dict[str, ListedEntry]:
        """The entries of a version that are valid on a day, by key, where there are any."""
        values = {"dataset": dataset_id, "version": version, "day": day, "keys": list(keys)}
        found = (ListedEntry._make(row) for row in await self._columns(_OF_KEYS, values))
        return {one.key: one for one in found}

    async def page(self, dataset_id: DatasetId, request: SortedPageRequest, wanted: EntryFilter) -> Page[ListedEntry]:
        """Entries of a version by key. Raises CursorInvalid."""
        values = {"dataset": dataset_id, "version": wanted.version, **place_of(request, _ORDER), **_asked(wanted)}
        rows = await self._columns(_page(frozenset(values)), values)
        return request.page_of([ListedEntry._make(row) for row in rows], lambda one: one.key, lambda one: one.id)

    async def changes(
        self, dataset_id: DatasetId, request: SortedPageRequest, earlier: int, later: int
    ) -> Page[EntryChange]:
        """What a later version has that the earlier one has not, and the other way round, by key."""
        values = {"dataset": dataset_id, "version": later, "earlier": earlier, **place_of(request, _ORDER)}
        rows = await self._columns(_changes(frozenset(values)), values)
        return request.page_of([EntryChange._make(row) for row in rows], lambda one: one.key, lambda one: one.id)


def by_key(limit: int, cursor: str | None = None) -> SortedPageRequest:
    """A page of entries, in the order of their keys."""
    return SortedPageRequest(_KEY_ORDER, limit=limit, cursor=cursor)


def _asked(wanted: EntryFilter) -> dict[str, object]:
    asked: dict[str, object] = {}
    if wanted.day is not None:
        asked["day"] = wanted.day
    if wanted.beginning:
        asked["first"], asked["behind"] = wanted.beginning, wanted.beginning + _LAST_LETTER
    if wanted.key is not None:
        asked["key"] = wanted.key
    return asked


def columns_of(entries: Sequence[ListedEntry], names: Collection[str]) -> dict[str, list[object]]:
    """Entries turned over: a list per column."""
    turned: dict[str, list[object]] = {
        "key": [one.key for one in entries],
        "valid_from": [one.valid_from for one in entries],
        "valid_to": [one.valid_to for one in entries],
    }
    return turned | {name: [one.values.get(name) for one in entries] for name in names}
