"""Decisions about versions: submit, withdraw, approve, reject, activate, archive, roll back; and their history."""

from __future__ import annotations

from uuid import UUID

from fastapi import status

from backend.api.report_services import ReviewActivate, ReviewApprove, ReviewArchive, ReviewRead, ReviewSubmit
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.reports import Approval, Decision, VersionAnswer, VersionEventAnswer, VersionEventList
from backend.core.ids import ReportId, ReportVersionId
from backend.core.problems import problems
from backend.domain.reports.review import AuthorMayNotApprove, CommentMissing, FourEyesRequired
from backend.domain.reports.versions import VersionTransitionRefused
from backend.services.reports import ReportArchived, ReportNotFound, ReportVersionNotFound

router = ResourceRouter(prefix="/reports/{report_id}", tags=["reports"])
_REFUSED = (ReportVersionNotFound, VersionTransitionRefused)


@router.post("/versions/{version_id}/submit", responses=problems(*_REFUSED, ReportArchived))
async def submit_version(report_id: UUID, version_id: UUID, body: Decision, review: ReviewSubmit) -> VersionAnswer:
    """Ask for approval."""
    version = await review.submit(ReportId(report_id), ReportVersionId(version_id), body.comment)
    return VersionAnswer.model_validate(version)


@router.post("/versions/{version_id}/withdraw", responses=problems(*_REFUSED))
async def withdraw_version(report_id: UUID, version_id: UUID, body: Decision, review: ReviewSubmit) -> VersionAnswer:
    """Take a version back from review, or an approval whose day has not come."""
    version = await review.withdraw(ReportId(report_id), ReportVersionId(version_id), body.comment)
    return VersionAnswer.model_validate(version)


@router.post("/versions/{version_id}/approve", responses=problems(*_REFUSED, AuthorMayNotApprove))
async def approve_version(report_id: UUID, version_id: UUID, body: Approval, review: ReviewApprove) -> VersionAnswer:
    """Approve a version that somebody else wrote: it runs at once, or from the day given."""
    version = await review.approve(ReportId(report_id), ReportVersionId(version_id), body.comment, body.effective_from)
    return VersionAnswer.model_validate(version)


@router.post("/versions/{version_id}/reject", responses=problems(*_REFUSED, CommentMissing))
async def reject_version(report_id: UUID, version_id: UUID, body: Decision, review: ReviewApprove) -> VersionAnswer:
    """Send a version back to its author, saying why."""
    version = await review.reject(ReportId(report_id), ReportVersionId(version_id), body.comment)
    return VersionAnswer.model_validate(version)


@router.post("/versions/{version_id}/activate", responses=problems(*_REFUSED, FourEyesRequired))
async def activate_version(report_id: UUID, version_id: UUID, review: ReviewActivate) -> VersionAnswer:
    """Make a version the one that runs; the one before is archived."""
    version = await review.activate(ReportId(report_id), ReportVersionId(version_id))
    return VersionAnswer.model_validate(version)


@router.post("/versions/{version_id}/archive", responses=problems(*_REFUSED))
async def archive_version(report_id: UUID, version_id: UUID, body: Decision, review: ReviewArchive) -> VersionAnswer:
    """Take a version out of use for good."""
    version = await review.archive(ReportId(report_id), ReportVersionId(version_id), body.comment)
    return VersionAnswer.model_validate(version)


@router.post("/versions/{version_id}/roll-back", status_code=status.HTTP_201_CREATED, responses=problems(*_REFUSED))
async def roll_back_version(report_id: UUID, version_id: UUID, body: Decision, review: ReviewSubmit) -> VersionAnswer:
    """A new version with the document of an archived one; it goes through review like every other."""
    version = await review.roll_back(ReportId(report_id), ReportVersionId(version_id), body.comment)
    return VersionAnswer.model_validate(version)


@router.get("/history", responses=problems(ReportNotFound))
async def list_history(report_id: UUID, review: ReviewRead, version_id: UUID | None = None) -> VersionEventList:
    """What happened to the versions of a report, or to one of them, newest first."""
    wanted = ReportVersionId(version_id) if version_id is not None else None
    events = await review.history(ReportId(report_id), wanted)
    return VersionEventList(items=[VersionEventAnswer.of(event, name) for event, name in events])
