"""Reference data as customers read it: what is published and included in their plan, in the versions that were shown.

A walk through a version finds that version to its end, whatever is published meanwhile: versions never change.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import DatasetId
from backend.core.pagination import CursorInvalid, Page
from backend.domain.datasets import ColumnType, DatasetKind
from backend.domain.publications import PublicationKind
from backend.persistence.models.publication import Publication, PublicationVersion
from backend.persistence.repositories.dataset_entries import (
    DatasetEntryRepository,
    EntryChange,
    EntryFilter,
    ListedEntry,
    by_key,
    columns_of,
)
from backend.persistence.repositories.publications import PublicationRepository
from backend.services.customer_access import CustomerCaller
from backend.services.publications import visible_publications

MAX_KEYS: Final = 1_000
ROWS_PER_PAGE: Final = 20_000


class ShownVersionNotFound(OpenRegError):
    """There is no such version, or none that is shown."""

    code: ClassVar[str] = "shown_version_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ReferenceEntryNotFound(OpenRegError):
    """The dataset has no entry of this key that is valid on this day."""

    code: ClassVar[str] = "reference_entry_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class OpensReadings(Protocol):
    """A caller with the publisher's database."""

    @property
    def caller(self) -> CustomerCaller:
        """Whose key it is."""

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction that cannot write."""


@dataclass(frozen=True, slots=True)
class ShownDataset:
    """A published dataset in one of its versions."""

    publication: Publication
    version: PublicationVersion

    @property
    def dataset_id(self) -> DatasetId:
        """The dataset itself."""
        return _dataset_of(self.publication)

    @property
    def number(self) -> int:
        """The number of the version."""
        return int(self.version.version)

    @property
    def content(self) -> Mapping[str, Any]:
        """What is shown of it beside its entries."""
        return self.version.content

    @property
    def types(self) -> dict[str, ColumnType]:
        """Its columns."""
        return {str(one["name"]): ColumnType(str(one["type"])) for one in self.content["columns"]}


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that was looked up, and the version it was found in."""

    version: int
    as_of: date
    entry: ListedEntry


@dataclass(frozen=True, slots=True)
class Changes:
    """A part of what changed between two versions.

    ``place`` is where to go on, now or when more has changed. ``is_reset``: what was asked from is no longer shown, so
    this begins from nothing.
    """

    earlier: int
    later: int
    items: Sequence[EntryChange]
    place: str
    has_more: bool
    is_reset: bool


