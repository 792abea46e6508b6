"""Reports and their versions."""

# Annotations are evaluated, not kept as text: FastAPI reads the types of query parameters from them.

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, status
from pydantic import JsonValue

from backend.api.dependencies import Idempotency, ReportsRead, ReportsWrite, RunsStart
from backend.api.etags import IfMatch, tag
from backend.api.report_services import Limit, ReportsArchive, Search, SortedCursor
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.reports import (
    ReportAnswer,
    ReportChange,
    ReportClone,
    ReportCreate,
    VersionAnswer,
    VersionCreate,
    VersionList,
)
from backend.api.schemas.runs import RunAnswer, RunCreate
from backend.core.etags import PreconditionFailed, etag_of
from backend.core.ids import ReportId, ReportVersionId
from backend.core.pagination import DEFAULT_LIMIT, SortedPageRequest
from backend.core.problems import problems
from backend.domain.reports.analysis import ReportDocumentInvalid
from backend.domain.reports.document import ReportDocument
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.repositories.report_lists import ListedReport, ReportFilter, ReportSort
from backend.services.connectors.faults import ConnectorError
from backend.services.reports import (
    ReportArchived,
    ReportChanges,
    ReportDraftNotFound,
    ReportNotFound,
    ReportOwnerUnknown,
    ReportSlugTaken,
    ReportVersionNotFound,
    report_etag,
)
from backend.services.run_parameters import RunParameterInvalid
from backend.services.runs import NoActiveVersion, RunAlreadyUnderWay

router = ResourceRouter(prefix="/reports", tags=["reports"])


class ReportOrder(StrEnum):
    """Orders of the list of reports; a minus means the largest first."""

    NAME = "name"
    NAME_DESCENDING = "-name"
    OLDEST = "created_at"
    NEWEST = "-created_at"
    LEAST_RECENTLY_CHANGED = "updated_at"
    LAST_CHANGED = "-updated_at"

    @property
    def key(self) -> ReportSort:
        """What is sorted by."""
        return ReportSort(self.value.removeprefix("-"))

    @property
    def is_descending(self) -> bool:
        """Whether the largest comes first."""
        return self.value.startswith("-")


@router.get("/document-schema")
async def document_schema(_: ReportsRead) -> dict[str, JsonValue]:
    """The JSON Schema of report documents."""
    return ReportDocument.model_json_schema()


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(ReportSlugTaken))
async def create_report(
    body: ReportCreate, reports: ReportsWrite, idempotency: Idempotency, response: Response
) -> ReportAnswer:
    """A report without versions, owned by who makes it."""

    async def act() -> dict[str, object]:
        report = await reports.create(name=body.name, slug=body.slug, description=body.description, tags=body.tags)
        return ReportAnswer.of(report).model_dump(mode="json")

    request = {"route": "reports", **body.model_dump()}
    answer = ReportAnswer.model_validate(await idempotency.once(reports.scope, request, act))
    tag(response, etag_of(answer.id, answer.revision))
    return answer


async def report_filter(
    *,
    q: Search = None,
    state: Annotated[ReportVersionState | None, Query(description="With a version in this state.")] = None,
    owner_id: UUID | None = None,
    tag: Annotated[str | None, Query(max_length=40)] = None,
    pack_id: Annotated[str | None, Query(max_length=60)] = None,
    is_archived: Annotated[bool, Query(description="The archived ones instead of those in use.")] = False,
) -> ReportFilter:
    """Which reports are wanted."""
    return ReportFilter(q, state, owner_id, tag, pack_id, is_archived)


@router.get("")
async def list_reports(
    reports: ReportsRead,
    wanted: Annotated[ReportFilter, Depends(report_filter)],
    sort: ReportOrder = ReportOrder.NEWEST,
    limit: Limit = DEFAULT_LIMIT,
    cursor: SortedCursor = None,
) -> ListAnswer[ReportAnswer]:
    """Reports, newest first unless another order is asked for."""
    request = SortedPageRequest(sort.key, sort.is_descending, limit, cursor)
    return ListAnswer.of(await reports.page(request, wanted), ReportAnswer.of)


@router.get("/{report_id}", responses=problems(ReportNotFound))
async def get_report(report_id: UUID, reports: ReportsRead, response: Response) -> ReportAnswer:
    """One report."""
    return _tagged(response, await reports.get(ReportId(report_id)))


