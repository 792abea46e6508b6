"""The feed of changes for installations that keep a copy of what is published, and each version's content."""

# Annotations are evaluated here, not kept as text, as in ``external_api.api.access``.

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.pagination import Page
from backend.domain.customers import KeyScope
from backend.domain.publications import PublicationKind, PublicationNotFound
from backend.persistence.repositories.publications import PublicationRepository
from backend.services.publications import visible_publication
from backend.services.published_feed import FeedBeginsAnew, kinds_of, read_feed
from external_api.api.reading import Place, Reading, read_responses, reads
from external_api.api.schemas.content import ChangeAnswer, ContentAnswer
from external_api.api.schemas.reading import PageAnswer

router = APIRouter(prefix="/changes", tags=["changes"])
_KINDS = tuple(PublicationKind)
Changes = Annotated[Reading[ChangeAnswer], reads(KeyScope.CHANGES_READ, ChangeAnswer, *_KINDS)]
Contents = Annotated[Reading[ContentAnswer], reads(KeyScope.CHANGES_READ, ContentAnswer, *_KINDS)]


@router.get("", response_model=PageAnswer[ChangeAnswer], responses=read_responses(FeedBeginsAnew))
async def list_changes(reading: Changes) -> Response:
    """What was published, changed and taken back, in that order; of the kinds that the key may read.

    There is always a `next_cursor`: when it is the one you gave, you have read everything. Keep it, and ask again with
    it later. After `feed_begins_anew` read from the beginning, and drop what is in no list any more.
    """

    async def load(session: AsyncSession, place: Place) -> Page[ChangeAnswer]:
        part = await read_feed(session, reading.scope.caller, place.after, place.limit)
        return Page([ChangeAnswer.of(one) for one in part.changes], part.place)

    return await reading.page(load)


@router.get(
    "/{publication_id}/versions/{version}",
    response_model=ContentAnswer,
    responses=read_responses(PublicationNotFound),
)
async def get_content(
    publication_id: UUID, version: Annotated[str, Path(max_length=40)], reading: Contents
) -> Response:
    """All that a version says, of whatever kind; entries of datasets are read as reference data."""

    async def load(session: AsyncSession) -> ContentAnswer:
        found = await visible_publication(session, reading.scope.caller, publication_id)
        row = None
        if found.kind in kinds_of(reading.scope.caller):
            row = await PublicationRepository(session, reading.scope.tenant).find_version(found.id, version)
        if row is None:
            raise PublicationNotFound(fix="Read the feed for the newest version.")
        return ContentAnswer.of(found, row)

    return await reading.one(load)
