"""The day of an approved version has come: OpenReg activates it, in the name of nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from backend.core.clock import Clock
from backend.core.ids import ReportId, ReportVersionId, TenantId
from backend.domain.reports.versions import VersionTransitionRefused
from backend.persistence.models.report import ReportVersion
from backend.persistence.repositories.approvals import ApprovalRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.report_review import ReportReviewService, read_policy
from backend.services.scope import Actor, ActorKind, TenantScope
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)
#: No zone is further ahead of UTC.
_FURTHEST_AHEAD: Final = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class ReportActivation:
    """Activates what is due, tenant by tenant."""

    database: Database
    system: SystemDatabase
    wakeups: Wakeups
    now: Clock

    async def activate_due(self) -> int:
        """Activate every approved version whose day has begun where its tenant is; how many there were."""
        latest = (self.now() + _FURTHEST_AHEAD).date()
        async with self.system.transaction() as session:
            tenants = await SystemScope(session).tenants_with_due_versions(latest)
        return sum([await self._activate_of(tenant) for tenant in tenants])

    async def _activate_of(self, tenant: TenantId) -> int:
        async with self.database.transaction(tenant) as session:
            policy = await read_policy(session, tenant)
            due = await ApprovalRepository(session, tenant).due(policy.today(self.now()))
        activated = 0
        for version in due:
            try:
                review = ReportReviewService(self._scope(tenant, version), self.wakeups)
                await review.activate(ReportId(version.report_id), ReportVersionId(version.id))
            except VersionTransitionRefused:
                # Withdrawn or archived since it was read.
                log.info("activation_overtaken", report_version_id=str(version.id))
            else:
                activated += 1
        return activated

    def _scope(self, tenant: TenantId, version: ReportVersion) -> TenantScope:
        """Rows are attributed to who approved; the history and the audit trail say that nobody acted."""
        user = version.approved_by or version.created_by
        actor = Actor(kind=ActorKind.SYSTEM, id=None, label="OpenReg", user_id=user)
        return TenantScope(self.database, tenant, user, self.now, actor)
