"""Working drafts: autosaved with one statement, never over a newer state."""

from __future__ import annotations

from sqlalchemy import case, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer

from backend.core.ids import ReportId
from backend.persistence.models.report import ReportDraft
from backend.persistence.models.tenant import User
from backend.persistence.repositories.tenant_scope import TenantRepository


class ReportDraftRepository(TenantRepository):
    """Working drafts of one tenant in one transaction."""

    async def find(self, report_id: ReportId, *, for_update: bool = False) -> ReportDraft | None:
        """The draft of a report, or None."""
        query = self._select(ReportDraft).where(ReportDraft.report_id == report_id)
        found: ReportDraft | None = await self._session.scalar(query.with_for_update() if for_update else query)
        return found

    async def find_state(self, report_id: ReportId) -> ReportDraft | None:
        """The draft as it is stored now, without its document; None when there is none."""
        query = self._select(ReportDraft).where(ReportDraft.report_id == report_id)
        query = query.options(defer(ReportDraft.document)).execution_options(populate_existing=True)
        found: ReportDraft | None = await self._session.scalar(query)
        return found

    async def find_editor(self, draft: ReportDraft) -> str | None:
        """The name of who wrote the draft last, or None when they are no member any more."""
        user = await self._session.get(User, draft.updated_by)
        return user.full_name if user is not None else None

    async def insert(self, draft: ReportDraft) -> bool:
        """Store the first state of a draft; False when there is a draft already."""
        values = {column.key: getattr(draft, column.key) for column in ReportDraft.__table__.columns}
        stored = await self._session.scalar(
            insert(ReportDraft).values(values).on_conflict_do_nothing().returning(ReportDraft.revision)
        )
        return stored is not None

    async def replace(self, draft: ReportDraft, expected: int) -> bool:
        """Store the next state of a draft; False when it is not at the expected revision any more."""
        user = draft.updated_by
        known = ReportDraft.editors.contains([user])
        stored = await self._session.scalar(
            update(ReportDraft)
            .where(
                ReportDraft.tenant_id == self.tenant,
                ReportDraft.report_id == draft.report_id,
                ReportDraft.revision == expected,
            )
            .values(
                document=draft.document,
                updated_at=draft.updated_at,
                updated_by=user,
                revision=expected + 1,
                editors=case((known, ReportDraft.editors), else_=func.array_append(ReportDraft.editors, user)),
            )
            .returning(ReportDraft.revision)
        )
        return stored is not None
