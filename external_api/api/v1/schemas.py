"""Published schema packages: which XSDs they hold, and the archive where the publisher may pass it on."""

# Annotations are evaluated here, not kept as text, as in ``external_api.api.access``.

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.byte_range import RangeNotSatisfiable
from backend.core.pagination import Page
from backend.core.problems import problems
from backend.domain.customers import KeyScope
from backend.domain.publications import PublicationKind, PublicationNotFound
from backend.persistence.repositories.publications import PublicationRepository
from backend.services.publications import visible_publications
from backend.services.storage import StorageUnavailable
from external_api.api.access import KEY_PROBLEMS, CustomerScope, RequiresScope, Runtime, ScopeMissing
from external_api.api.downloads import Part, downloader, files_of, stream
from external_api.api.reading import Place, Reading, read_responses, reads
from external_api.api.schemas.content import SchemaAnswer
from external_api.api.schemas.reading import PageAnswer

router = APIRouter(prefix="/schemas", tags=["schemas"])
_KIND: Final = PublicationKind.SCHEMA
Name = Annotated[str, Path(max_length=63, description="Its name, or its id.")]
Schemas = Annotated[Reading[SchemaAnswer], reads(KeyScope.SCHEMAS_READ, SchemaAnswer, _KIND)]
Scope = Annotated[CustomerScope, Depends(RequiresScope(KeyScope.SCHEMAS_READ))]


@router.get("", response_model=PageAnswer[SchemaAnswer], responses=read_responses())
async def list_schemas(reading: Schemas) -> Response:
    """Published schema packages that the plan includes, by name."""

    async def load(session: AsyncSession, place: Place) -> Page[SchemaAnswer]:
        page = (await visible_publications(session, reading.scope.caller, _KIND)).after(place.after, place.limit)
        publications = PublicationRepository(session, reading.scope.tenant)
        newest = await publications.current([one.id for one in page.items])
        return Page([SchemaAnswer.of(one, newest[one.id]) for one in page.items], page.next_cursor)

    return await reading.page(load)


@router.get("/{schema}", response_model=SchemaAnswer, responses=read_responses(PublicationNotFound))
async def get_schema(schema: Name, reading: Schemas) -> Response:
    """One schema package."""

    async def load(session: AsyncSession) -> SchemaAnswer:
        found = (await visible_publications(session, reading.scope.caller, _KIND)).get(schema)
        newest = await PublicationRepository(session, reading.scope.tenant).current([found.id])
        return SchemaAnswer.of(found, newest[found.id])

    return await reading.one(load)


@router.get(
    "/{schema}/content",
    response_class=StreamingResponse,
    responses=problems(*KEY_PROBLEMS, ScopeMissing, PublicationNotFound, RangeNotSatisfiable, StorageUnavailable),
)
async def download_schema(
    schema: Name,
    scope: Scope,
    runtime: Runtime,
    request: Request,
    part: Part,
) -> StreamingResponse:
    """The archive of a package, where the publisher passes it on."""
    async with scope.reading() as session:
        found = (await visible_publications(session, scope.caller, _KIND)).get(schema)
    file = await files_of(runtime).archive(scope.tenant, found)
    return await stream(runtime, file, downloader(request, scope.caller), part)