@router.patch("/{report_id}", responses=problems(ReportNotFound, PreconditionFailed, ReportOwnerUnknown))
async def change_report(
    report_id: UUID, body: ReportChange, reports: ReportsWrite, if_match: IfMatch, response: Response
) -> ReportAnswer:
    """Change name, description, tags or owner."""
    tags = tuple(dict.fromkeys(body.tags)) if body.tags is not None else None
    changes = ReportChanges(body.name, body.description, tags, body.owner_id)
    return _tagged(response, await reports.change(ReportId(report_id), changes, if_match))


@router.post("/{report_id}/archive", responses=problems(ReportNotFound))
async def archive_report(report_id: UUID, reports: ReportsArchive, response: Response) -> ReportAnswer:
    """Take a report out of use; it stays readable."""
    return _tagged(response, await reports.archive(ReportId(report_id)))


@router.post("/{report_id}/restore", responses=problems(ReportNotFound))
async def restore_report(report_id: UUID, reports: ReportsArchive, response: Response) -> ReportAnswer:
    """Take a report back into use."""
    return _tagged(response, await reports.restore(ReportId(report_id)))


@router.post(
    "/{report_id}/clone", status_code=status.HTTP_201_CREATED, responses=problems(ReportNotFound, ReportSlugTaken)
)
async def clone_report(
    report_id: UUID, body: ReportClone, reports: ReportsWrite, idempotency: Idempotency
) -> ReportAnswer:
    """A new report whose working draft is this one's newest document."""

    async def act() -> dict[str, object]:
        report = await reports.clone(ReportId(report_id), name=body.name, slug=body.slug)
        return ReportAnswer.of(report).model_dump(mode="json")

    request = {"route": f"reports/{report_id}/clone", **body.model_dump()}
    return ReportAnswer.model_validate(await idempotency.once(reports.scope, request, act))


@router.post(
    "/{report_id}/versions",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        ReportNotFound, ReportDraftNotFound, ReportDocumentInvalid, ConnectorError, PreconditionFailed, ReportArchived
    ),
)
async def save_version(
    report_id: UUID, body: VersionCreate, reports: ReportsWrite, idempotency: Idempotency
) -> VersionAnswer:
    """Check a document against its source and pack and keep it as a version in the state draft."""

    async def act() -> dict[str, object]:
        version = await reports.save_version(
            ReportId(report_id), dict(body.document), note=body.note, draft_revision=body.draft_revision
        )
        return VersionAnswer.model_validate(version).model_dump(mode="json")

    request = {"route": f"reports/{report_id}/versions", **body.model_dump(mode="json")}
    return VersionAnswer.model_validate(await idempotency.once(reports.scope, request, act))


@router.get("/{report_id}/versions", responses=problems(ReportNotFound))
async def list_versions(report_id: UUID, reports: ReportsRead) -> VersionList:
    """Every version, newest first."""
    history = await reports.versions(ReportId(report_id))
    items = [VersionAnswer.model_validate(one) for one in history.versions]
    return VersionList(items=items, people={str(person): name for person, name in history.people.items()})


@router.get("/{report_id}/versions/{version_id}", responses=problems(ReportVersionNotFound))
async def get_version(report_id: UUID, version_id: UUID, reports: ReportsRead) -> VersionAnswer:
    """One version with its document."""
    version = await reports.get_version(ReportId(report_id), ReportVersionId(version_id))
    return VersionAnswer.model_validate(version)


@router.post(
    "/{report_id}/runs",
    status_code=status.HTTP_202_ACCEPTED,
    tags=["runs"],
    responses=problems(ReportNotFound, ReportArchived, NoActiveVersion, RunAlreadyUnderWay, RunParameterInvalid),
)
async def start_run(report_id: UUID, body: RunCreate, runs: RunsStart, idempotency: Idempotency) -> RunAnswer:
    """Run the active version for a reporting date."""

    async def act() -> dict[str, object]:
        run = await runs.request(
            ReportId(report_id), body.reporting_date, body.parameters, reference_as_of=body.reference_as_of
        )
        return RunAnswer.of(run).model_dump(mode="json")

    request = {"route": f"reports/{report_id}/runs", **body.model_dump(mode="json")}
    return RunAnswer.model_validate(await idempotency.once(runs.scope, request, act))


def _tagged(response: Response, listed: ListedReport) -> ReportAnswer:
    tag(response, report_etag(listed.report))
    return ReportAnswer.of(listed)
