"""Working drafts, and checks of documents that are being written."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response, status

from backend.api.etags import IfMatch, tag
from backend.api.report_services import DraftsRead, DraftsWrite, ReportsCheck
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.report_drafts import (
    CheckRequest,
    DocumentCheckAnswer,
    DraftAnswer,
    DraftSave,
    DraftSavedAnswer,
)
from backend.core.etags import PreconditionFailed
from backend.core.ids import ReportId
from backend.core.problems import problems
from backend.services.report_drafts import ReportDraftTooLarge
from backend.services.reports import ReportArchived, ReportDraftNotFound, ReportNotFound, draft_etag

router = ResourceRouter(prefix="/reports", tags=["reports"])


@router.post("/check", responses=problems(ReportDraftTooLarge))
async def check_document(body: CheckRequest, checks: ReportsCheck) -> DocumentCheckAnswer:
    """Everything that saving a version would refuse, as an answer, and what is known of source and fields."""
    return DocumentCheckAnswer.of(await checks.check(body.document))


@router.get("/{report_id}/draft", responses=problems(ReportNotFound, ReportDraftNotFound))
async def get_draft(report_id: UUID, drafts: DraftsRead, response: Response) -> DraftAnswer:
    """The working draft of a report."""
    view = await drafts.get(ReportId(report_id))
    tag(response, draft_etag(view.draft))
    return DraftAnswer.of(view)


@router.put(
    "/{report_id}/draft",
    responses=problems(ReportNotFound, ReportDraftNotFound, ReportArchived, PreconditionFailed, ReportDraftTooLarge),
)
async def save_draft(
    report_id: UUID, body: DraftSave, drafts: DraftsWrite, if_match: IfMatch, response: Response
) -> DraftSavedAnswer:
    """Keep the document as it is now. Every save but the first names the state it was made on in ``If-Match``."""
    draft = await drafts.save(ReportId(report_id), body.document, if_match)
    tag(response, draft_etag(draft))
    return DraftSavedAnswer(revision=draft.revision, updated_at=draft.updated_at)


@router.delete(
    "/{report_id}/draft",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(ReportNotFound, ReportDraftNotFound, PreconditionFailed),
)
async def discard_draft(report_id: UUID, drafts: DraftsWrite, if_match: IfMatch) -> None:
    """Throw the working draft away."""
    await drafts.discard(ReportId(report_id), if_match)
