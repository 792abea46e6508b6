"""Reports and their versions."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, status
from pydantic import JsonValue

from backend.api.dependencies import (
    Idempotency,
    Paging,
    ReportsActivate,
    ReportsRead,
    ReportsWrite,
    RunsStart,
)
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.reports import ReportAnswer, ReportCreate, VersionAnswer, VersionCreate, VersionList
from backend.api.schemas.runs import RunAnswer, RunCreate
from backend.core.ids import ReportId, ReportVersionId
from backend.core.problems import problems
from backend.domain.reports.analysis import ReportDocumentInvalid
from backend.domain.reports.document import ReportDocument
from backend.domain.reports.versions import VersionTransitionRefused
from backend.services.connectors.faults import ConnectorError
from backend.services.reports import ReportNotFound, ReportSlugTaken, ReportVersionNotFound
from backend.services.runs import NoActiveVersion, RunAlreadyUnderWay
from backend.services.source_access import RunParameterInvalid

router = APIRouter(prefix="/reports", tags=["reports"])


@router.get("/document-schema")
async def document_schema(_: ReportsRead) -> dict[str, JsonValue]:
    """The JSON Schema of report documents."""
    return ReportDocument.model_json_schema()


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(ReportSlugTaken))
async def create_report(body: ReportCreate, reports: ReportsWrite, idempotency: Idempotency) -> ReportAnswer:
    """A report without versions."""

    async def act() -> dict[str, object]:
        report = await reports.create(name=body.name, slug=body.slug)
        return ReportAnswer.model_validate(report).model_dump(mode="json")

    request = {"route": "reports", **body.model_dump()}
    return ReportAnswer.model_validate(await idempotency.once(reports.scope, request, act))


@router.get("")
async def list_reports(reports: ReportsRead, page: Paging) -> ListAnswer[ReportAnswer]:
    """Reports, newest first."""
    return ListAnswer.of(await reports.page(page), ReportAnswer.model_validate)


@router.get("/{report_id}", responses=problems(ReportNotFound))
async def get_report(report_id: UUID, reports: ReportsRead) -> ReportAnswer:
    """One report."""
    return ReportAnswer.model_validate(await reports.get(ReportId(report_id)))


@router.post(
    "/{report_id}/versions",
    status_code=status.HTTP_201_CREATED,
    responses=problems(ReportNotFound, ReportDocumentInvalid, ConnectorError),
)
async def save_version(report_id: UUID, body: VersionCreate, reports: ReportsWrite) -> VersionAnswer:
    """Check a document against its source and pack and keep it as a draft."""
    return VersionAnswer.model_validate(await reports.save_version(ReportId(report_id), dict(body.document)))


@router.get("/{report_id}/versions", responses=problems(ReportNotFound))
async def list_versions(report_id: UUID, reports: ReportsRead) -> VersionList:
    """Every version, newest first."""
    versions = await reports.versions(ReportId(report_id))
    return VersionList(items=[VersionAnswer.model_validate(one) for one in versions])


@router.get("/{report_id}/versions/{version_id}", responses=problems(ReportVersionNotFound))
async def get_version(report_id: UUID, version_id: UUID, reports: ReportsRead) -> VersionAnswer:
    """One version with its document."""
    version = await reports.get_version(ReportId(report_id), ReportVersionId(version_id))
    return VersionAnswer.model_validate(version)


@router.post(
    "/{report_id}/versions/{version_id}/activate", responses=problems(ReportVersionNotFound, VersionTransitionRefused)
)
async def activate_version(report_id: UUID, version_id: UUID, reports: ReportsActivate) -> VersionAnswer:
    """Make a version the one that runs; the one before is archived."""
    version = await reports.activate(ReportId(report_id), ReportVersionId(version_id))
    return VersionAnswer.model_validate(version)


@router.post(
    "/{report_id}/runs",
    status_code=status.HTTP_202_ACCEPTED,
    tags=["runs"],
    responses=problems(ReportNotFound, NoActiveVersion, RunAlreadyUnderWay, RunParameterInvalid),
)
async def start_run(report_id: UUID, body: RunCreate, runs: RunsStart, idempotency: Idempotency) -> RunAnswer:
    """Run the active version for a reporting date."""

    async def act() -> dict[str, object]:
        run = await runs.request(ReportId(report_id), body.reporting_date, body.parameters)
        return RunAnswer.of(run).model_dump(mode="json")

    request = {"route": f"reports/{report_id}/runs", **body.model_dump(mode="json")}
    return RunAnswer.model_validate(await idempotency.once(runs.scope, request, act))
