"""Versions that wait: in review for a decision, or approved for a day that has not come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased, defer

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.reports.versions import ReportVersionState, VersionAction
from backend.persistence.models.report import Report, ReportVersion, ReportVersionEvent
from backend.persistence.models.tenant import User
from backend.persistence.repositories.tenant_scope import TenantRepository

WAITING: Final = (ReportVersionState.IN_REVIEW, ReportVersionState.APPROVED)


@dataclass(frozen=True, slots=True)
class WaitingVersion:
    """A version that waits, with its report, who submitted it, and what they said."""

    version: ReportVersion
    report_name: str
    submitted_by_name: str | None
    comment: str


class ApprovalRepository(TenantRepository):
    """What waits in one tenant: two statements for a page of any size."""

    async def page(self, request: PageRequest, state: ReportVersionState | None) -> Page[WaitingVersion]:
        """Waiting versions, newest first."""
        submitter = aliased(User)
        wanted = ReportVersion.state.in_(WAITING) if state is None else ReportVersion.state == state
        query: Select[Any] = select(ReportVersion).options(
            defer(ReportVersion.document), defer(ReportVersion.source_columns)
        )
        query = (
            query.add_columns(Report.name, submitter.full_name)
            .join(Report, Report.id == ReportVersion.report_id)
            .outerjoin(submitter, submitter.id == ReportVersion.submitted_by)
            .where(ReportVersion.tenant_id == self.tenant, wanted)
        )
        if request.after is not None:
            query = query.where(ReportVersion.id < request.after)
        rows = (await self._session.execute(query.order_by(ReportVersion.id.desc()).limit(request.limit + 1))).all()
        comments = await self._comments([row[0] for row in rows])
        waiting = [WaitingVersion(row[0], row[1], row[2], comments.get(row[0].id, "")) for row in rows]
        return page_of(waiting, request, lambda one: one.version.id)

    async def due(self, today: date) -> Sequence[ReportVersion]:
        """Approved versions whose day has come, oldest day first."""
        query = self._select(ReportVersion).where(
            ReportVersion.state == ReportVersionState.APPROVED, ReportVersion.effective_from <= today
        )
        return await self._all(query.order_by(ReportVersion.effective_from, ReportVersion.approved_at))

    async def _comments(self, versions: Sequence[ReportVersion]) -> dict[Any, str]:
        if not versions:
            return {}
        query = (
            select(ReportVersionEvent.report_version_id, ReportVersionEvent.comment)
            .where(
                ReportVersionEvent.tenant_id == self.tenant,
                ReportVersionEvent.report_version_id.in_([one.id for one in versions]),
                ReportVersionEvent.action == VersionAction.SUBMITTED,
            )
            .order_by(ReportVersionEvent.id)
        )
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}
