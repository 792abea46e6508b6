"""Working drafts: one per report, saved while it is being written, whatever state the document is in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, PreconditionFailed
from backend.core.ids import ReportId
from backend.domain.audit import AuditAction, AuditSubject
from backend.persistence.models.report import Report, ReportDraft
from backend.persistence.repositories.report_drafts import ReportDraftRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.services.reports import (
    ReportArchived,
    ReportDraftNotFound,
    draft_changed,
    draft_etag,
    get_report,
)
from backend.services.scope import TenantScope

MAX_DRAFT_BYTES = 2 * 1024 * 1024


class ReportDraftTooLarge(OpenRegError):
    """The draft is larger than a report document may be."""

    code: ClassVar[str] = "report_draft_too_large"
    kind: ClassVar[ErrorKind] = ErrorKind.TOO_LARGE


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft with the name of who wrote last."""

    draft: ReportDraft
    updated_by_name: str | None


@dataclass(frozen=True, slots=True)
class ReportDraftService:
    """Working drafts of a tenant."""

    scope: TenantScope

    async def get(self, report_id: ReportId) -> DraftView:
        """Raises ReportNotFound, ReportDraftNotFound."""
        async with self.scope.transaction() as session:
            drafts = ReportDraftRepository(session, self.scope.tenant)
            draft = await drafts.find(report_id)
            if draft is None:
                await get_report(ReportRepository(session, self.scope.tenant), report_id)
                raise ReportDraftNotFound(fix="Save one with PUT; the newest version is a good beginning.")
            return DraftView(draft, await drafts.find_editor(draft))

    async def save(self, report_id: ReportId, document: Mapping[str, object], seen: Precondition) -> ReportDraft:
        """Keep the document as it is now. Raises PreconditionFailed when somebody else has saved since.

        The first save needs no ETag; every later one names the state it was made on.
        """
        if len(json.dumps(document, ensure_ascii=False).encode()) > MAX_DRAFT_BYTES:
            raise ReportDraftTooLarge(f"A draft holds at most {MAX_DRAFT_BYTES >> 20} MiB.")
        at = self.scope.now()
        async with self.scope.transaction() as session:
            drafts = ReportDraftRepository(session, self.scope.tenant)
            known = await drafts.find_state(report_id)
            draft = ReportDraft(
                report_id=report_id,
                tenant_id=self.scope.tenant,
                document=dict(document),
                editors=[self.scope.user_id],
                revision=1,
                created_at=at,
                updated_at=at,
                updated_by=self.scope.user_id,
            )
            if known is None:
                report = await _check_beginning(ReportRepository(session, self.scope.tenant), draft)
                is_saved = seen.if_match is None and await drafts.insert(draft)
                # Autosaves are not written down one by one: what matters is the version the draft becomes.
                await self._record(session, AuditAction.REPORT_DRAFT_BEGUN, report)
            else:
                # Before the change: the row that was read follows it.
                expected = known.revision
                is_saved = _is_seen(seen, known) and await drafts.replace(draft, expected)
                draft.revision, draft.based_on_id, draft.created_at = (
                    expected + 1,
                    known.based_on_id,
                    known.created_at,
                )
            if is_saved:
                return draft
            current = await drafts.find_state(report_id)
            if current is None:
                raise ReportDraftNotFound("The draft has become a version, or was discarded.")
            raise await draft_changed(drafts, current)

    async def discard(self, report_id: ReportId, seen: Precondition) -> None:
        """Throw the draft away. Raises ReportDraftNotFound, PreconditionFailed."""
        async with self.scope.transaction() as session:
            drafts = ReportDraftRepository(session, self.scope.tenant)
            draft = await drafts.find(report_id, for_update=True)
            if draft is None:
                raise ReportDraftNotFound
            if seen.if_match is not None and not _is_seen(seen, draft):
                raise await draft_changed(drafts, draft)
            await drafts.delete(draft)
            report = await get_report(ReportRepository(session, self.scope.tenant), report_id)
            await self._record(session, AuditAction.REPORT_DRAFT_DISCARDED, report)

    async def _record(self, session: AsyncSession, action: AuditAction, report: Report) -> None:
        await self.scope.audit(session).record(action, AuditSubject("report_draft", report.id, report.name))


async def _check_beginning(reports: ReportRepository, draft: ReportDraft) -> Report:
    """A draft is begun on a report in use, from its newest version."""
    report = await get_report(reports, ReportId(draft.report_id))
    if report.archived_at is not None:
        raise ReportArchived(fix="Restore the report first.")
    newest = await reports.find_newest(ReportId(draft.report_id))
    draft.based_on_id = newest.id if newest is not None else None
    return report


def _is_seen(seen: Precondition, draft: ReportDraft) -> bool:
    """Whether the caller has seen this state; saying nothing is not enough to overwrite it."""
    if seen.if_match is None:
        return False
    try:
        seen.check(draft_etag(draft))
    except PreconditionFailed:
        return False
    return True
