"""Reports as reviewed files: export, look at an import, import."""

# Annotations are evaluated, not kept as text: FastAPI could not see the permission behind the provider.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import PlainTextResponse

from backend.api.dependencies import Requires, Runtime
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.report_transfer import ImportAnswer, ReportImport
from backend.core.ids import ReportId, ReportVersionId
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.domain.reports.analysis import ReportDocumentInvalid
from backend.domain.reports.interchange import ReportFileInvalid
from backend.services.connectors.faults import ConnectorError
from backend.services.report_check import ReportCheckService
from backend.services.report_transfer import ReportTransferService
from backend.services.reports import ReportNotFound, ReportService, ReportSlugTaken, ReportVersionNotFound
from backend.services.scope import TenantScope
from backend.services.source_access import ConnectorOpener, ConnectorService

router = ResourceRouter(prefix="/reports", tags=["reports"])
MEDIA_TYPE = "application/yaml"


def _transfers(permission: Permission) -> Callable[..., Awaitable[ReportTransferService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> ReportTransferService:
        opener = ConnectorOpener.of(runtime.adapters)
        connectors = ConnectorService(scope, opener)
        reports = ReportService(scope, connectors, runtime.wakeups, runtime.adapters.storage)
        return ReportTransferService(scope, reports, ReportCheckService(scope, connectors, runtime.adapters.storage))

    return provide


@router.get(
    "/{report_id}/export",
    response_class=PlainTextResponse,
    responses=problems(ReportNotFound, ReportVersionNotFound),
)
async def export_report(
    report_id: UUID,
    transfer: Annotated[ReportTransferService, Depends(_transfers(Permission.REPORTS_READ))],
    version_id: Annotated[UUID | None, Query(description="Else the one that runs, else the newest.")] = None,
) -> PlainTextResponse:
    """A version as YAML: names instead of identifiers, no secrets, the same text every time."""
    wanted = ReportVersionId(version_id) if version_id is not None else None
    file = await transfer.export(ReportId(report_id), wanted)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
    return PlainTextResponse(file.text, media_type=MEDIA_TYPE, headers=headers)


@router.post("/import", responses=problems(ReportFileInvalid, ReportDocumentInvalid, ReportSlugTaken, ConnectorError))
async def import_report(
    body: ReportImport,
    transfer: Annotated[ReportTransferService, Depends(_transfers(Permission.REPORTS_WRITE))],
    *,
    dry_run: Annotated[bool, Query(description="Only say what would change and what stands against it.")] = False,
) -> ImportAnswer:
    """Keep a file as a version in the state draft; names of connectors and destinations are looked up here."""
    return ImportAnswer.of(await (transfer.look_at(body.content) if dry_run else transfer.take_in(body.content)))
