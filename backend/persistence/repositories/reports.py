"""Reports and their versions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from backend.core.ids import ReportId, ReportVersionId
from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.repositories.tenant_scope import TenantRepository


class ReportRepository(TenantRepository):
    """Reports of one tenant in one transaction."""

    async def find(self, report_id: ReportId, *, for_update: bool = False) -> Report | None:
        """The report, or None; under a row lock, changes of its versions wait for each other."""
        return await self._find(Report, report_id, for_update=for_update)

    async def page(self, request: PageRequest) -> Page[Report]:
        """Reports, newest first."""
        return page_of(await self._newest_first(self._select(Report), Report.id, request), request, lambda one: one.id)

    async def find_version(self, version_id: ReportVersionId, *, for_update: bool = False) -> ReportVersion | None:
        """The version, or None."""
        return await self._find(ReportVersion, version_id, for_update=for_update)

    async def find_active_version(self, report_id: ReportId) -> ReportVersion | None:
        """The version that runs in production, or None."""
        query = self._select(ReportVersion).where(
            ReportVersion.report_id == report_id, ReportVersion.state == ReportVersionState.ACTIVE
        )
        found: ReportVersion | None = await self._session.scalar(query.with_for_update())
        return found

    async def versions(self, report_id: ReportId) -> Sequence[ReportVersion]:
        """Every version of a report, newest first."""
        query = self._select(ReportVersion).where(ReportVersion.report_id == report_id)
        return await self._all(query.order_by(ReportVersion.major.desc(), ReportVersion.minor.desc()))

    async def next_major(self, report_id: ReportId) -> int:
        """The major number of the next version."""
        query = select(func.coalesce(func.max(ReportVersion.major), 0) + 1).where(
            ReportVersion.tenant_id == self.tenant, ReportVersion.report_id == report_id
        )
        return int(await self._session.scalar(query) or 1)
