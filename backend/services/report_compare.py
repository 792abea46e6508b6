"""Comparing versions and drafts of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.core.ids import ReportId, ReportVersionId
from backend.domain.reports.compare import DocumentDiff, compare_documents
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.models.report import ReportVersion
from backend.persistence.repositories.report_drafts import ReportDraftRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.services.reports import ReportDraftNotFound, get_report, get_version
from backend.services.scope import TenantScope


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two documents of a report and what differs; ``before`` is None when there was nothing before."""

    before: ReportVersion | None
    after: ReportVersion | None
    diff: DocumentDiff


@dataclass(frozen=True, slots=True)
class ReportCompareService:
    """Comparisons of a tenant's report documents."""

    scope: TenantScope

    async def versions(
        self, report_id: ReportId, version_id: ReportVersionId, other: ReportVersionId | None
    ) -> Comparison:
        """What changed from another version to this one. Raises ReportVersionNotFound.

        Without another version: from the one that runs, else from the one this one was written from.
        """
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            after = await get_version(reports, report_id, version_id)
            if other is not None:
                before: ReportVersion | None = await get_version(reports, report_id, other)
            else:
                before = await _usual_base(reports, report_id, after)
        return Comparison(before, after, compare_documents(before.document if before else {}, after.document))

    async def draft(self, report_id: ReportId, other: ReportVersionId | None) -> Comparison:
        """What changed from a version to the working draft. Raises ReportDraftNotFound, ReportVersionNotFound."""
        async with self.scope.transaction() as session:
            reports = ReportRepository(session, self.scope.tenant)
            await get_report(reports, report_id)
            draft = await ReportDraftRepository(session, self.scope.tenant).find(report_id)
            if draft is None:
                raise ReportDraftNotFound
            base = other or (ReportVersionId(draft.based_on_id) if draft.based_on_id is not None else None)
            before = await get_version(reports, report_id, base) if base is not None else None
        empty: Mapping[str, object] = {}
        return Comparison(before, None, compare_documents(before.document if before else empty, draft.document))


async def _usual_base(reports: ReportRepository, report_id: ReportId, after: ReportVersion) -> ReportVersion | None:
    active = await reports.find_state(report_id, ReportVersionState.ACTIVE)
    if active is not None and active.id != after.id:
        return active
    if after.based_on_id is None:
        return None
    return await reports.find_version(ReportVersionId(after.based_on_id))
