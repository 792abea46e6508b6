"""What waits for a decision, and whether the caller may take it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from backend.core.errors import OpenRegError
from backend.core.pagination import Page, PageRequest
from backend.domain.permissions import Permission
from backend.domain.reports.review import AuthorMayNotApprove, ReviewPolicy
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.repositories.approvals import ApprovalRepository, WaitingVersion
from backend.services.report_review import read_policy
from backend.services.scope import TenantScope


@dataclass(frozen=True, slots=True)
class Approval:
    """A version that waits. Without ``may_decide``, ``reason_code`` and ``reason`` say why not."""

    waiting: WaitingVersion
    may_decide: bool
    reason_code: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ApprovalService:
    """Approvals as somebody with these permissions sees them."""

    scope: TenantScope
    permissions: Collection[str]

    async def page(self, request: PageRequest, state: ReportVersionState | None) -> Page[Approval]:
        """Versions in review and versions approved for a later day, newest first."""
        async with self.scope.transaction() as session:
            policy = await read_policy(session, self.scope.tenant)
            found = await ApprovalRepository(session, self.scope.tenant).page(request, state)
        return Page([self._judged(one, policy) for one in found.items], found.next_cursor)

    def _judged(self, waiting: WaitingVersion, policy: ReviewPolicy) -> Approval:
        version = waiting.version
        if version.state != ReportVersionState.IN_REVIEW:
            return Approval(waiting, may_decide=False, reason_code="decided", reason="It is approved already.")
        if Permission.REPORTS_APPROVE.value not in self.permissions:
            needed = f"This needs the permission {Permission.REPORTS_APPROVE.value}."
            return Approval(waiting, may_decide=False, reason_code="permission_missing", reason=needed)
        try:
            policy.check_approval({*version.authors, version.created_by}, self.scope.user_id)
        except AuthorMayNotApprove as error:
            return _refused(waiting, error)
        return Approval(waiting, may_decide=True, reason_code=None, reason=None)


def _refused(waiting: WaitingVersion, error: OpenRegError) -> Approval:
    return Approval(waiting, may_decide=False, reason_code=error.code, reason=error.message)
