"""Published reports: their versions with the whole definition, and their released files."""

# Annotations are evaluated here, not kept as text, as in ``external_api.api.access``.

from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.byte_range import RangeNotSatisfiable
from backend.core.clock import utc_now
from backend.core.download_links import LinkNotFound
from backend.core.ids import CustomerKeyId, TenantId
from backend.core.pagination import Page
from backend.core.problems import problems
from backend.domain.customers import KeyScope
from backend.domain.publications import PublicationKind, PublicationNotFound
from backend.middleware.rate_limit import RateLimited
from backend.persistence.models.publication import Publication
from backend.persistence.repositories.publications import PublicationRepository
from backend.services.artifacts import ArtifactNotFound
from backend.services.publications import visible_publications
from backend.services.published_files import Downloader, linked_file, released_file, stored
from backend.services.storage import StorageUnavailable
from external_api.api.access import KEY_PROBLEMS, CustomerScope, RequiresScope, Runtime, ScopeMissing, client_address
from external_api.api.downloads import Part, downloader, stream
from external_api.api.reading import Place, Reading, read_responses, reads
from external_api.api.schemas.content import (
    ArtifactAnswer,
    LinkAnswer,
    ReportAnswer,
    ReportVersionAnswer,
    VersionAnswer,
)
from external_api.api.schemas.reading import PageAnswer

router = APIRouter(prefix="/reports", tags=["reports"])
links = APIRouter(prefix="/downloads", tags=["reports"])
_KIND: Final = PublicationKind.REPORT
#: How long a link opens a file.
LINK_LASTS: Final = timedelta(minutes=5)
Name = Annotated[str, Path(max_length=63, description="The name of a report, or its id.")]
Version = Annotated[str, Path(max_length=40)]
Reports = Annotated[Reading[ReportAnswer], reads(KeyScope.REPORTS_READ, ReportAnswer, _KIND)]
Versions = Annotated[Reading[VersionAnswer], reads(KeyScope.REPORTS_READ, VersionAnswer, _KIND)]
WholeVersions = Annotated[Reading[ReportVersionAnswer], reads(KeyScope.REPORTS_READ, ReportVersionAnswer, _KIND)]
Artifacts = Annotated[Reading[ArtifactAnswer], reads(KeyScope.REPORTS_READ, ArtifactAnswer, _KIND)]
Scope = Annotated[CustomerScope, Depends(RequiresScope(KeyScope.REPORTS_READ))]


@router.get("", response_model=PageAnswer[ReportAnswer], responses=read_responses())
async def list_reports(reading: Reports) -> Response:
    """Published reports that the plan includes, by name."""

    async def load(session: AsyncSession, place: Place) -> Page[ReportAnswer]:
        found = await visible_publications(session, reading.scope.caller, _KIND)
        page = found.after(place.after, place.limit)
        heads = await _heads(session, reading.scope.tenant, page.items)
        return Page([ReportAnswer.of(one, heads[one.id]) for one in page.items], page.next_cursor)

    return await reading.page(load)


@router.get("/{report}", response_model=ReportAnswer, responses=read_responses(PublicationNotFound))
async def get_report(report: Name, reading: Reports) -> Response:
    """One report."""

    async def load(session: AsyncSession) -> ReportAnswer:
        found = await _report(session, reading.scope, report)
        heads = await _heads(session, reading.scope.tenant, [found])
        return ReportAnswer.of(found, heads[found.id])

    return await reading.one(load)


@router.get(
    "/{report}/versions", response_model=PageAnswer[VersionAnswer], responses=read_responses(PublicationNotFound)
)
async def list_report_versions(report: Name, reading: Versions) -> Response:
    """Versions of a report that are or were in use since it was published, newest first."""

    async def load(session: AsyncSession, place: Place) -> Page[VersionAnswer]:
        found = await _report(session, reading.scope, report)
        publications = PublicationRepository(session, reading.scope.tenant)
        before = None if place.after is None else int(place.after)
        rows = await publications.versions(found.id, before, place.limit + 1)
        more = str(rows[place.limit - 1].number) if len(rows) > place.limit else None
        return Page([VersionAnswer.of(one) for one in rows[: place.limit]], more)

    return await reading.page(load)


@router.get(
    "/{report}/versions/{version}", response_model=ReportVersionAnswer, responses=read_responses(PublicationNotFound)
)
async def get_report_version(report: Name, version: Version, reading: WholeVersions) -> Response:
    """A version with its whole definition."""

    async def load(session: AsyncSession) -> ReportVersionAnswer:
        found = await _report(session, reading.scope, report)
        row = await PublicationRepository(session, reading.scope.tenant).find_version(found.id, version)
        if row is None:
            raise PublicationNotFound(f"The report has no version {version}.", fix="Look into the list of versions.")
        return ReportVersionAnswer.of(row)

    return await reading.one(load)


