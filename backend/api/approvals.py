"""Approvals: what waits, and whether the caller may decide."""

# Annotations are evaluated, not kept as text: FastAPI could not see the permission behind the provider.

from enum import StrEnum
from typing import Annotated

from fastapi import Depends

from backend.api.dependencies import Paging, Requires, SignedIn
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.approvals import ApprovalAnswer
from backend.api.schemas.pages import ListAnswer
from backend.domain.permissions import Permission
from backend.domain.reports.versions import ReportVersionState
from backend.services.approvals import ApprovalService
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/approvals", tags=["reports"])


class WaitingState(StrEnum):
    """Why a version waits: for a decision, or for its day."""

    IN_REVIEW = "in_review"
    APPROVED = "approved"


async def approvals(
    principal: SignedIn, scope: Annotated[TenantScope, Depends(Requires(Permission.REPORTS_READ))]
) -> ApprovalService:
    """What waits, seen with the caller's permissions."""
    return ApprovalService(scope, principal.permissions)


@router.get("")
async def list_approvals(
    page: Paging, seen: Annotated[ApprovalService, Depends(approvals)], state: WaitingState | None = None
) -> ListAnswer[ApprovalAnswer]:
    """Versions in review and versions approved for a later day, newest first."""
    wanted = ReportVersionState(state.value) if state is not None else None
    return ListAnswer.of(await seen.page(page, wanted), ApprovalAnswer.of)
