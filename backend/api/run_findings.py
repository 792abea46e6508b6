"""Findings of a run: by rule, one by one, and all of them as a file."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from backend.api.dependencies import Paging, Requires, Runtime
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.runs import FindingDetailAnswer, FindingList
from backend.core.csv_text import MEDIA_TYPE
from backend.core.ids import RunId
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.services.run_findings import RunFindingService
from backend.services.runs import RunNotFound
from backend.services.scope import TenantScope
from backend.services.storage import StorageUnavailable

router = ResourceRouter(prefix="/runs/{run_id}/findings", tags=["runs"])


async def run_findings(
    scope: Annotated[TenantScope, Depends(Requires(Permission.RUNS_READ))], runtime: Runtime
) -> RunFindingService:
    """For whoever may see runs."""
    return RunFindingService(scope, runtime.adapters.storage)


Findings = Annotated[RunFindingService, Depends(run_findings)]


@router.get("", responses=problems(RunNotFound))
async def list_findings(run_id: UUID, findings: Findings) -> FindingList:
    """Rules that failed, with the number of records."""
    return FindingList.of(await findings.by_rule(RunId(run_id)))


@router.get("/details", responses=problems(RunNotFound))
async def list_finding_details(
    run_id: UUID, findings: Findings, page: Paging, rule_id: Annotated[str | None, Query(max_length=60)] = None
) -> ListAnswer[FindingDetailAnswer]:
    """Single failures; the first 10,000 of a run are kept here, all of them in its file of findings."""
    found = await findings.details(RunId(run_id), rule_id, page)
    return ListAnswer[FindingDetailAnswer].of_attributes(found)


@router.get("/export", response_class=StreamingResponse, responses=problems(RunNotFound, StorageUnavailable))
async def export_findings(run_id: UUID, findings: Findings) -> StreamingResponse:
    """Every failure of the run as CSV, without values of records; no cell is a formula to a spreadsheet."""
    lines = await findings.csv_lines(RunId(run_id))
    headers = {
        "Content-Disposition": f"attachment; filename=findings-{run_id}.csv",
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(lines, media_type=MEDIA_TYPE, headers=headers)
