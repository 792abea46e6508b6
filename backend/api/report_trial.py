"""Dry runs of documents on sample rows of their source."""

# Annotations are evaluated, not kept as text: FastAPI could not see the permissions behind the provider.

from typing import Annotated

from fastapi import Depends

from backend.api.dependencies import ConnectorsQuery, Requires, Runtime, SchemaPackages, SignedIn
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.report_trial import DryRunAnswer, DryRunCreate, JoinPreviewAnswer
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.domain.reports.analysis import ReportDocumentInvalid
from backend.services.connectors.faults import ConnectorError
from backend.services.report_trial import DryRunRequest, DryRunTooSlow, ReportTrialService
from backend.services.reports import ReportService
from backend.services.run_parameters import RunParameterInvalid
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/reports", tags=["reports"])


async def trials(
    principal: SignedIn,
    scope: Annotated[TenantScope, Depends(Requires(Permission.REPORTS_WRITE))],
    browser: ConnectorsQuery,
    schemas: SchemaPackages,
    runtime: Runtime,
) -> ReportTrialService:
    """Dry runs for whoever may write reports and see rows of the source."""
    reports = ReportService(scope, browser.connectors, runtime.wakeups, runtime.adapters.storage)
    return ReportTrialService(scope, principal.permissions, reports, schemas)


@router.post("/dry-run", responses=problems(ReportDocumentInvalid, RunParameterInvalid, ConnectorError, DryRunTooSlow))
async def dry_run(body: DryRunCreate, trial: Annotated[ReportTrialService, Depends(trials)]) -> DryRunAnswer:
    """The first rows of the source through all steps of a run, each with its record and findings; nothing is kept."""
    request = DryRunRequest(body.document, body.reporting_date, body.parameters, body.limit)
    return DryRunAnswer.of(await trial.dry_run(request))


@router.post(
    "/join-preview", responses=problems(ReportDocumentInvalid, RunParameterInvalid, ConnectorError, DryRunTooSlow)
)
async def preview_join(body: DryRunCreate, trial: Annotated[ReportTrialService, Depends(trials)]) -> JoinPreviewAnswer:
    """The first rows that the join of source and inputs gives; fields and outputs may be missing still."""
    request = DryRunRequest(body.document, body.reporting_date, body.parameters, body.limit)
    return JoinPreviewAnswer.of(await trial.preview_join(request))