@router.get(
    "/{report}/artifacts", response_model=PageAnswer[ArtifactAnswer], responses=read_responses(PublicationNotFound)
)
async def list_artifacts(report: Name, reading: Artifacts) -> Response:
    """Released files of a report, newest first; none where the publisher shows none."""

    async def load(session: AsyncSession, place: Place) -> Page[ArtifactAnswer]:
        found = await _report(session, reading.scope, report)
        if not found.includes_files:
            return Page([], None)
        after = None if place.after is None else UUID(place.after)
        files = await PublicationRepository(session, reading.scope.tenant).files(found, after, place.limit + 1)
        more = str(files[place.limit - 1].artifact.id) if len(files) > place.limit else None
        return Page([ArtifactAnswer.of(one) for one in files[: place.limit]], more)

    return await reading.page(load)


@router.get(
    "/{report}/artifacts/{artifact_id}",
    response_model=ArtifactAnswer,
    responses=read_responses(PublicationNotFound, ArtifactNotFound),
)
async def get_artifact(report: Name, artifact_id: UUID, reading: Artifacts) -> Response:
    """One released file."""

    async def load(session: AsyncSession) -> ArtifactAnswer:
        found = await _report(session, reading.scope, report)
        return ArtifactAnswer.of(await released_file(session, reading.scope.tenant, found, artifact_id))

    return await reading.one(load)


@router.post(
    "/{report}/artifacts/{artifact_id}/link",
    responses=problems(*KEY_PROBLEMS, ScopeMissing, PublicationNotFound, ArtifactNotFound),
)
async def make_link(report: Name, artifact_id: UUID, scope: Scope, runtime: Runtime, request: Request) -> LinkAnswer:
    """A link to the file that needs no key and opens it for five minutes, while it is published."""
    async with scope.reading() as session:
        found = await _report(session, scope, report)
        await released_file(session, scope.tenant, found, artifact_id)
    caller = downloader(request, scope.caller)
    until = scope.now() + LINK_LASTS
    what = {
        "tenant": str(scope.tenant),
        "publication": str(found.id),
        "artifact": str(artifact_id),
        "key": str(caller.key_id),
        "label": caller.label,
    }
    path = request.url_for("download", token=runtime.links.sign(what, until)).path
    return LinkAnswer(url=path, expires_at=until.replace(microsecond=0))


@router.get(
    "/{report}/artifacts/{artifact_id}/content",
    response_class=StreamingResponse,
    responses=problems(
        *KEY_PROBLEMS, ScopeMissing, PublicationNotFound, ArtifactNotFound, RangeNotSatisfiable, StorageUnavailable
    ),
)
async def download_artifact(
    report: Name,
    artifact_id: UUID,
    scope: Scope,
    runtime: Runtime,
    request: Request,
    part: Part,
) -> StreamingResponse:
    """The stored bytes, streaming; a single byte range is honoured, and the checksum is that of the whole file."""
    async with scope.reading() as session:
        found = await _report(session, scope, report)
        file = stored(await released_file(session, scope.tenant, found, artifact_id))
    return await stream(runtime, file, downloader(request, scope.caller), part)


@links.get(
    "/{token}",
    response_class=StreamingResponse,
    responses=problems(LinkNotFound, ArtifactNotFound, RangeNotSatisfiable, StorageUnavailable, RateLimited),
)
async def download(
    token: Annotated[str, Path(max_length=1000)],
    runtime: Runtime,
    request: Request,
    part: Part,
) -> StreamingResponse:
    """What a link was given for."""
    await runtime.public_limit.check(request, "downloads")
    what = runtime.links.open(token, utc_now())
    tenant = TenantId(UUID(what["tenant"]))
    async with runtime.database.reading(tenant) as session:
        file = await linked_file(session, tenant, UUID(what["publication"]), UUID(what["artifact"]))
    request_id: Any = getattr(request.state, "request_id", None)
    by = Downloader(tenant, CustomerKeyId(UUID(what["key"])), what["label"], client_address(request), request_id)
    return await stream(runtime, file, by, part)


async def _report(session: AsyncSession, scope: CustomerScope, name: str) -> Publication:
    return (await visible_publications(session, scope.caller, _KIND)).get(name)


async def _heads(session: AsyncSession, tenant: TenantId, found: Any) -> dict[UUID, dict[str, Any]]:
    return await PublicationRepository(session, tenant).parts([one.id for one in found], "report")
