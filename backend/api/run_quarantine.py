"""Rows that the source of a run put aside."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Response

from backend.api.dependencies import Requires, Runtime, SignedIn
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.runs import QuarantineAnswer
from backend.core.csv_text import MEDIA_TYPE
from backend.core.ids import RunId
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.services.run_quarantine import RunQuarantineService
from backend.services.runs import RunNotFound
from backend.services.scope import TenantScope
from backend.services.storage import StorageUnavailable

router = ResourceRouter(prefix="/runs", tags=["runs"])
_CSV: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}


async def quarantines(
    principal: SignedIn, scope: Annotated[TenantScope, Depends(Requires(Permission.RUNS_READ))], runtime: Runtime
) -> RunQuarantineService:
    """For whoever may see runs."""
    return RunQuarantineService(scope, principal.permissions, runtime.adapters.storage)


Quarantines = Annotated[RunQuarantineService, Depends(quarantines)]


@router.get("/{run_id}/quarantine", responses=problems(RunNotFound, StorageUnavailable))
async def get_quarantine(run_id: UUID, quarantine: Quarantines) -> QuarantineAnswer:
    """Rows of source files that are not as declared: counts, reasons and the first of them."""
    return QuarantineAnswer.of(await quarantine.read(RunId(run_id)))


@router.get(
    "/{run_id}/quarantine/content",
    response_class=Response,
    responses={**_CSV, **problems(RunNotFound, StorageUnavailable)},
)
async def download_quarantine(run_id: UUID, quarantine: Quarantines) -> Response:
    """All of them as CSV, each with its place and reason."""
    content = await quarantine.as_csv(RunId(run_id))
    headers = {
        "Content-Disposition": f"attachment; filename=quarantine-{run_id}.csv",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