@dataclass(frozen=True, slots=True)
class PublishedDatasets:
    """Datasets that a caller may see, in one transaction."""

    session: AsyncSession
    caller: CustomerCaller

    async def page(self, kind: DatasetKind | None, limit: int, after: str | None) -> Page[ShownDataset]:
        """By name; ``after`` is the name of the last one before."""
        visible = await visible_publications(self.session, self.caller, PublicationKind.DATASET)
        behind = [one for one in visible if after is None or one.name > after]
        current = await PublicationRepository(self.session, self.caller.tenant).current([one.id for one in behind])
        shown = [ShownDataset(one, current[one.id]) for one in behind if one.id in current]
        wanted = [one for one in shown if kind is None or one.content["kind"] == kind]
        items = wanted[:limit]
        return Page(items, items[-1].publication.name if len(wanted) > limit else None)

    async def get(self, name: str, version: int | None = None) -> ShownDataset:
        """By its name outside, or the id of its publication. Raises PublicationNotFound, ShownVersionNotFound."""
        publication = await self._publication(name)
        return ShownDataset(publication, await self._version(publication, version))

    async def entries(self, name: str, limit: int, after: str | None, wanted: EntryFilter) -> Page[ListedEntry]:
        """Entries by key; the place of a page names the version that the walk began with.

        Raises PublicationNotFound, ShownVersionNotFound, CursorInvalid.
        """
        version, inner = _version_in(after) if after is not None else (wanted.version, None)
        dataset_id, number = await self._of(name, version)
        found = await self._entries.page(
            dataset_id, by_key(limit, inner), EntryFilter(number, wanted.day, wanted.beginning, wanted.key)
        )
        return Page(found.items, None if found.next_cursor is None else f"{number}.{found.next_cursor}")

    async def lookup(self, name: str, key: str, day: date, version: int | None) -> Found:
        """The entry of a key on a day. Raises PublicationNotFound, ShownVersionNotFound, ReferenceEntryNotFound."""
        number, found = await self.lookup_all(name, [key], day, version)
        if key not in found:
            raise ReferenceEntryNotFound(
                f"Version {number} of {name} has no entry for this key on {day}.",
                extra={"version": number, "as_of": day.isoformat()},
            )
        return Found(number, day, found[key])

    async def lookup_all(
        self, name: str, keys: Sequence[str], day: date, version: int | None
    ) -> tuple[int, Mapping[str, ListedEntry]]:
        """The version that was looked into, and the entries of those keys that it has on a day."""
        dataset_id, number = await self._of(name, version)
        return number, await self._entries.of_keys(dataset_id, number, day, keys)

    async def changes(self, name: str, since: int, limit: int, after: str | None) -> Changes:
        """What changed since a version, by key; of a version that is not shown, all that there is.

        Raises PublicationNotFound, CursorInvalid.
        """
        shown = await self.get(name)
        earlier, later, inner = _span_in(after) if after is not None else (since, None, None)
        publications = PublicationRepository(self.session, self.caller.tenant)
        numbers = {int(one.version) for one in await publications.versions(shown.publication.id)} | {0}
        is_reset = not numbers >= ({earlier} if later is None else {earlier, later})
        if is_reset:
            earlier, later, inner = 0, None, None
        later = shown.number if later is None else later
        found = await self._entries.changes(shown.dataset_id, by_key(limit, inner), earlier, later)
        has_more = found.next_cursor is not None
        place = f"{earlier}.{later}.{found.next_cursor}" if has_more else str(later)
        return Changes(earlier, later, found.items, place, has_more or later < shown.number, is_reset)

    async def _of(self, name: str, version: int | None) -> tuple[DatasetId, int]:
        """The dataset of a name and the number of its version: the newest is shown, another one is looked for."""
        publication = await self._publication(name)
        if version is not None and str(version) != publication.version:
            await self._version(publication, version)
        return _dataset_of(publication), int(publication.version if version is None else version)

    async def _publication(self, name: str) -> Publication:
        visible = await visible_publications(self.session, self.caller, PublicationKind.DATASET)
        return visible.get(name)

    async def _version(self, publication: Publication, version: int | None) -> PublicationVersion:
        number = publication.version if version is None else str(version)
        found = await PublicationRepository(self.session, self.caller.tenant).find_version(publication.id, number)
        if found is None:
            raise ShownVersionNotFound(
                f"Version {number} of {publication.name} is not shown.", fix=f"The newest is {publication.version}."
            )
        return found

    @property
    def _entries(self) -> DatasetEntryRepository:
        return DatasetEntryRepository(self.session, self.caller.tenant)


async def entry_pages(
    scope: OpensReadings, dataset_id: UUID, wanted: EntryFilter, types: Mapping[str, ColumnType]
) -> AsyncIterator[dict[str, list[object]]]:
    """All entries of a version, by key, column by column; each page is a transaction of its own."""
    cursor = None
    while True:
        async with scope.reading() as session:
            entries = DatasetEntryRepository(session, scope.caller.tenant)
            page = await entries.page(DatasetId(dataset_id), by_key(ROWS_PER_PAGE, cursor), wanted)
        if page.items:
            yield columns_of(page.items, types)
        cursor = page.next_cursor
        if cursor is None:
            return


def _dataset_of(publication: Publication) -> DatasetId:
    if publication.thing_id is None:
        raise ValueError("A dataset is published by its id.")
    return DatasetId(publication.thing_id)


def _version_in(place: str) -> tuple[int, str]:
    version, dot, inner = place.partition(".")
    if not dot or not version.isdecimal():
        raise CursorInvalid
    return int(version), inner


def _span_in(place: str) -> tuple[int, int | None, str | None]:
    parts = place.split(".", 2)
    try:
        if len(parts) == 1:
            return int(parts[0]), None, None
        earlier, later, inner = parts
        return int(earlier), int(later), inner
    except ValueError as error:
        raise CursorInvalid from error
