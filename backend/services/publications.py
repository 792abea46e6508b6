"""What of a publisher's content a caller may see: every route that reads goes through this, and nothing else decides.

The external service starts without what reads reports and packs: this module stands on rows alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.pagination import Page
from backend.domain.publications import PublicationKind, PublicationNotFound, is_included
from backend.persistence.models.publication import Publication
from backend.persistence.repositories.publications import PublicationRepository
from backend.services.customer_access import CustomerCaller


@dataclass(frozen=True, slots=True)
class VisiblePublications:
    """Publications of one kind that a caller may see, by their names outside, in the order of those."""

    by_name: Mapping[str, Publication]

    def __iter__(self) -> Iterator[Publication]:
        return iter(self.by_name.values())

    @property
    def ids(self) -> frozenset[UUID]:
        """The ids of the things themselves: of reports, rule sets, datasets, schedules or schema packages."""
        return frozenset(one.thing_id for one in self if one.thing_id is not None)

    def after(self, name: str | None, limit: int) -> Page[Publication]:
        """The next ``limit`` behind a name; the cursor is a name."""
        found = [one for one in self if name is None or one.name > name]
        return Page(found[:limit], found[limit - 1].name if len(found) > limit else None)

    def get(self, name: str) -> Publication:
        """By name, or by the publication's id. Raises PublicationNotFound, whoever else may see it."""
        found = self.by_name.get(name) or next((one for one in self if str(one.id) == name.lower()), None)
        if found is None:
            raise PublicationNotFound(fix="Look into the list for what there is.")
        return found


async def visible_publication(session: AsyncSession, caller: CustomerCaller, publication_id: UUID) -> Publication:
    """By its id, of whatever kind. Raises PublicationNotFound, whoever else may see it."""
    found = await PublicationRepository(session, caller.tenant).find(publication_id)
    if found is None or found.unpublished_at is not None or not is_included(caller, found.facts):
        raise PublicationNotFound(fix="Look into the lists for what there is.")
    return found


async def visible_publications(
    session: AsyncSession, caller: CustomerCaller, kind: PublicationKind
) -> VisiblePublications:
    """What of a kind is published now and included in the caller's plan."""
    shown = await PublicationRepository(session, caller.tenant).shown(kind)
    included = sorted((one for one in shown if is_included(caller, one.facts)), key=lambda one: one.name)
    return VisiblePublications({one.name: one for one in included})
