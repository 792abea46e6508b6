"""Versions that wait for a decision or for their day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from backend.domain.reports.versions import ReportVersionState
from backend.services.approvals import Approval


class ApprovalAnswer(BaseModel):
    """A version that waits; ``reason_code`` and ``reason`` say why the caller may not decide."""

    version_id: UUID
    report_id: UUID
    report_name: str
    number: str
    state: ReportVersionState
    note: str
    pack_id: str | None
    based_on_id: UUID | None
    authors: list[UUID]
    submitted_by: UUID | None
    submitted_by_name: str | None
    submitted_at: datetime | None
    comment: str = Field(description="What was said when it was submitted.")
    effective_from: date | None
    may_decide: bool
    reason_code: str | None
    reason: str | None

    @classmethod
    def of(cls, approval: Approval) -> ApprovalAnswer:
        """The version as the caller sees it."""
        waiting, version = approval.waiting, approval.waiting.version
        return cls(
            version_id=version.id,
            report_id=version.report_id,
            report_name=waiting.report_name,
            number=version.number,
            state=ReportVersionState(version.state),
            note=version.note,
            pack_id=version.pack_id,
            based_on_id=version.based_on_id,
            authors=version.authors,
            submitted_by=version.submitted_by,
            submitted_by_name=waiting.submitted_by_name,
            submitted_at=version.submitted_at,
            comment=waiting.comment,
            effective_from=version.effective_from,
            may_decide=approval.may_decide,
            reason_code=approval.reason_code,
            reason=approval.reason,
        )
