"""Comparisons: versions with each other, the working draft with a version."""

# Annotations are evaluated, not kept as text: FastAPI could not see the permission behind the provider.

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from backend.api.dependencies import Requires
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.report_compare import ComparisonAnswer
from backend.core.ids import ReportId, ReportVersionId
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.services.report_compare import ReportCompareService
from backend.services.reports import ReportDraftNotFound, ReportNotFound, ReportVersionNotFound
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/reports/{report_id}", tags=["reports"])


async def comparisons(
    scope: Annotated[TenantScope, Depends(Requires(Permission.REPORTS_READ))],
) -> ReportCompareService:
    """Comparisons for whoever may read reports."""
    return ReportCompareService(scope)


Comparisons = Annotated[ReportCompareService, Depends(comparisons)]
With = Annotated[
    UUID | None,
    Query(alias="with", description="The version before; else the one that runs, or the one this was written from."),
]


@router.get("/versions/{version_id}/compare", responses=problems(ReportVersionNotFound))
async def compare_versions(
    report_id: UUID, version_id: UUID, compare: Comparisons, other: With = None
) -> ComparisonAnswer:
    """What changed from another version to this one."""
    base = ReportVersionId(other) if other is not None else None
    return ComparisonAnswer.of(await compare.versions(ReportId(report_id), ReportVersionId(version_id), base))


@router.get("/draft/compare", responses=problems(ReportNotFound, ReportDraftNotFound, ReportVersionNotFound))
async def compare_draft(report_id: UUID, compare: Comparisons, other: With = None) -> ComparisonAnswer:
    """What changed from a version to the working draft."""
    base = ReportVersionId(other) if other is not None else None
    return ComparisonAnswer.of(await compare.draft(ReportId(report_id), base))
